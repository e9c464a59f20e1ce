package train

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/strict"
)

func exact(s string) format.Num {
	n, ok := format.ParseNum(s)
	if !ok {
		panic(s)
	}
	return n
}

// Rates worked by hand at the ends, the corner and the middle of each course.
func TestRate(t *testing.T) {
	for _, c := range []struct {
		schedule string
		warmup   int64
		step     int64
		want     float64
	}{
		{"constant", 0, 1, 0.01}, {"constant", 4, 1, 0.0025}, {"constant", 4, 4, 0.01}, {"constant", 4, 100, 0.01},
		{"cosine", 0, 1, 0.01}, {"cosine", 0, 101, 0.001}, {"cosine", 0, 51, 0.0055}, // half way between lr and floor
		{"cosine", 50, 50, 0.01}, {"cosine", 50, 51, 0.01}, {"cosine", 50, 76, 0.0055}, {"cosine", 50, 101, 0.001},
		{"wsd", 0, 1, 0.01}, {"wsd", 0, 80, 0.01}, {"wsd", 0, 81, 0.01}, {"wsd", 0, 91, 0.0055}, {"wsd", 0, 101, 0.001},
	} {
		o := Optimizer{LR: exact("0.01"), Schedule: c.schedule, Warmup: c.warmup, Floor: exact("0.1"), Decline: exact("0.2")}
		if got := o.Rate(c.step, 101); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s, warm-up %d, step %d of 101: %g, want %g", c.schedule, c.warmup, c.step, got, c.want)
		}
	}
}

// A run of one step, and one that ends in its warm-up, have finite rates.
func TestRateOfShortRuns(t *testing.T) {
	for _, schedule := range []string{"constant", "cosine", "wsd"} {
		for _, steps := range []int64{1, 2, 3} {
			o := Optimizer{LR: exact("0.01"), Schedule: schedule, Warmup: 2, Floor: exact("0.1"), Decline: exact("0.2")}
			for step := int64(1); step <= steps; step++ {
				if r := o.Rate(step, steps); !(r > 0 && r <= 0.01) {
					t.Errorf("%s, step %d of %d: %g", schedule, step, steps, r)
				}
			}
		}
	}
}

// However short the decline, the steps before it have the full rate: no decline
// is the constant course, and one of a single step is the last step alone.
func TestShortDeclines(t *testing.T) {
	for _, c := range []struct {
		decline string
		want    []float64
	}{
		{"0", []float64{.01, .01, .01, .01, .01}}, {"0.2", []float64{.01, .01, .01, .01, .001}}, {"0.4", []float64{.01, .01, .01, .01, .001}},
		{"0.6", []float64{.01, .01, .01, .0055, .001}}, {"1", []float64{.01, .00775, .0055, .00325, .001}},
	} {
		o := Optimizer{LR: exact("0.01"), Schedule: "wsd", Floor: exact("0.1"), Decline: exact(c.decline)}
		for i, want := range c.want {
			if got := o.Rate(int64(i+1), 5); math.Abs(got-want) > 1e-12 {
				t.Errorf("decline %s, step %d of 5: %g, want %g", c.decline, i+1, got, want)
			}
		}
	}
}

// A run that ends in its warm-up says so.
func TestUnreachedRate(t *testing.T) {
	o := Optimizer{LR: exact("0.01"), Schedule: "constant", Warmup: 10}
	if got, want := o.unreached(5), "optimizer.warmup is 10 and the run has 5 steps: the rate comes no further than 0.005 of lr 0.01"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := o.unreached(10); got != "" {
		t.Errorf("a warm-up that is reached: %q", got)
	}
}

const goodRun = `version: 1
model: {fresh: {width: 8, layers: 1, heads: 2, ffn: 16}}
data: {build: corpus}
steps: 10
optimizer: {lr: 0.01}
out: run
`

// Every mistake is told with its place, all of them at once.
func TestRunFileFaults(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"unknown key", "steps: 10", "stepps: 10", `run.yaml:4:1: unknown key "stepps"; did you mean "steps"?`},
		{"steps and epochs", "steps: 10", "steps: 10\nepochs: 2", "run.yaml:4:8: steps: a run has either steps or epochs"},
		{"two models", "model: {", "model: {path: x, ", "run.yaml:2:8: model: a model has either a path or a fresh shape"},
		{"heads", "heads: 2", "heads: 3", "run.yaml:2:24: model.fresh.width: 8 is no multiple of 3 heads; write head_dim"},
		{"heads of no GPU", "out: run", "out: run\ndevice: cuda", "run.yaml:2:16: model.fresh.head_dim: heads are 4 wide; attention on a GPU has 64 and 128; device cpu takes any"},
		{"rate", "lr: 0.01", "lr: 7", "run.yaml:5:17: optimizer.lr: 7 is above the maximum, 1"},
		{"beta", "lr: 0.01", "lr: 0.01, betas: [0.9, 1]", "run.yaml:5:30: optimizer.betas: 1 must be 0 or more and below 1"},
		{"schedule", "lr: 0.01", "lr: 0.01, schedule: cosin", `run.yaml:5:33: optimizer.schedule: "cosin" is not one of constant, cosine, wsd`},
		{"no data", "data: {build: corpus}\n", "", `run.yaml:1:1: missing key "data"`},
		{"nothing", goodRun, "", "run.yaml:1:1: the file is empty; graft help train sft shows one to start from"},
	} {
		run, ds, err := ParseSFT("run.yaml", []byte(strings.Replace(goodRun, c.old, c.new, 1)))
		if err != nil || run != nil || !strings.Contains(ds.String(), c.want) {
			t.Errorf("%s: run %v, error %v, said\n%swant\n%s", c.name, run, err, ds, c.want)
		}
	}
	run, ds, err := ParseSFT("dir/run.yaml", []byte(goodRun))
	if err != nil || run == nil {
		t.Fatal(err, ds)
	}
	if run.Out != "dir/run" || run.Data.Build != "dir/corpus" || run.Model.Fresh.HeadDim != 4 || run.Batch.Tokens != 8192 || run.Data.Mode != "spans" {
		t.Errorf("paths or defaults are wrong: %+v", run)
	}
}

// An editor that checks run files by the schema agrees with graft.
func TestSchemaAgreesWithDecoder(t *testing.T) {
	all, err := Schemas()
	must(t, err)
	var s jsonschema.Schema
	must(t, json.Unmarshal(all["train"], &s))
	schema, err := s.Resolve(nil)
	must(t, err)
	for text, ok := range map[string]bool{
		goodRun: true, strings.Replace(goodRun, "steps", "stepps", 1): false, strings.Replace(goodRun, "lr: 0.01", "lr: 7", 1): false,
		strings.Replace(goodRun, "data: {build: corpus}\n", "", 1): false, strings.Replace(goodRun, "lr: 0.01", "lr: 0.01, betas: [0.9]", 1): false,
	} {
		d := strict.New("run.yaml", runKind, nil)
		var v any
		must(t, json.Unmarshal(d.JSON(d.Parse([]byte(text)), "", nil), &v))
		if err := schema.Validate(v); (err == nil) != ok {
			t.Errorf("the schema says %v of\n%s", err, text)
		}
		if run, _, _ := ParseSFT("run.yaml", []byte(text)); (run != nil) != ok {
			t.Errorf("the decoder takes %v of\n%s", run != nil, text)
		}
	}
}

// No text makes the decoder of run files panic; what it takes has a
// canonical form.
func FuzzRunFile(f *testing.F) {
	f.Add([]byte(goodRun))
	f.Add([]byte("version: 1\nmodel: {fresh: {width: 8, layers: 1, heads: 0, ffn: 1}}"))
	f.Add([]byte("optimizer: {lr: 1e-400, betas: [1]}\nevery: 3"))
	f.Fuzz(func(t *testing.T, text []byte) {
		run, ds, err := ParseSFT("run.yaml", text)
		if err != nil || run == nil && !ds.Failed() {
			t.Fatalf("error %v, no run and no fault", err)
		}
		if run == nil {
			return
		}
		run.Optimizer.Rate(1, 1)
		if _, err := strict.Canonical(run); err != nil {
			t.Fatal(err)
		}
	})
}
