package model

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/cpu"
	"github.com/seed-cdf14512/graft/train/internal/device"
)

// plans are the ways in which an arena is shared out.
var plans = map[string]Plan{
	"train":         {Tokens: 96, Docs: 4, Positions: 96, Train: true},
	"checkpointing": {Tokens: 96, Docs: 4, Positions: 96, Train: true, Checkpointing: true},
	"score":         {Tokens: 96, Docs: 4, Positions: 96},
	"adapters":      {Tokens: 96, Docs: 4, Positions: 96, Train: true, LoRA: &LoRA{Rank: 16, Alpha: 32, Targets: Targets()}},
}

// TestPlanIsUsed: a step of the largest batch uses what was planned, all but 5%:
// nothing is reserved in vain, and nothing is used that was not planned.
func TestPlanIsUsed(t *testing.T) {
	for name, plan := range plans {
		t.Run(name, func(t *testing.T) {
			c, err := Fresh{Family: "qwen3", Vocab: 256, Width: 64, Layers: 3, Heads: 4, KVHeads: 2, FFN: 128, Untied: true}.Config()
			if err != nil {
				t.Fatal(err)
			}
			predicted, err := Predict(c, device.F32, plan)
			if err != nil {
				t.Fatal(err)
			}
			dev := new(reference)
			m := fresh(t, c, dev, plan)
			dev.touched = make([]bool, len(dev.mem))
			largest(t, m)
			used := 0
			for _, yes := range dev.touched {
				if yes {
					used += 2
				}
			}
			if p := predicted.Bytes(); p != 2*len(dev.mem) || used > p || 100*used < 95*p {
				t.Errorf("predicted %d bytes, reserved %d, used %d\n%v", p, 2*len(dev.mem), used, predicted)
			}
		})
	}
}

// largest takes a step of the largest batch that was planned.
func largest(t *testing.T, m *Model) {
	t.Helper()
	var b Batch
	for d := range m.plan.Docs {
		b.Add(document(m.plan.Tokens/m.plan.Docs, 0, m.cfg.Vocab, d))
	}
	if !m.plan.Train {
		if err := m.Forward(b); err != nil {
			t.Fatal(err)
		}
		m.Score(1)
		return
	}
	dlogp, dentropy := objective(b)
	step(t, m, b, dlogp, dentropy)
	for _, p := range m.trained {
		m.dev.AdamW(p.W, p.M, p.V, p.G, p.Act, device.Adam{LR: 1e-3, Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, Step: 1, Scale: 1})
	}
}

// TestPeak: the peak memory of a process that trains is the prediction, within
// 5%: the arena, and nothing to speak of beside it. The process is this test,
// run again, so that other tests do not count.
func TestPeak(t *testing.T) {
	const child = "GRAFT_TEST_PEAK"
	if runtime.GOOS != "linux" {
		t.Skip("the peak of a process is read from /proc")
	}
	name := os.Getenv(child)
	if name == "" {
		for name := range plans {
			t.Run(name, func(t *testing.T) {
				cmd := exec.Command(os.Args[0], "-test.run=^TestPeak$", "-test.v")
				cmd.Env = append(os.Environ(), child+"="+name)
				if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("predicted")) {
					t.Errorf("%v\n%s", err, out)
				} else {
					_, line, _ := bytes.Cut(out, []byte("predicted"))
					line, _, _ = bytes.Cut(line, []byte("\n"))
					t.Logf("predicted%s", line)
				}
			})
		}
		return
	}
	// Large enough that what a process needs anyway, some 6 MiB, is little; wide
	// words and few layers, so that it takes no time.
	shape, plan := Fresh{Vocab: 16384, Width: 256, Layers: 2, Heads: 8, FFN: 1024, Untied: true}, plans[name]
	plan.Tokens = 512
	if !plan.Train {
		shape.Vocab, plan.Tokens = 512, 8192
	}
	if plan.LoRA != nil { // no optimizer to speak of
		plan.Tokens = 4096
	}
	plan.Docs, plan.Positions = plan.Tokens/64, 64
	c, err := shape.Config()
	if err != nil {
		t.Fatal(err)
	}
	dev := cpu.New(2)
	defer dev.Close()
	before := peak(t)
	m, err := New(c, dev, plan)
	if err != nil {
		t.Fatal(err)
	}
	m.Init(1)
	largest(t, m)
	got, want := peak(t)-before, m.Budget().Bytes()
	t.Logf("predicted %d bytes, measured %d, ratio %.3f\n%v", want, got, float64(got)/float64(want), m.Budget())
	if d := got - want; 100*max(d, -d) > 5*want {
		t.Errorf("predicted %d bytes, measured %d: further apart than 5%%", want, got)
	}
}

// peak is the most memory that this process has had, in bytes.
func peak(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		var kib int
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kib); n == 1 {
			return kib << 10
		}
	}
	t.Fatal("no VmHWM in /proc/self/status")
	return 0
}

// TestNoAllocation: after the first step, a step takes no memory from Go.
func TestNoAllocation(t *testing.T) {
	everyPlan := func(f func(checkpointing bool, lora *LoRA)) {
		for _, lora := range ways {
			f(false, lora)
			f(true, lora)
		}
	}
	everyPlan(func(checkpointing bool, lora *LoRA) {
		m := fresh(t, small(t, 97), onCPU(t, 2), Plan{Tokens: 100, Train: true, Checkpointing: checkpointing, LoRA: lora})
		b := pack(document(64, 0, 97, 1), document(30, 0, 97, 2))
		dlogp, dentropy := objective(b)
		if n := testing.AllocsPerRun(3, func() {
			m.ZeroGrad()
			if err := m.Forward(b); err != nil {
				t.Fatal(err)
			}
			m.Score(0.9)
			m.Backward(dlogp, dentropy)
			for _, p := range m.trained {
				m.dev.AdamW(p.W, p.M, p.V, p.G, p.Act, device.Adam{LR: 1e-3, Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, Step: 1, Scale: 1})
			}
		}); n != 0 {
			t.Errorf("checkpointing %v, %v: %v allocations in a step", checkpointing, lora, n)
		}
	})
}

// TestThreads: gradients are the same bits with any number of threads.
func TestThreads(t *testing.T) {
	b := pack(document(65, 0, 97, 1), document(127, 0, 97, 2), document(2, 0, 97, 3))
	dlogp, dentropy := objective(b)
	for name, lora := range ways {
		t.Run(name, func(t *testing.T) { sameThreads(t, b, dlogp, dentropy, lora) })
	}
}

func sameThreads(t *testing.T, b Batch, dlogp, dentropy []float32, lora *LoRA) {
	var want []float32
	for _, threads := range []int{1, 2, 3} {
		m := fresh(t, small(t, 97), onCPU(t, threads), Plan{Tokens: 200, Train: true, LoRA: lora})
		got := step(t, m, b, dlogp, dentropy)
		for _, p := range m.trained {
			got = append(got, download(m.dev, p.G)...)
		}
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d threads give other bits than one", threads)
		}
	}
}

// TestBatchRefused: what the arena was not planned for, or is no batch, is an
// error that says so; the model still works after it.
func TestBatchRefused(t *testing.T) {
	m := fresh(t, small(t, 31), new(reference), Plan{Tokens: 8, Docs: 2, Positions: 6})
	good := func() Batch { return pack([]int32{1, 2, 3}, []int32{4, 5}) }
	for _, c := range []struct {
		name  string
		spoil func(b *Batch)
		want  string
	}{
		{"empty", func(b *Batch) { b.Reset() }, "without tokens"},
		{"long", func(b *Batch) { b.Add([]int32{1, 2, 3, 4}) }, "batch of 9 tokens; the arena was planned for 8"},
		{"documents", func(b *Batch) { b.Add([]int32{1}) }, "3 documents; the arena was planned for 2"},
		{"position", func(b *Batch) { b.Positions[4] = 6 }, "token 4 stands at position 6: the arena was planned for 6"},
		{"id", func(b *Batch) { b.IDs[1] = 31 }, "token 1 has id 31: the model has 31 words"},
		{"negative id", func(b *Batch) { b.IDs[1] = -1 }, "token 1 has id -1"},
		{"target", func(b *Batch) { b.Targets[0] = 31 }, "target 31 of token 0"},
		{"negative target", func(b *Batch) { b.Targets[0] = -2 }, "target -2 of token 0"},
		{"starts", func(b *Batch) { b.Starts[1] = 0 }, "document 0 starts at token 0 and ends at 0"},
		{"starts beyond", func(b *Batch) { b.Starts[2] = 6 }, "must run from 0 to 5"},
		{"lengths", func(b *Batch) { b.Targets = b.Targets[:4] }, "4 targets"},
	} {
		b := good()
		c.spoil(&b)
		if err := m.Forward(b); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error that says %q", c.name, err, c.want)
		}
		if err := m.Forward(good()); err != nil {
			t.Errorf("after %s: %v", c.name, err)
		}
	}
	if _, err := New(m.cfg, new(reference), Plan{}); err == nil {
		t.Error("a plan for nothing was accepted")
	}
}

// TestNoMachine: a model of absurd size is refused before anything is asked for.
func TestNoMachine(t *testing.T) {
	c := small(t, 31)
	c.Vocab, c.Width, c.Layers, c.Heads, c.KVHeads, c.HeadDim, c.FFN = 1<<24, 1<<20, 1<<12, 1<<12, 1<<12, 1<<12, 1<<20
	if _, err := New(c, new(reference), Plan{Tokens: 1, Train: true}); err == nil || !strings.Contains(err.Error(), "no machine has them") {
		t.Errorf("got %v", err)
	}
}

// TestOrderOfCalls: a Backward that would use what is not there is a bug, and stops.
func TestOrderOfCalls(t *testing.T) {
	b := pack([]int32{1, 2, 3})
	d := make([]float32, 3)
	run := func(m *Model) {
		if err := m.Forward(b); err != nil {
			t.Fatal(err)
		}
	}
	for name, f := range map[string]func(m *Model){
		"Score first":    func(m *Model) { m.Score(1) },
		"no Score":       func(m *Model) { run(m); m.Backward(d, nil) },
		"Backward twice": func(m *Model) { run(m); m.Score(1); m.Backward(d, nil); m.Backward(d, nil) },
		"other length":   func(m *Model) { run(m); m.Score(1); m.Backward(d[:2], nil) },
		"Extend between": func(m *Model) {
			run(m)
			m.Extend([]int32{1}, []int32{0}, func(int, device.Buf, device.Buf, device.Buf, device.Buf, device.Buf) {})
			m.Score(1)
		},
		"ScoreBackward first": func(m *Model) { m.ScoreBackward(d) },
		"ScoreBackward twice": func(m *Model) { run(m); m.ScoreBackward(d); m.ScoreBackward(d) },
		"no room planned":     func(m *Model) { m.plan.Train = false; run(m); m.Score(1); m.Backward(d, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			m := fresh(t, small(t, 31), new(reference), Plan{Tokens: 8, Train: true})
			defer func() {
				if r := recover(); r == nil || !strings.HasPrefix(fmt.Sprint(r), "model: ") {
					t.Errorf("recovered %v, want a panic of the model", r)
				}
			}()
			f(m)
		})
	}
}
