package augmenttest

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
	"github.com/seed-cdf14512/graft/format/ingest"
)

// Record makes a record of one attempt from text: segmented and with its value
// graph derived, as ingest does.
func Record(id, question, text string) *format.Record {
	steps := ingest.Segment(text)
	graph := answer.Derive(question, steps)
	return &format.Record{
		ID:       id,
		Problem:  format.Problem{ID: id, Question: question},
		Attempts: []format.Attempt{{Trace: format.Trace{ID: id, Steps: steps}, Graph: graph}},
	}
}

// Params makes a record of one attempt at a problem that declares parameters. A
// line of the text is cut as generators cut it: the letter, the equation, the value.
func Params(id, question, text string) *format.Record {
	var steps []format.Step
	add := func(text string) {
		if text != "" {
			steps = append(steps, format.Step{ID: len(steps) + 1, Text: text})
		}
	}
	for _, line := range strings.SplitAfter(text, "\n") {
		name, rest, ok := strings.Cut(line, ". ")
		if !ok || !strings.Contains(rest, " = ") {
			add(line)
			continue
		}
		add(name + ". ")
		at := strings.LastIndex(rest, " = ")
		if strings.Count(rest, " = ") == 1 {
			at = 0
		}
		add(rest[:at])
		add(rest[at:])
	}
	rec := &format.Record{ID: id, Problem: format.Problem{ID: id, Question: question, Checker: "igsm"},
		Attempts: []format.Attempt{{Trace: format.Trace{ID: id, Steps: steps}}}}
	rec.Attempts[0].Graph = answer.BindParams(&rec.Problem, steps)
	return rec
}

// Shared returns the folder of shared data, or skips the test.
func Shared(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv("GRAFT_SHARED"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the package")
		}
	}
	shared := filepath.Join(filepath.Dir(dir), "shared")
	if _, err := os.Stat(shared); err != nil {
		t.Skip("needs ../shared: set GRAFT_SHARED or put the folder beside the repository")
	}
	return shared
}

// GSM8K reads at most n records of the training set from the shared data, or
// skips the test; n <= 0 is all of them.
func GSM8K(t testing.TB, n int) []*format.Record {
	t.Helper()
	f, err := os.Open(filepath.Join(Shared(t), "data", "gsm8k", "train.jsonl.gz"))
	if err != nil {
		t.Skip("needs ../shared: " + err.Error())
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var list []*format.Record
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() && (n <= 0 || len(list) < n) {
		var row struct{ Question, Answer string }
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		list = append(list, Record("gsm8k-"+strconv.Itoa(len(list)), row.Question, row.Answer))
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// Use resolves a use of b: params are JSON over the defaults, per is
// augment.PerTrace or augment.PerSite, and the rate is 1.
func Use(t testing.TB, b *augment.Behavior, params, per string) augment.ResolvedUse {
	t.Helper()
	bank, err := augment.ParseBank(b.Name, b.Phrases)
	if err != nil {
		t.Fatal(err)
	}
	one := format.Int(1)
	return augment.ResolvedUse{
		Behavior: b, Params: decode(t, b, params), ParamsJSON: strings.TrimSpace(params),
		Select: augment.Select{Per: per, Rate: &one}, Bank: bank,
	}
}
