package gpucheck

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-cdf14512/graft/train/internal/cpu"
	"github.com/seed-cdf14512/graft/train/internal/cuda"
	"github.com/seed-cdf14512/graft/train/internal/device"
	"github.com/seed-cdf14512/graft/train/internal/model"
)

var tinyLoad = Load{Model: "tiny", Row: 48, Rows: 4, Micro: []int{2}, Tune: 1, Warm: 1, Steps: 2, Seqs: 3, Prompt: 5, New: 6, Ends: 4, Batches: 2, Prompts: 2, Samples: 2, Response: 6, Update: 2, Block: 16}

// TestCostsAreTheDefinitions: N_layers and dV are weights of the model itself, and a
// step of one document has the FLOPs that the definition gives by hand.
func TestCostsAreTheDefinitions(t *testing.T) {
	for name, f := range Shapes() {
		cfg, err := f.Config()
		if err != nil {
			t.Fatal(err)
		}
		m, err := model.Place(cfg, cpu.New(1), model.Plan{Tokens: 1}, new(device.Arena))
		if err != nil {
			t.Fatal(err)
		}
		layers := 0
		for _, p := range m.Params() {
			if strings.HasPrefix(p.Name, "model.layers.") {
				layers += p.Elements()
			}
		}
		if c := costsOf(cfg); c.Layers != layers || c.Head != cfg.Vocab*cfg.Width {
			t.Errorf("%s: %d weights of layers and %d of the head, want %d and %d", name, c.Layers, c.Head, layers, cfg.Vocab*cfg.Width)
		}
	}
	cfg, _ := Shapes()["0.5B"].Config()
	c := costsOf(cfg)
	// 24 layers, 14 heads of 64; two documents of 3 and 5 tokens
	if got, want := c.flops([][][]int32{{make([]int32, 3), make([]int32, 5)}}), 6*float64(c.Layers+151936*896)*8+6*24*14*64*(9+25.); got != want {
		t.Errorf("%v FLOPs, want %v", got, want)
	}
	// The claims' own numbers: 45% of 989 TFLOP/s are 127k tokens/s of 4,096, and 35% of the
	// bound of decoding 143k.
	l := Definition("0.5B")
	rows := l.step(cfg.Vocab, kinds()[1], 0)
	if rate := .45 * peakFLOPs / (c.flops(rows) / l.tokens()); math.Abs(rate-127e3) > 1e3 {
		t.Errorf("45%% are %v tokens/s, want 127k", rate)
	}
	if rate := .35 * float64(l.Seqs*l.New) / (c.reads(l) / peakBytes); math.Abs(rate-143e3) > 1e3 {
		t.Errorf("35%% of the bound are %v tokens/s, want 143k", rate)
	}
	docs, tokens := 0, 0
	for number := range 5 {
		for _, row := range l.step(cfg.Vocab, kinds()[0], number) {
			docs += len(row)
			for _, d := range row {
				tokens += len(d)
			}
		}
	}
	if mean := float64(tokens) / float64(docs); tokens != 5*65536 || mean < 300 || mean > 360 {
		t.Errorf("%d tokens in documents of mean %v, want 327680 of about 350 where none is cut", tokens, mean)
	}
}

// TestBothSidesReadTheSame: the files that PyTorch reads are the tokens that graft
// trains on, in order, and weights that are there stay.
func TestBothSidesReadTheSame(t *testing.T) {
	f := Folder(t.TempDir())
	dir, err := f.data(tinyLoad)
	if err != nil {
		t.Fatal(err)
	}
	cfg, _ := tinyLoad.config()
	ints := func(name string) (x []int32) {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for ; len(b) >= 4; b = b[4:] {
			x = append(x, int32(binary.LittleEndian.Uint32(b)))
		}
		return x
	}
	for _, k := range kinds() {
		ids, lengths := ints(k.name+".ids"), ints(k.name+".lengths")
		for number := range tinyLoad.Warm + tinyLoad.Steps {
			for _, b := range micros(tinyLoad.step(cfg.Vocab, k, number), 2) {
				n := len(b.IDs)
				if !slices.Equal(ids[:n], b.IDs) {
					t.Fatalf("%s, step %d: other tokens", k.name, number)
				}
				for i := range b.Docs() {
					if lengths[i] != b.Starts[i+1]-b.Starts[i] {
						t.Fatalf("%s, step %d: document %d has %d tokens, want %d", k.name, number, i, lengths[i], b.Starts[i+1]-b.Starts[i])
					}
				}
				ids, lengths = ids[n:], lengths[b.Docs():]
			}
		}
		if len(ids)+len(lengths) > 0 {
			t.Errorf("%s: %d tokens too many", k.name, len(ids))
		}
	}
	first, err := f.weights(tinyLoad)
	if err != nil {
		t.Fatal(err)
	}
	before, _ := os.Stat(filepath.Join(first, "model.safetensors"))
	if _, err := f.weights(tinyLoad); err != nil {
		t.Fatal(err)
	}
	if after, _ := os.Stat(filepath.Join(first, "model.safetensors")); !os.SameFile(before, after) {
		t.Error("weights that were there are written again")
	}
}

// TestClaims: each holds at its border and not beyond, PyTorch's faster way counts, and
// a result of another load or device does not.
func TestClaims(t *testing.T) {
	l := Definition("0.5B")
	other := l
	other.Steps++
	const ours, theirs = "SFT 0.5B, documents of mean 350", "SFT 0.5B, docs, "
	row := func(stage, name string, numbers map[string]float64, losses ...float64) Result {
		return Result{Stage: stage, Name: name, OK: true, Numbers: numbers, Losses: losses, Load: &l}
	}
	base := []Result{
		row("sft", ours, map[string]float64{"MFU %": 35, "tokens/s": 110}, 10, 9.91),
		row("torch-sft", theirs+"plain", map[string]float64{"tokens/s": 100}, 10, 10),
		row("torch-sft", theirs+"transformers", map[string]float64{"tokens/s": 90}, 5, 5),
		row("decode", "decoding 0.5B", map[string]float64{"% of the bound": 35, "tokens/s": 50}),
		row("torch-generate", "transformers generate 0.5B, dynamic", map[string]float64{"tokens/s": 10}),
		row("grpo", "GRPO step 0.5B", map[string]float64{"mean |dlogp|": 5e-3, "k3": 1e-3, "step s": 2}),
		row("torch-grpo", "TRL GRPO step 0.5B, transformers generation, no vLLM", map[string]float64{"step s": 30}),
	}
	verdicts := func(extra ...Result) (ok, bad, skip int, said string) {
		log := &Log{On: "cuda"}
		for _, r := range slices.Concat(base, extra) {
			on := r.On
			if log.Add(r); on != "" {
				log.All[len(log.All)-1].On = on
			}
		}
		n := len(log.All)
		Claims(log, l)
		for _, r := range log.All[n:] {
			switch {
			case r.Skip != "":
				skip++
			case r.OK:
				ok++
			default:
				bad++
			}
			said += r.Detail + "\n"
		}
		return ok, bad, skip, said
	}
	// Of rows three numbers, and of responses to the end one, are not there.
	if ok, bad, skip, said := verdicts(); ok != 8 || bad != 0 || skip != 4 || !strings.Contains(said, "15 times TRL") || !strings.Contains(said, "0.9 % between the losses") {
		t.Errorf("at the borders: %d hold, %d do not, %d are not there:\n%s", ok, bad, skip, said)
	}
	for name, r := range map[string]Result{
		"MFU":        row("sft", ours, map[string]float64{"MFU %": 34.9, "tokens/s": 110}, 10, 9.91),
		"ratio":      row("torch-sft", theirs+"another way", map[string]float64{"tokens/s": 100.1}, 10, 9.91),
		"losses":     row("sft", ours, map[string]float64{"MFU %": 35, "tokens/s": 110}, 10, 9.89),
		"NaN":        row("sft", ours, map[string]float64{"MFU %": 35, "tokens/s": 110}, math.NaN(), 9.91),
		"bound":      row("decode", "decoding 0.5B", map[string]float64{"% of the bound": 34.9, "tokens/s": 50}),
		"generate":   row("torch-generate", "transformers generate 0.5B, static", map[string]float64{"tokens/s": 10.1}),
		"apart":      row("grpo", "GRPO step 0.5B", map[string]float64{"mean |dlogp|": 5.1e-3, "k3": 1e-3, "step s": 2}),
		"divergence": row("grpo", "GRPO step 0.5B", map[string]float64{"mean |dlogp|": 5e-3, "k3": 1.1e-3, "step s": 2}),
	} {
		if _, bad, _, said := verdicts(r); bad != 1 {
			t.Errorf("%s: %d claims do not hold, want 1:\n%s", name, bad, said)
		}
		r.Load = &other
		if _, bad, _, _ := verdicts(r); bad != 0 {
			t.Errorf("%s: a result of another load counts", name)
		}
		r.Load, r.On = &l, "cpu"
		if _, bad, _, _ := verdicts(r); bad != 0 {
			t.Errorf("%s: a result of another device counts", name)
		}
	}
}

// Devices whose decoding drifts.
type (
	wrongKeys struct{ device.Device } // a query sees one key too few
	grows     struct {
		cuda.GPU
		calls *int
	}
)

func (d wrongKeys) Decode(o, q device.Buf, p device.Pages, b int, h device.Heads) {
	n := make([]float32, o.N)
	d.Device.Decode(o, q, p, b, h)
	d.Device.Download(n, o)
	for i := range n {
		n[i] *= 1.2
	}
	d.Device.Upload(o, n)
}

func (d grows) Memory() cuda.Memory {
	*d.calls++
	return cuda.Memory{Captures: 3 * *d.calls}
}

// TestDriftIsFound: attention of decoding that is not that of training, and a graph
// that is recorded again.
func TestDriftIsFound(t *testing.T) {
	f := driftTraffic
	f.refills = 40
	r := timed(Result{}, func(r *Result) error { return drift(t.Context(), r, onCPU(), f) })
	if !r.OK || r.Numbers["mean |dlogp|"] != 0 || r.Numbers["refills"] != 40 {
		t.Errorf("the CPU with itself: %+v", r)
	}
	d := Device{"wrong", func() (device.Device, error) { return wrongKeys{cpu.New(2)}, nil }}
	if err := drift(t.Context(), new(Result), d, f); err == nil || !strings.Contains(err.Error(), "generating and scoring are apart") {
		t.Errorf("attention of another size: got %v", err)
	}
	calls := 0
	n := made(grows{calls: &calls})
	if again := made(grows{calls: &calls}); n["graphs captured"] == again["graphs captured"] {
		t.Errorf("graphs that were captured are not counted: %v, %v", n, again)
	}
}

// TestBugsAndHangs: a job with a bug does not end the session, and one that did not come
// to its end in the session before is the last of the next.
func TestBugsAndHangs(t *testing.T) {
	var order []string
	job := func(name string, f func()) Job {
		return Job{Stage: "smoke", Name: name, run: func(context.Context, Check, *Result) error {
			order = append(order, name)
			f()
			return nil
		}}
	}
	log := &Log{All: []Result{{Stage: "smoke", Name: "hung", Began: true}, {Stage: "smoke", Name: "done", OK: true}, {Stage: "smoke", Name: "mended", Began: true}, {Stage: "smoke", Name: "mended"}}}
	jobs := []Job{job("hung", func() {}), job("done", func() {}), job("mended", func() {}), job("bug", func() { panic("an index") }), job("next", func() {})}
	if left, err := (Check{Log: log}).Do(t.Context(), jobs, nil); err != nil || len(left) > 0 || fmt.Sprint(order) != "[mended bug next hung]" || log.Bad() != 1 {
		t.Errorf("order %v, %d left, %d bad, %v", order, len(left), log.Bad(), err)
	}
	if r := log.All[len(log.All)-5]; !strings.Contains(r.Detail, "a bug: an index") || !strings.Contains(r.Detail, "measure_test.go") {
		t.Errorf("a bug: %+v", r)
	}
}

// TestJobsAreWholeAndInOrder: every stage has a job, and of 1.5B there are those alone
// that the claims name.
func TestJobsAreWholeAndInOrder(t *testing.T) {
	var stages []string
	large := 0
	for _, j := range Jobs(Stages(), []string{"0.5B", "1.5B"}) {
		if len(stages) == 0 || stages[len(stages)-1] != j.Stage {
			stages = append(stages, j.Stage)
		}
		if j.Model == "1.5B" {
			large++
		}
		if j.Needs <= 0 || j.Needs >= 10*time.Minute {
			t.Errorf("%s needs %v; a lent machine gives a command ten minutes", j.Name, j.Needs)
		}
	}
	if fmt.Sprint(stages) != fmt.Sprint(Stages()) || large != 5 {
		t.Errorf("stages %v, want %v; %d jobs of 1.5B, want 5", stages, Stages(), large)
	}
}

// TestParityHasEveryOperation: one that is added to the device without a case is found.
func TestParityHasEveryOperation(t *testing.T) {
	plumbing := []string{"Name", "Act", "Reserve", "Sync", "Close", "Capture"}
	others := map[string]string{ // by the operation's name that stands for it
		"UploadInts": "Embed", "ScoreBoth": "Score", "AdamWAll": "AdamW", "SumSquaresAll": "SumSquares", "DownloadInts": "Sample",
	}
	for _, kind := range []reflect.Type{reflect.TypeFor[device.Device](), reflect.TypeFor[device.Fused](), reflect.TypeFor[device.Resident]()} {
		for i := range kind.NumMethod() {
			name := kind.Method(i).Name
			if to, ok := others[name]; ok {
				name = to
			}
			named := func(c Case) bool {
				return slices.Contains(strings.FieldsFunc(c.Name, func(r rune) bool { return r == ' ' || r == ',' }), name)
			}
			if !slices.Contains(plumbing, name) && !slices.ContainsFunc(Cases(), named) {
				t.Errorf("no case of parity has %s", name)
			}
		}
	}
}

// A narrow is a device of so many bytes.
type narrow struct {
	device.Device
	bytes int
}

func (d narrow) Reserve(n int) error {
	if n > d.bytes {
		return fmt.Errorf("the run needs %d bytes, and there are %d", n, d.bytes)
	}
	return d.Device.Reserve(n)
}

// TestMicroBatchesThatDoNotFit: the largest that fits is measured, what does not is
// said, and where none fits it is an error with the device's words.
func TestMicroBatchesThatDoNotFit(t *testing.T) {
	l := tinyLoad
	l.Micro = []int{1, 2, 4}
	cfg, _ := l.config()
	room := func(rows int) int {
		b, err := model.Predict(cfg, device.F32, model.Plan{Tokens: rows * l.Row, Docs: rows, Positions: l.Row, Train: true})
		if err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	folder := Folder(t.TempDir())
	run := func(bytes int) (*Log, Result) {
		log := &Log{}
		d := Device{"small", func() (device.Device, error) { return narrow{cpu.New(2), bytes}, nil }}
		c := Check{Device: d, Load: l, Folder: folder, Log: log}
		return log, timed(Result{Stage: "sft", Name: "rows"}, func(r *Result) error { return c.sft(t.Context(), r, kinds()[1]) })
	}
	log, r := run(room(2) + 1<<16)
	if !r.OK || r.Numbers["micro-batch rows"] > 2 || log.Find("sft", "rows, micro-batch of 2 rows", nil) == nil || log.All[len(log.All)-1].Skip != "does not fit" {
		t.Errorf("room for two rows: %+v, %+v", r, log.All)
	}
	if _, r := run(room(1) / 2); r.OK || !strings.Contains(r.Detail, "bytes, and there are") {
		t.Errorf("room for none: %+v", r)
	}
}
