package augment

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
	"github.com/seed-cdf14512/graft/format/ingest"
)

// ErrorSources hold the wrong steps that a recipe's files offer, by problem. They
// are read-only once loaded. A nil *ErrorSources accepts what behaviors make up,
// and nothing else.
type ErrorSources struct {
	Files []ErrorFile

	accept   []string
	rollouts map[string][]*Rollout
	attempts map[string][]foreign
}

// An ErrorFile is one file of an error source, as it was read.
type ErrorFile struct {
	Path    string `json:"path"`
	SHA256  string `json:"sha256"`
	Records int64  `json:"records"`
}

// A foreign attempt stands in another record than the one that is compiled.
type foreign struct {
	set     string
	attempt format.Attempt
}

// Accepts reports whether a grade of proof is accepted.
func (s *ErrorSources) Accepts(grade string) bool {
	if s == nil || len(s.accept) == 0 {
		return grade == Computed
	}
	return slices.Contains(s.accept, grade)
}

// accepted refuses an edit whose errors are of a grade that the recipe does not
// take. An edit without a wrong step is always computed.
func accepted(s *ErrorSources, e *Edit) error {
	wrong := slices.ContainsFunc(e.Steps, func(s format.Step) bool { return s.Kind == format.Wrong })
	if s.Accepts(e.Proof.Grade) || !wrong && e.Proof.Grade == Computed {
		return nil
	}
	return Refuse("grade", "the proof is %s, which the recipe's errors.accept does not list", e.Proof.Grade)
}

// LoadErrors reads the error sources of a recipe; nil where it names none.
func LoadErrors(ctx context.Context, p *Plan) (*ErrorSources, error) {
	e := &p.Recipe.Errors
	if len(e.Accept) == 0 {
		return nil, nil
	}
	s := &ErrorSources{accept: e.Accept, rollouts: map[string][]*Rollout{}, attempts: map[string][]foreign{}}
	for _, group := range []struct {
		globs []string
		read  func(context.Context, string, bool) (int64, error)
	}{{e.Rollouts, s.readRollouts}, {e.Attempts, s.readAttempts}} {
		if len(group.globs) == 0 {
			continue
		}
		paths, err := ingest.Expand(group.globs, p.Dir)
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			f := ErrorFile{Path: path}
			if rel, err := filepath.Rel(p.Dir, path); err == nil {
				f.Path = filepath.ToSlash(rel)
			}
			if f.Records, err = group.read(ctx, path, p.Recipe.AllowEval); err != nil {
				return nil, err
			}
			if f.SHA256, err = digestFile(path); err != nil {
				return nil, err
			}
			s.Files = append(s.Files, f)
		}
	}
	s.settle()
	return s, nil
}

func digestFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), err
}

func (s *ErrorSources) readRollouts(ctx context.Context, path string, _ bool) (n int64, err error) {
	err = ReadRollouts(ctx, path, func(r *Rollout) error {
		n++
		s.rollouts[r.ProblemID] = append(s.rollouts[r.ProblemID], r)
		return nil
	})
	if err == nil && n == 0 {
		err = fmt.Errorf("%s: holds no rollout", path)
	}
	return n, err
}

func (s *ErrorSources) readAttempts(ctx context.Context, path string, eval bool) (n int64, err error) {
	err = EachRecord(ctx, path, func(rec *format.Record) error {
		n++
		if rec.Eval && !eval {
			return fmt.Errorf("%s: record %s belongs to an evaluation set; allow_eval: true in the recipe accepts it", path, rec.ID)
		}
		for _, a := range rec.Attempts {
			if verdict, _ := gradeAttempt(&rec.Problem, &a, a.Trace.Text()); verdict == "wrong" || len(a.Errors) > 0 {
				s.attempts[rec.Problem.ID] = append(s.attempts[rec.Problem.ID], foreign{rec.Set, a})
			}
		}
		return nil
	})
	return n, err
}

// EachRecord reads the records of a file of traces, whatever its shape, in its
// order. A record that cannot be read is an error with its place.
func EachRecord(ctx context.Context, path string, yield func(*format.Record) error) error {
	var o ingest.Options
	seen, err := ingest.Sniff(ctx, path, o)
	if err != nil {
		return err
	}
	if seen.Reader == nil {
		return fmt.Errorf("%s: no reader knows this shape of record; see graft peek", path)
	}
	return ingest.Frames(ctx, path, o, func(f ingest.Frame) error {
		it, err := o.Parse(path, f)
		if err != nil {
			return err
		}
		rec, err := ingest.Decode(seen.Reader, it.Canonical, it.Digest)
		if err != nil {
			return fmt.Errorf("%s:%d: %w", path, f.Line, err)
		}
		return yield(&rec)
	})
}

// settle puts what was read into an order of contents, so that neither the order
// of files nor their names can change a build.
func (s *ErrorSources) settle() {
	for _, list := range s.rollouts {
		slices.SortStableFunc(list, func(a, b *Rollout) int {
			return cmp.Or(cmp.Compare(a.Prefix, b.Prefix), cmp.Compare(a.Policy, b.Policy), cmp.Compare(a.Temperature, b.Temperature),
				cmp.Compare(a.Seed, b.Seed), slices.Compare(a.Samples, b.Samples))
		})
	}
	for _, list := range s.attempts {
		slices.SortStableFunc(list, func(a, b foreign) int {
			return cmp.Or(cmp.Compare(a.set, b.set), cmp.Compare(a.attempt.Trace.ID, b.attempt.Trace.ID))
		})
	}
}

// missteps lists what the sources offer for one attempt, in the order of steps,
// and for each step in the order of errors.accept. What the samples of rollouts are is noted in seen.
func (s *ErrorSources) missteps(rec *format.Record, a *format.Attempt, seen *judged) []Misstep {
	if s == nil {
		return nil
	}
	var list []Misstep
	if len(s.rollouts) > 0 {
		seen.problems[rec.Problem.ID] = true
	}
	for _, r := range s.rollouts[rec.Problem.ID] {
		if at := r.at(a.Trace.Steps, len(rec.Attempts) == 1); at >= 0 {
			list = append(list, seen.wrong(a, at, r)...)
		}
	}
	if a.Graph == nil {
		return list // nothing to follow another attempt by
	}
	for i := range rec.Attempts {
		if o := &rec.Attempts[i]; o.Trace.ID != a.Trace.ID {
			list = s.fromAttempt(list, rec, a, o, rec.Set)
		}
	}
	for i := range s.attempts[rec.Problem.ID] {
		f := &s.attempts[rec.Problem.ID][i]
		if f.attempt.Trace.ID != a.Trace.ID {
			list = s.fromAttempt(list, rec, a, &f.attempt, f.set)
		}
	}
	slices.SortStableFunc(list, func(x, y Misstep) int {
		return cmp.Or(cmp.Compare(x.Step, y.Step), cmp.Compare(slices.Index(s.accept, x.Grade), slices.Index(s.accept, y.Grade)),
			cmp.Compare(y.Count, x.Count), cmp.Compare(x.Text, y.Text))
	})
	return slices.CompactFunc(list, func(x, y Misstep) bool { return x.Step == y.Step && x.Text == y.Text && x.Grade == y.Grade })
}

// fromAttempt finds where another attempt goes wrong first, and adds it where the
// recipe accepts what is known of it. The two are followed side by side as long as
// the other states the values that this one states, in the same order; the first
// step that is no right version of its counterpart is looked at, and after it only
// what says a step of this attempt again (echoes).
func (s *ErrorSources) fromAttempt(list []Misstep, rec *format.Record, a, other *format.Attempt, set string) []Misstep {
	byLabel, label := labelledBy+set, -1
	if len(other.Errors) > 0 && s.Accepts(byLabel) {
		label = other.Errors[0].Step
	}
	wrong := s.Accepts(AnAttempt)
	if wrong {
		verdict, _ := gradeAttempt(&rec.Problem, other, other.Trace.Text())
		wrong = verdict == "wrong"
	}
	if label < 0 && !wrong {
		return list
	}
	at := 0
	for j := range other.Trace.Steps {
		text := strings.TrimSpace(other.Trace.Steps[j].Text)
		if other.Trace.Steps[j].Kind == format.Answer {
			break
		}
		if !claims(text) {
			continue
		}
		for at < len(a.Trace.Steps) && len(a.Trace.Steps[at].Claims) == 0 {
			at++
		}
		t := answer.JudgeTake(a.Graph, a.Trace.Steps, at, text)
		m := Misstep{Step: at, Text: text, Class: t.Class, Count: 1, Source: "attempt " + other.Trace.ID}
		switch {
		case t.Verdict == answer.TakeRight:
			at++
			continue
		case t.Verdict == answer.TakeWrong && wrong:
			m.Grade = AnAttempt
		case j == label && (t.Verdict == answer.TakeWrong || t.Verdict == answer.TakeOther && !t.Value.Equal(valueAt(a, at))):
			m.Grade = byLabel
			m.Class = cmp.Or(m.Class, "other")
		default:
			if wrong {
				return s.echoes(list, a, other, j)
			}
			return list
		}
		return append(list, m)
	}
	return list
}

// echoes looks on where another attempt has gone its own way, from its step j: the
// first step that says one step of this attempt again, no other, and is proved wrong
// is added. What it rests on does not matter, because the proof is in the sentence.
func (s *ErrorSources) echoes(list []Misstep, a, other *format.Attempt, j int) []Misstep {
	for ; j < len(other.Trace.Steps) && other.Trace.Steps[j].Kind != format.Answer; j++ {
		text, found := strings.TrimSpace(other.Trace.Steps[j].Text), -1
		var t answer.Take
		for at := range a.Trace.Steps {
			if !answer.Echoes(a.Graph, &a.Trace.Steps[at], text) {
				continue
			}
			if found >= 0 {
				found = -1
				break
			}
			found, t = at, answer.JudgeTake(a.Graph, a.Trace.Steps, at, text)
		}
		if found >= 0 && t.Verdict == answer.TakeWrong {
			return append(list, Misstep{Step: found, Text: text, Grade: AnAttempt, Class: t.Class, Count: 1, Source: "attempt " + other.Trace.ID})
		}
	}
	return list
}

// claims reports whether a text states anything that can be computed.
func claims(text string) bool { return len(answer.Claims(text)) > 0 }

// valueAt is the value of the node that a step with one claim states.
func valueAt(a *format.Attempt, at int) format.Num {
	if n := a.Graph.Node(a.Trace.Steps[at].Claims[0].Node); n != nil {
		return n.Value
	}
	return format.Num{}
}
