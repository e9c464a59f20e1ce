package tasks

import (
	"hash/maphash"
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// A Summary is what a set of problems comes to. Its baselines are the scores of
// programs that do not think: a set on which a constant does well measures
// little.
type Summary struct {
	Task       string  `json:"task"`
	Problems   int64   `json:"problems"`
	Bytes      int64   `json:"bytes"`
	Steps      int64   `json:"steps" jsonschema:"steps of all reference attempts"`
	TraceBytes int64   `json:"trace_bytes" jsonschema:"bytes of all reference attempts"`
	Repeated   int64   `json:"repeated" jsonschema:"problems whose question stood earlier in the set"`
	Zero       int64   `json:"zero" jsonschema:"problems whose answer is 0: what the constant 0 scores"`
	Constant   string  `json:"constant" jsonschema:"the commonest answer"`
	Score      int64   `json:"score" jsonschema:"what it scores"`
	Copies     int64   `json:"copies,omitempty" jsonschema:"problems with a draft that can be copied as it stands"`
	CopyScore  int64   `json:"copy_score,omitempty" jsonschema:"what copying it scores"`
	By         []Level `json:"by,omitempty" jsonschema:"problems by size"`

	answers map[string]int64
	levels  map[string]int64
	seen    map[uint64]bool
	seed    maphash.Seed
}

// A Level counts the problems of one size.
type Level struct {
	Size string `json:"size"`
	N    int64  `json:"n"`
}

// A fact is what the summary needs of one problem.
type fact struct {
	answer, size string
	steps, bytes int
	question     string
	copies, same bool // there is a draft to copy, and it is the answer
}

func factOf(rec *format.Record) fact {
	f := fact{answer: rec.Problem.Answer, question: rec.Problem.Question}
	for i := range rec.Attempts {
		for k := range rec.Attempts[i].Trace.Steps {
			f.steps++
			f.bytes += len(rec.Attempts[i].Trace.Steps[k].Text)
		}
	}
	if len(rec.Meta) > 0 { // by convention the first field is the size
		f.size = rec.Meta[0].Name + " " + rec.Meta[0].Value
	}
	for _, m := range rec.Meta { // and a field copy is what stands in the question in place of the answer
		if m.Name == "copy" {
			f.copies, f.same = true, m.Value == f.answer
		}
	}
	return f
}

func newSummary(task string) *Summary {
	return &Summary{Task: task, answers: map[string]int64{}, levels: map[string]int64{}, seen: map[uint64]bool{}, seed: maphash.MakeSeed()}
}

// remembered bounds the memory for answers and questions of a set.
const remembered = 4 << 20

func (s *Summary) add(m *made) {
	s.Bytes += int64(len(m.lines))
	for _, f := range m.facts {
		s.Problems++
		s.Steps += int64(f.steps)
		s.TraceBytes += int64(f.bytes)
		if f.answer == "0" {
			s.Zero++
		}
		if f.copies {
			s.Copies++
		}
		if f.same {
			s.CopyScore++
		}
		if f.size != "" {
			s.levels[f.size]++
		}
		if len(s.answers) < remembered {
			s.answers[f.answer]++
		}
		if h := maphash.String(s.seed, f.question); s.seen[h] {
			s.Repeated++
		} else if len(s.seen) < remembered {
			s.seen[h] = true
		}
	}
}

func (s *Summary) finish() {
	for a, n := range s.answers {
		if n > s.Score || n == s.Score && a < s.Constant {
			s.Constant, s.Score = a, n
		}
	}
	for size, n := range s.levels {
		s.By = append(s.By, Level{size, n})
	}
	slices.SortFunc(s.By, func(a, b Level) int {
		if d := len(a.Size) - len(b.Size); d != 0 { // numbers by value
			return d
		}
		return strings.Compare(a.Size, b.Size)
	})
}
