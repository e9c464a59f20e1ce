package decode_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/cpu"
	"github.com/seed-cdf14512/graft/train/internal/decode"
	"github.com/seed-cdf14512/graft/train/internal/device"
	"github.com/seed-cdf14512/graft/train/internal/model"
)

const words = 29

// open makes a small random model with an engine of the given shape. Weights are
// large, so that the likeliest token is not always the same.
func open(t *testing.T, shape decode.Shape, threads int) (*model.Model, *decode.Engine) {
	t.Helper()
	cfg, err := model.Fresh{Family: "qwen3", Vocab: words, Width: 32, Layers: 2, Heads: 4, KVHeads: 2, HeadDim: 8, FFN: 48, Positions: 256}.Config()
	if err != nil {
		t.Fatal(err)
	}
	cfg.InitStd = .5
	dev := cpu.New(threads)
	t.Cleanup(func() { dev.Close() })
	var a device.Arena
	m, err := model.Place(cfg, dev, model.Plan{Tokens: 96, Docs: 16, Positions: 96}, &a)
	if err != nil {
		t.Fatal(err)
	}
	e, err := decode.Place(m, shape, &a)
	if err != nil {
		t.Fatal(err)
	}
	if err := dev.Reserve(a.Bytes()); err != nil {
		t.Fatal(err)
	}
	m.Init(7)
	return m, e
}

// requests are groups of equal prompts, of many lengths.
func requests() (reqs []decode.Request) {
	r := rand.New(rand.NewPCG(1, 2))
	for p := range 9 {
		prompt := make([]int32, 1+r.IntN(37))
		for i := range prompt {
			prompt[i] = r.Int32N(words)
		}
		for k := range 1 + r.IntN(5) {
			reqs = append(reqs, decode.Request{Prompt: prompt, Seed: decode.Seed(5, 1, fmt.Sprint(p), k)})
		}
	}
	return reqs
}

var limits = decode.Limits{MaxNew: 40, Stop: []int32{3, 11}}

func run(t *testing.T, e *decode.Engine, reqs []decode.Request, s decode.Settings) ([]decode.Response, decode.Stats) {
	t.Helper()
	out := make([]decode.Response, len(reqs))
	stats, err := e.Run(context.Background(), reqs, s, limits, func(i int, r decode.Response) error {
		if out[i].Finish != "" {
			t.Errorf("request %d is answered twice", i)
		}
		out[i] = r
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out, stats
}

func same(t *testing.T, what string, got, want []decode.Response) {
	t.Helper()
	for i := range want {
		if got[i].Finish != want[i].Finish || !slices.Equal(got[i].IDs, want[i].IDs) || !slices.Equal(got[i].LogProbs, want[i].LogProbs) {
			t.Errorf("%s: response %d is %v, want %v", what, i, got[i], want[i])
			return
		}
	}
}

// TestResponsesDependOnNothingElse: the responses and their log-probabilities
// are the same bits one at a time and many together, in another order, with
// blocks of other sizes, with a cache that holds few sequences, and with more
// threads.
func TestResponsesDependOnNothingElse(t *testing.T) {
	reqs := requests()
	for _, s := range []decode.Settings{{Temperature: 1}, {Temperature: .7, TopK: 9, TopP: .9}, {}} {
		_, e := open(t, decode.Shape{Seqs: 1, Longest: 80}, 1)
		want, _ := run(t, e, reqs, s)
		for _, shape := range []decode.Shape{{Seqs: 5, Longest: 80}, {Seqs: 16, Longest: 90, Block: 7}, {Seqs: 16, Longest: 80, Block: 1, Blocks: 200}, {Seqs: 30, Longest: 80, Block: 64}} {
			_, e := open(t, shape, 2)
			got, _ := run(t, e, reqs, s)
			same(t, fmt.Sprintf("%+v, %+v", s, shape), got, want)

			back := slices.Clone(reqs)
			slices.Reverse(back)
			got, _ = run(t, e, back, s) // the same engine again: nothing is left of the first run
			slices.Reverse(got)
			same(t, fmt.Sprintf("%+v, %+v, reversed", s, shape), got, want)
		}
	}
}

// TestLogProbsAreTheScores: what decoding recorded is bit for bit what scoring
// the finished sequences gives, packed or alone; and the greedy token is the
// likeliest. A response ends with a stop token or at the longest length.
func TestLogProbsAreTheScores(t *testing.T) {
	reqs := requests()
	for _, s := range []decode.Settings{{Temperature: 1}, {Temperature: .6}, {}} {
		m, e := open(t, decode.Shape{Seqs: 8, Longest: 80}, 2)
		got, _ := run(t, e, reqs, s)
		temperature := float32(s.Temperature)
		if temperature == 0 {
			temperature = 1
		}
		ends := map[string]int{}
		for i, r := range got {
			ends[r.Finish]++
			if last := r.IDs[len(r.IDs)-1]; (r.Finish == decode.Stop) != slices.Contains(limits.Stop, last) || r.Finish == decode.Length && len(r.IDs) != limits.MaxNew {
				t.Errorf("response %d of %d tokens ends with %d and says %q", i, len(r.IDs), last, r.Finish)
			}
			var b model.Batch
			if i%2 == 0 {
				b.Add([]int32{1, 2, 3, 4, 5})
			}
			from := len(b.IDs)
			b.Add(slices.Concat(reqs[i].Prompt, r.IDs))
			if err := m.Forward(b); err != nil {
				t.Fatal(err)
			}
			logp, _ := m.Score(temperature)
			at := from + len(reqs[i].Prompt) - 1
			for k, want := range logp[at : at+len(r.IDs)] {
				if r.LogProbs[k] != want {
					t.Fatalf("%+v: response %d, token %d: drawn with %v, scored %v", s, i, k, r.LogProbs[k], want)
				}
			}
		}
		if s.Temperature == 1 && (ends[decode.Stop] == 0 || ends[decode.Length] == 0) {
			t.Errorf("ends %v: the test shows nothing of one of them", ends)
		}
	}
}

// TestRefill: a slot that becomes free is taken at once, a prompt is run once
// for its group, and no block is lost.
func TestRefill(t *testing.T) {
	reqs := requests()
	_, e := open(t, decode.Shape{Seqs: 6, Longest: 80}, 1)
	got, stats := run(t, e, reqs, decode.Settings{Temperature: 1})
	tokens, longest := 0, 0
	for _, r := range got {
		tokens += len(r.IDs)
		longest = max(longest, len(r.IDs))
	}
	if stats.Tokens != tokens || stats.Peak != 6 {
		t.Errorf("%d tokens and %d sequences at once, want %d and 6", stats.Tokens, stats.Peak, tokens)
	}
	// Without refill, each six requests would wait for their longest.
	waiting := 0
	for chunk := range slices.Chunk(got, 6) {
		n := 0
		for _, r := range chunk {
			n = max(n, len(r.IDs)-1)
		}
		waiting += n
	}
	if stats.Steps >= waiting || stats.Steps < longest-1 {
		t.Errorf("%d passes; without refill there are %d", stats.Steps, waiting)
	}
	if stats.Shared == 0 {
		t.Error("no prompt was shared")
	}
	if again, s := run(t, e, reqs, decode.Settings{Temperature: 1}); s.Peak != 6 {
		t.Errorf("after a run %d sequences fit, want 6", s.Peak)
	} else {
		same(t, "again", again, got)
	}
}

// TestRunRefuses: what cannot be decoded is an error, and what was under way
// when a run ended gives its blocks back.
func TestRunRefuses(t *testing.T) {
	_, e := open(t, decode.Shape{Seqs: 2, Longest: 50, Block: 25}, 1)
	one := []decode.Request{{Prompt: []int32{1, 2}}}
	for name, f := range map[string]func() error{
		"no prompt": func() error { return again(e, []decode.Request{{}}, limits) },
		"too long":  func() error { return again(e, []decode.Request{{Prompt: make([]int32, 11)}}, limits) },
		"no word":   func() error { return again(e, []decode.Request{{Prompt: []int32{words}}}, limits) },
		"no tokens": func() error { return again(e, one, decode.Limits{}) },
	} {
		if f() == nil {
			t.Errorf("%s: no error", name)
		}
	}
	stop := errors.New("enough")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for range 3 {
		reqs := slices.Repeat(one, 5)
		if _, err := e.Run(ctx, reqs, decode.Settings{}, decode.Limits{MaxNew: 3}, func(int, decode.Response) error { return stop }); !errors.Is(err, stop) {
			t.Fatalf("got %v, want %v", err, stop)
		}
	}
	if err := again(e, one, limits); err != nil {
		t.Errorf("after broken runs: %v", err)
	}
	cancel()
	if _, err := e.Run(ctx, one, decode.Settings{}, limits, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

func again(e *decode.Engine, reqs []decode.Request, l decode.Limits) error {
	_, err := e.Run(context.Background(), reqs, decode.Settings{}, l, func(int, decode.Response) error { return nil })
	return err
}
