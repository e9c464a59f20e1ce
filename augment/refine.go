package augment

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
	"github.com/seed-cdf14512/graft/format/chat"
	"github.com/seed-cdf14512/graft/format/ingest"
	"github.com/seed-cdf14512/graft/format/shard"
	"github.com/seed-cdf14512/graft/format/token"
)

// Codes of records and attempts that the pipeline itself refuses.
const (
	codeEval       = "eval"             // an evaluation set, and the recipe does not allow it
	codeNoAttempt  = "no-attempt"       // a problem without attempts, and no prompts are wanted
	codeNoneKept   = "no-attempt-kept"  // every attempt was refused
	codeEmpty      = "empty-trace"      // the attempt has no text
	codeWrong      = "wrong-answer"     // the checker says that the final answer is wrong
	codeRight      = "right-answer"     // the recipe keeps wrong attempts only
	codeUngraded   = "ungraded"         // no checker can tell
	codeTruncated  = "truncated"        // the attempt ends before its answer
	codeLater      = "later-attempt"    // the recipe keeps the first right attempt only
	codeOverLength = "over-length"      // more tokens than a sequence holds
	codeUntrained  = "no-trained-token" // nothing to learn once weights are resolved
	codeMoved      = "answer-moved"     // with the edits, another final answer is read
)

// work is one source record, with its ordinal among equal ones.
type work struct {
	rec     *spilled
	ordinal int
}

// A refined record is everything that one source record becomes.
type refined struct {
	input    uint32
	digest   [32]byte
	lineage  shard.Lineage
	samples  []compiled
	prompt   *shard.Prompt
	rejects  []Rejection
	code     string // why the whole record was refused; empty if it was not
	attempts int64
	refused  []string // codes of refused attempts
	straddle int64
	bytes    int64            // of canonical source
	lost     map[string]int64 // tokens of refused samples, by code

	derived     []compiled // derived records, in the order of their derivations
	derivations []shard.Derivation
	prompts     []shard.Prompt // derived ones
	pairs       []shard.Preference
	parents     []shard.Parent
	candidates  []candidate
	raw         []byte // the canonical source record
}

// A compiled sample has its row and its token spans.
type compiled struct {
	sample format.Sample
	spans  []shard.TokenSpan
}

// A refiner turns source records into samples. It belongs to one goroutine.
type refiner struct {
	b        *builder
	compiler *Compiler
	tpl      *chat.Template
	enc      *token.Encoder
	room     tokenRoom
	deriver  *answer.Deriver
	stream   *stream
	watch    stopwatch
	chance   *stream         // of variants
	derived  []VariantCounts // of the set at hand
	sets     map[string]setCounts
	weighing bool // at the corpus pass that comes before the build

	graphs map[string]string // what became of the recipe's graphs, by their traces: a reason, or empty where used
	looked string            // the trace whose graph was looked at last
	held   string            // that trace, if its graph holds and nothing has come of it yet
}

func (b *builder) newRefiner() *refiner {
	r := &refiner{b: b, compiler: NewCompiler(b.plan.Recipe.Seed, b.plan.Uses), tpl: b.tpl, enc: b.tok.Encoder(), deriver: answer.NewDeriver(), stream: newStream(),
		chance: newStream(), sets: map[string]setCounts{}, graphs: map[string]string{}}
	r.compiler.HasToken, r.compiler.Errors = hasToken(b.tok), b.errors
	b.mu.Lock()
	b.refiners = append(b.refiners, r)
	b.mu.Unlock()
	return r
}

// refine compiles one record.
func (r *refiner) refine(w work) (refined, error) {
	src := &r.b.sources[w.rec.input]
	out := refined{input: w.rec.input, digest: w.rec.digest, bytes: int64(len(w.rec.raw)), raw: w.rec.raw}
	r.watch.start()
	rec, err := ingest.Decode(src.reader, w.rec.raw, w.rec.digest)
	r.watch.lap(StageIngest)
	if err != nil {
		code := string(ingest.ReasonOf(err))
		if code == "" {
			return out, err
		}
		out.refuse(Rejection{Record: hex.EncodeToString(w.rec.digest[:16]), Code: code, Detail: err.Error(), File: src.path, Line: w.rec.line})
		return out, nil
	}
	r.countFor(rec.Set)
	number(&rec, w.ordinal)
	out.lineage = shard.LineageOf(rec.ID, r.b.lineage(w.rec))
	if src.input.Eval != nil {
		rec.Eval = *src.input.Eval
	}
	if c := r.b.plan.Recipe.Grade.Checker; c != "" {
		rec.Problem.Checker = c
	}
	if rec.Eval && !r.b.plan.Recipe.AllowEval {
		out.refuse(Rejection{Record: rec.ID, Code: codeEval, Detail: "belongs to an evaluation set; allow_eval: true in the recipe accepts it", File: src.path, Line: w.rec.line})
		return out, nil
	}
	rec.Problem.Question = ask(&rec.Problem)
	return out, r.attempts(&rec, src, w.rec, &out)
}

// ask is the question as a model must see it: with its choices, where they do
// not stand in it already.
func ask(p *format.Problem) string {
	q := p.Question
	for _, c := range p.Choices {
		if !strings.Contains(q, c) {
			q = strings.TrimRight(q, " \n") + "\n" + c
		}
	}
	return q
}

func (o *refined) refuse(j Rejection) {
	o.code = j.Code
	o.rejects = append(o.rejects, j)
}

// refusal says why the record was refused: where no attempt was kept, why the last was not.
func (o *refined) refusal() string {
	n := len(o.rejects)
	if o.code == codeNoneKept && n > 1 {
		return o.rejects[n-1].Detail + ": " + o.rejects[n-2].Detail
	}
	return o.rejects[n-1].Detail
}

// lose accounts for the tokens of a sample that is refused after encoding.
func (o *refined) lose(code string, tokens int) {
	if o.lost == nil {
		o.lost = map[string]int64{}
	}
	o.lost[code] += int64(tokens)
}

// number gives the n-th duplicate of a record its own identity.
func number(rec *format.Record, ordinal int) {
	if ordinal == 0 {
		return
	}
	suffix := "-" + strconv.Itoa(ordinal)
	for i := range rec.Attempts {
		t := &rec.Attempts[i].Trace
		t.ID = rec.ID + suffix + strings.TrimPrefix(t.ID, rec.ID)
	}
	rec.ID += suffix
}

func (r *refiner) attempts(rec *format.Record, src *source, at *spilled, out *refined) error {
	recipe := &r.b.plan.Recipe
	out.attempts = int64(len(rec.Attempts))
	right := 0
	overLength := false
	for i := range rec.Attempts {
		r.keepOnly(rec, &rec.Attempts[i])
	}
	verdicts, details := grades(rec)
	r.watch.lap(StageGrade)
	for i := range rec.Attempts {
		a := &rec.Attempts[i]
		source := a.Trace.Text()
		o := origin{rec: rec, attempt: a, verdicts: verdicts}
		code, detail := r.keep(a, verdicts[i], details[i], right)
		if verdicts[i] == "right" {
			right++
		}
		derived := a.Graph == nil && len(a.Trace.Steps) > 0 && len(r.b.plan.Variants) > 0
		if derived { // once for behaviors and variants: the graph, and the claims in the steps, lie in memory that is used again
			a.Graph = r.graph(&rec.Problem, a, out)
		}
		var c compiled
		var trace format.Trace
		if code == "" && !(r.weighing && r.b.uncompiled()) {
			var err error
			c, trace, err = r.compile(rec, a, source, verdicts[i], out)
			var refusal *Refusal
			switch {
			case errors.As(err, &refusal):
				code, detail = refusal.Code, refusal.Detail
				overLength = overLength || code == codeOverLength
			case err != nil:
				return fmt.Errorf("%s:%d: record %s: %w", src.path, at.line, rec.ID, err)
			default:
				o.compiled, o.sample = &trace, &c
			}
		}
		before := len(out.derivations)
		replaced, err := r.derive(&o, out)
		r.watch.lap(StageDerive)
		if err != nil {
			return fmt.Errorf("%s:%d: record %s: %w", src.path, at.line, rec.ID, err)
		}
		if derived {
			a.Graph = nil
		}
		r.settleGraph(code == "" && !replaced || len(out.derivations) > before)
		switch {
		case code == "" && replaced:
			out.lose(codeReplaced, len(c.sample.IDs))
			code, detail = codeReplaced, "what was derived from it takes its place"
		case code == "":
			out.samples = append(out.samples, c)
			continue
		}
		out.refused = append(out.refused, code)
		out.rejects = append(out.rejects, Rejection{Record: a.Trace.ID, Code: code, Detail: detail, File: src.path, Line: at.line})
	}
	promptable := rec.Problem.Answer != "" && rec.Problem.Checker != ""
	if promptable && (recipe.Prompts || overLength && recipe.Tokenize.OverLength == "prompt") {
		if err := r.prompt(rec, right, out); err != nil {
			return err
		}
	}
	if len(out.samples) == 0 && out.prompt == nil && len(out.derivations) == 0 {
		code, detail := codeNoneKept, fmt.Sprintf("none of %d attempts was kept: %s", len(rec.Attempts), strings.Join(out.refused, ", "))
		if len(rec.Attempts) == 0 {
			code, detail = codeNoAttempt, "the record has no attempt; prompts: true in the recipe would keep it as a prompt"
		}
		out.refuse(Rejection{Record: rec.ID, Code: code, Detail: detail, File: src.path, Line: at.line})
	}
	return nil
}

// grades says what the checker makes of every attempt, and why.
func grades(rec *format.Record) (verdicts, details []string) {
	verdicts, details = make([]string, len(rec.Attempts)), make([]string, len(rec.Attempts))
	for i := range rec.Attempts {
		if a := &rec.Attempts[i]; len(a.Trace.Steps) > 0 {
			verdicts[i], details[i] = gradeAttempt(&rec.Problem, a, a.Trace.Text())
		}
	}
	return verdicts, details
}

// keep says whether the recipe wants an attempt that grades so.
func (r *refiner) keep(a *format.Attempt, verdict, why string, right int) (code, detail string) {
	if len(a.Trace.Steps) == 0 {
		return codeEmpty, "the attempt has no text"
	}
	switch keep := r.b.plan.Recipe.Grade.Keep; {
	case keep == "any":
		return "", ""
	case keep == "wrong" && verdict == "wrong":
		return "", ""
	case keep == "wrong" && verdict == "right":
		return codeRight, why
	case verdict == "right" && keep == "first" && right > 0:
		return codeLater, "an earlier attempt at the problem was right"
	case verdict == "right":
		return "", ""
	case a.Truncated:
		return codeTruncated, why
	case verdict == "wrong" || verdict == "rounded":
		return codeWrong, why
	}
	return codeUngraded, why
}

// compile weaves the behaviors into one attempt, whose text is source, renders
// and encodes it.
func (r *refiner) compile(rec *format.Record, a *format.Attempt, source, verdict string, out *refined) (compiled, format.Trace, error) {
	p := &rec.Problem
	given := a.Graph
	if (a.Graph == nil || p.Checker == paramChecker) && r.b.plan.readsGraphs() {
		a.Graph = r.graph(p, a, out)
		defer func() { a.Graph = given }() // the next attempt's takes its place in memory
	}
	trace, refused := r.compiler.Compile(rec, a)
	out.rejects = append(out.rejects, refused...)
	if !erases(&trace, &a.Trace) {
		return compiled{}, trace, fmt.Errorf("erasing the edits of %s does not give the source: a bug in graft", trace.ID)
	}
	r.watch.lap(StageInject)
	c := compiled{sample: format.Sample{
		RecordID: trace.ID, ProblemID: p.ID, Edits: trace.Edits, Answer: p.Answer, Checker: p.Checker, Grade: verdict,
		Split: r.split(p.ID), SourceSum: sha256.Sum256([]byte(source)),
	}}
	if err := r.tpl.Render(&c.sample, r.turns(p, &trace)); err != nil {
		return c, trace, lossOf(err)
	}
	if err := r.whole(&c.sample, &trace, source); err != nil {
		return c, trace, err
	}
	if len(trace.Edits) > 0 {
		said := c.sample.Messages[len(c.sample.Messages)-1]
		if got, want := finalOf(c.sample.Text[said.Start:said.End]), finalOf(source); got != want {
			return c, trace, Refuse(codeMoved, "with the edits the final answer reads %q, the source's %q", got, want)
		}
	}
	r.watch.lap(StageRender)
	if r.b.textOnly {
		return c, trace, nil
	}
	defer r.watch.lap(StageTokenize)
	if err := encodeSample(r.enc, r.b.tok, &c.sample, &r.room); err != nil {
		return c, trace, err
	}
	var err error
	if c.spans, err = shard.TokenSpans(nil, &c.sample, r.b.spanNumber); err != nil {
		return c, trace, err
	}
	out.straddle += straddles(&c.sample)
	n, most := len(c.sample.IDs), r.b.plan.Recipe.Tokenize.MaxTokens
	if n > most {
		out.lose(codeOverLength, n)
		return c, trace, Refuse(codeOverLength, "%d tokens, a sequence holds %d", n, most)
	}
	if err := shard.CheckTrained(c.spans, r.b.weights, r.b.spanNames); err != nil {
		out.lose(codeUntrained, n)
		return c, trace, Refuse(codeUntrained, "%v", err)
	}
	return c, trace, nil
}

func (r *refiner) turns(p *format.Problem, t *format.Trace) []chat.Turn {
	turns := make([]chat.Turn, 0, 3)
	system := p.System
	if system == "" {
		system = r.b.plan.Recipe.Render.System
	}
	if system != "" {
		turns = append(turns, chat.Turn{Role: "system", Text: system})
	}
	turns = append(turns, chat.Turn{Role: "user", Text: p.Question})
	if t != nil {
		turns = append(turns, chat.Turn{Role: "assistant", Trace: t})
	}
	return turns
}

// prompt makes the row that RFT samples answers to.
func (r *refiner) prompt(rec *format.Record, right int, out *refined) error {
	p := &rec.Problem
	var s format.Sample
	turns := r.turns(p, nil)
	if err := r.tpl.Prompt(&s, turns); err != nil {
		return err
	}
	row := &shard.Prompt{
		PromptID: rec.ID, ProblemID: p.ID, GroundTruth: p.Answer, Checker: p.Checker, DataSource: rec.Set,
		PassK: int32(right), PassN: int32(len(rec.Attempts)),
	}
	for _, t := range turns {
		row.Messages = append(row.Messages, shard.Turn{Role: t.Role, Content: t.Text})
	}
	if len(p.Params) > 0 {
		params := make(map[string]string, len(p.Params))
		for _, f := range p.Params {
			params[f.Name] = f.Value
		}
		j, err := json.Marshal(params, json.Deterministic(true))
		if err != nil {
			return err
		}
		row.Params = string(j)
	}
	if err := encodeSample(r.enc, r.b.tok, &s, &r.room); err != nil {
		return err
	}
	row.PromptIDs = s.IDs
	out.prompt = row
	return nil
}

// split puts all records of one problem on the same side.
func (r *refiner) split(problem string) string {
	k := key{seed: r.b.plan.Recipe.Seed, purpose: "split", trace: problem}
	if uint64(r.stream.draw(&k)) < r.b.validation {
		return "validation"
	}
	return "train"
}
