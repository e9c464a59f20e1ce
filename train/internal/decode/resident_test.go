package decode

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/cpu"
	"github.com/seed-cdf14512/graft/train/internal/device"
	"github.com/seed-cdf14512/graft/train/internal/model"
)

const vocabulary = 29

// place makes a small random model with an engine on a device that draws by itself.
func place(t *testing.T, shape Shape) (*graphing, *model.Model, *Engine) {
	t.Helper()
	cfg, err := model.Fresh{Family: "qwen3", Vocab: vocabulary, Width: 32, Layers: 2, Heads: 4, KVHeads: 2, HeadDim: 8, FFN: 48, Positions: 256}.Config()
	if err != nil {
		t.Fatal(err)
	}
	cfg.InitStd = .5
	dev := &graphing{Device: cpu.New(1)}
	t.Cleanup(func() { dev.Close() })
	var a device.Arena
	m, err := model.Place(cfg, dev, model.Plan{Tokens: 96, Docs: 16, Positions: 96}, &a)
	if err != nil {
		t.Fatal(err)
	}
	e, err := Place(m, shape, &a)
	if err != nil {
		t.Fatal(err)
	}
	if err := dev.Reserve(a.Bytes()); err != nil {
		t.Fatal(err)
	}
	m.Init(7)
	return dev, m, e
}

// groups are requests with equal prompts beside each other, of many lengths.
func groups(n int) (reqs []Request) {
	r := rand.New(rand.NewPCG(1, 2))
	for p := 0; len(reqs) < n; p++ {
		prompt := make([]int32, 1+r.IntN(37))
		for i := range prompt {
			prompt[i] = r.Int32N(vocabulary)
		}
		for k := range 1 + r.IntN(5) {
			reqs = append(reqs, Request{Prompt: prompt, Seed: Seed(5, 1, fmt.Sprint(p), k)})
		}
	}
	return reqs[:n]
}

func answers(e *Engine, reqs []Request, s Settings, lim Limits) ([]Response, Stats, error) {
	out := make([]Response, len(reqs))
	stats, err := e.Run(context.Background(), reqs, s, lim, func(i int, r Response) error {
		if out[i].Finish != "" {
			return fmt.Errorf("request %d is answered twice", i)
		}
		out[i] = r
		return nil
	})
	return out, stats, err
}

// differ is nil where two runs drew the same: log-probabilities within rounding.
func differ(got, want []Response) error {
	for i := range want {
		g, w := got[i], want[i]
		if g.Finish != w.Finish || !slices.Equal(g.IDs, w.IDs) || len(g.LogProbs) != len(w.LogProbs) {
			return fmt.Errorf("response %d is %v, %s, want %v, %s", i, g.IDs, g.Finish, w.IDs, w.Finish)
		}
		for k := range w.LogProbs {
			if d := g.LogProbs[k] - w.LogProbs[k]; !(max(d, -d) <= 1e-5) {
				return fmt.Errorf("response %d, token %d: drawn with %v, want %v", i, k, g.LogProbs[k], w.LogProbs[k])
			}
		}
	}
	return nil
}

// TestDeviceDrawsAsTheHost: the same tokens, ends and log-probabilities for every
// kind of settings and limits, whatever the rows and blocks, and in a second run.
func TestDeviceDrawsAsTheHost(t *testing.T) {
	reqs := groups(40)
	all := Limits{MaxNew: 40, Stop: []int32{3, 11}}
	for _, c := range []struct {
		Settings
		Limits
	}{
		{Settings{Temperature: 1}, all},
		{Settings{Temperature: .7, TopK: 9, TopP: .9}, all},
		{Settings{Temperature: 1.5, TopP: .8}, Limits{MaxNew: 13, Stop: []int32{3}}},
		{Settings{}, all},
		{Settings{Temperature: 1}, Limits{MaxNew: 1}},
		{Settings{Temperature: 1}, Limits{MaxNew: 17}}, // nothing stops
	} {
		_, _, host := place(t, Shape{Seqs: 8, Longest: 80, Host: true})
		want, _, err := answers(host, reqs, c.Settings, c.Limits)
		if err != nil {
			t.Fatal(err)
		}
		for _, shape := range []Shape{{Seqs: 1, Longest: 80}, {Seqs: 5, Longest: 80, Block: 16}, {Seqs: 40, Longest: 90, Block: 8}, {Seqs: 16, Longest: 80, Block: 1, Blocks: 200}} {
			_, _, e := place(t, shape)
			for range 2 {
				got, stats, err := answers(e, reqs, c.Settings, c.Limits)
				if err == nil {
					err = differ(got, want)
				}
				tokens := 0
				for _, r := range want {
					tokens += len(r.IDs)
				}
				if err != nil || stats.Tokens != tokens {
					t.Fatalf("%+v, %+v: %v; %d tokens, want %d", c, shape, err, stats.Tokens, tokens)
				}
			}
		}
	}
}

// TestThousandRefills: rows are filled a thousand times and more, and the weights
// change in between; a graph is captured once for each number of rows.
func TestThousandRefills(t *testing.T) {
	dev, m, e := place(t, Shape{Seqs: 16, Longest: 64})
	_, other, host := place(t, Shape{Seqs: 16, Longest: 64, Host: true})
	reqs := groups(520)
	lim, s := Limits{MaxNew: 12, Stop: []int32{3, 11}}, Settings{Temperature: 1}
	for seed := range uint64(2) {
		m.Init(seed)
		other.Init(seed)
		got, stats, err := answers(e, reqs, s, lim)
		if err != nil {
			t.Fatal(err)
		}
		want, _, err := answers(host, reqs, s, lim)
		if err != nil {
			t.Fatal(err)
		}
		if err := differ(got, want); err != nil {
			t.Errorf("with weights %d: %v", seed, err)
		}
		if stats.Peak != 16 {
			t.Errorf("%d sequences at once, want 16", stats.Peak)
		}
	}
	buckets := map[int]bool{}
	for p := range e.resident.graphs {
		buckets[p.rows] = true
	}
	if !buckets[16] || dev.captures != len(buckets) || len(buckets) > 5 {
		t.Errorf("%d graphs were captured, for the rows %v; want one each of 16 and less", dev.captures, buckets)
	}
}

// TestGraphsFollowTheScratch: graphs that point to scratch which is gone are
// captured anew, once.
func TestGraphsFollowTheScratch(t *testing.T) {
	dev, _, e := place(t, Shape{Seqs: 4, Longest: 64})
	reqs, lim := groups(9), Limits{MaxNew: 9}
	want, _, err := answers(e, reqs, Settings{Temperature: 1}, lim)
	if err != nil {
		t.Fatal(err)
	}
	before := dev.captures
	dev.moves++
	for range 2 {
		got, _, err := answers(e, reqs, Settings{Temperature: 1}, lim)
		if err == nil {
			err = differ(got, want)
		}
		if err != nil {
			t.Error(err)
		}
	}
	if dev.captures != 2*before {
		t.Errorf("%d captures, want %d again", dev.captures, before)
	}
}

// TestBrokenRunsLeaveTheEngineWhole: Ctrl-C between launches, a response that
// nobody takes, a device that fails and weights that are no numbers end a run, and
// the next one has every block and every row.
func TestBrokenRunsLeaveTheEngineWhole(t *testing.T) {
	dev, m, e := place(t, Shape{Seqs: 6, Longest: 64, Block: 8})
	reqs, s, lim := groups(40), Settings{Temperature: 1}, Limits{MaxNew: 20, Stop: []int32{3}}
	want, _, err := answers(e, reqs, s, lim)
	if err != nil {
		t.Fatal(err)
	}
	enough := errors.New("enough")
	for name, run := range map[string]func() error{
		"Ctrl-C": func() error {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			told, tokens := 0, 0
			stats, err := e.Run(ctx, reqs, s, lim, func(i int, r Response) error {
				if told++; told == 10 {
					cancel()
				}
				tokens += len(r.IDs)
				return differ([]Response{r}, want[i:i+1])
			})
			if told < 10 || told == len(reqs) || tokens != stats.Tokens {
				t.Errorf("%d responses of %d tokens; %d had ended: it was not broken off, or lost some", told, tokens, stats.Tokens)
			}
			return unless(err, context.Canceled)
		},
		"nobody takes": func() error {
			_, err := e.Run(context.Background(), reqs, s, lim, func(int, Response) error { return enough })
			return unless(err, enough)
		},
		"the device": func() error {
			dev.broken = enough
			_, _, err := answers(e, reqs, s, lim)
			dev.broken = nil
			return unless(err, enough)
		},
		"no numbers": func() error {
			w := m.Params()[0].W
			dev.Upload(w, slices.Repeat([]float32{float32(math.NaN())}, w.N))
			_, _, err := answers(e, reqs, s, lim)
			m.Init(7)
			return unless(err, ErrNotNumbers)
		},
	} {
		if err := run(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if n := len(e.free.free); n != e.shape.Blocks {
			t.Errorf("%s: %d blocks are free, of %d", name, n, e.shape.Blocks)
		}
		got, _, err := answers(e, reqs, s, lim)
		if err == nil {
			err = differ(got, want)
		}
		if err != nil {
			t.Errorf("after %s: %v", name, err)
		}
	}
}

// unless is nil where err is the one that is wanted.
func unless(err, want error) error {
	if errors.Is(err, want) {
		return nil
	}
	return fmt.Errorf("got %v, want %v", err, want)
}

// TestNoStepIsIdle: where nothing but its limit ends a response, there are as many
// steps as tokens.
func TestNoStepIsIdle(t *testing.T) {
	_, _, e := place(t, Shape{Seqs: 4, Longest: 64})
	for _, n := range []int{1, every, every + 3} {
		if _, stats, err := answers(e, groups(4), Settings{Temperature: 1}, Limits{MaxNew: n}); err != nil || stats.Steps != n || stats.Tokens != 4*n {
			t.Errorf("%d tokens each of 4: %+v, %v", n, stats, err)
		}
	}
}

func TestDeviceRefuses(t *testing.T) {
	dev, m, e := place(t, Shape{Seqs: 2, Longest: 64})
	if _, err := Place(m, Shape{Seqs: 2, Longest: 64, Block: 24}, new(device.Arena)); err == nil || err.Error() != "blocks of 24 tokens; a cache on "+dev.Name()+" has a power of two" {
		t.Errorf("got %v", err)
	}
	if e.Shape().Block != 64 {
		t.Errorf("blocks of %d tokens, want 64", e.Shape().Block)
	}
	if _, _, err := answers(e, []Request{{Prompt: []int32{1, vocabulary}}}, Settings{}, Limits{MaxNew: 3}); err == nil || err.Error() != "token 1 of prompt 0 has id 29: the model has 29 words" {
		t.Errorf("got %v", err)
	}
	if _, _, err := answers(e, groups(1), Settings{}, Limits{MaxNew: 3, Stop: make([]int32, 1025)}); err == nil || err.Error() != "1025 tokens end a response; on "+dev.Name()+" at most 1024 can" {
		t.Errorf("got %v", err)
	}
}

// TestFaultsOfRowsAreFound: each wrong number in the rows that are written, however
// plausible, gives other responses, or none.
func TestFaultsOfRowsAreFound(t *testing.T) {
	const seqs = 5
	reqs, s, lim := groups(60), Settings{Temperature: 1}, Limits{MaxNew: 20, Stop: []int32{3, 11}}
	_, _, host := place(t, Shape{Seqs: seqs, Longest: 80, Host: true})
	want, _, err := answers(host, reqs, s, lim)
	if err != nil {
		t.Fatal(err)
	}
	stale := map[int][]int32{} // what stood there before
	for name, fault := range map[string]func(column func(int) []int32){
		"nothing":            func(func(int) []int32) {},
		"a forgotten stop":   func(func(int) []int32) {}, // see below
		"a block of another": func(func(int) []int32) {},
		"a stale slot": func(column func(int) []int32) {
			old := stale[0]
			stale[0] = slices.Clone(column(colSlots))
			if old != nil {
				copy(column(colSlots)[:1], old)
			}
		},
		"a length that is one too small": func(column func(int) []int32) {
			for i, n := range column(colLengths) {
				column(colLengths)[i] = max(n-1, min(n, 1))
			}
		},
		"the seed of another row": func(column func(int) []int32) {
			b := column(0)
			b[0], b[2] = b[2], b[0]
		},
		"a count that goes on":   func(column func(int) []int32) { column(colCount)[1]++ },
		"the limit of another":   func(column func(int) []int32) { column(colLimit)[2]-- },
		"a position of one more": func(column func(int) []int32) { column(colAt)[0]++ },
		"another last token":     func(column func(int) []int32) { column(colIDs)[3] = (column(colIDs)[3] + 1) % vocabulary },
	} {
		dev, _, e := place(t, Shape{Seqs: seqs, Longest: 80, Block: 8})
		dev.fault = func(dst device.Buf, src []int32) {
			if b := e.resident; dst == b.board {
				fault(func(c int) []int32 { return src[c*seqs:][:seqs] })
			} else if name == "a forgotten stop" && dst.Off == b.stops.Off {
				src[1] = -2
			} else if name == "a block of another" && dst == b.table {
				src[0] = src[b.shape.perSeq()]
			}
		}
		got, _, err := answers(e, reqs, s, lim)
		if err == nil {
			err = differ(got, want)
		}
		if (err == nil) != (name == "nothing") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
