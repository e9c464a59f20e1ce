//go:build linux && (amd64 || arm64) && !nocuda

package gpucheck

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/decode"
	"github.com/seed-cdf14512/graft/train/internal/device"
	"github.com/seed-cdf14512/graft/train/internal/model"
)

// A counted counts the graphs that are captured.
type counted struct {
	device.Resident
	captures *int
}

func (d counted) Capture(f func()) (device.Graph, error) {
	*d.captures++
	return d.Resident.Capture(f)
}

// decoder is a small model on an emulated GPU, with an engine. Its distributions are
// neither flat nor of one token.
func decoder(t *testing.T, shape decode.Shape) (*model.Model, *decode.Engine, *int) {
	t.Helper()
	dev, err := emulated(t).open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dev.Close() })
	cfg, err := model.Fresh{Family: "qwen2", Vocab: 61, Width: 64, Layers: 2, Heads: 2, KVHeads: 1, HeadDim: 64, FFN: 96, Positions: 256, InitStd: .15}.Config()
	if err != nil {
		t.Fatal(err)
	}
	captures := 0
	var a device.Arena
	m, err := model.Place(cfg, counted{dev.(device.Resident), &captures}, model.Plan{Tokens: 160, Docs: 160, Positions: shape.Longest}, &a)
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
	m.Init(3)
	return m, e, &captures
}

func drawn(t *testing.T, e *decode.Engine, reqs []decode.Request, s decode.Settings, lim decode.Limits) []decode.Response {
	t.Helper()
	out := make([]decode.Response, len(reqs))
	if _, err := e.Run(context.Background(), reqs, s, lim, func(i int, r decode.Response) error {
		out[i] = r
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestGraphsDrawAsTheHost: after a prompt of one token, of which attention rounds
// nothing, graphs draw token for token what the host draws, over the border of a
// block, with refills.
func TestGraphsDrawAsTheHost(t *testing.T) {
	shape := decode.Shape{Seqs: 3, Longest: 40, Block: 16}
	_, e, captures := decoder(t, shape)
	shape.Host = true
	_, host, _ := decoder(t, shape)
	var reqs []decode.Request
	for i := range 5 {
		reqs = append(reqs, decode.Request{Prompt: []int32{int32(i * 7)}, Seed: decode.Seed(1, 2, "p", i)})
	}
	for _, c := range []struct {
		decode.Settings
		decode.Limits
	}{
		{decode.Settings{Temperature: 1}, decode.Limits{MaxNew: 20}},
		{decode.Settings{Temperature: .7, TopK: 9, TopP: .9}, decode.Limits{MaxNew: 12, Stop: []int32{5, 8, 11}}},
		{decode.Settings{}, decode.Limits{MaxNew: 9}},
	} {
		want, got := drawn(t, host, reqs, c.Settings, c.Limits), drawn(t, e, reqs, c.Settings, c.Limits)
		ends := map[string]int{}
		for i, w := range want {
			g := got[i]
			ends[g.Finish]++
			if !slices.Equal(g.IDs, w.IDs) || g.Finish != w.Finish {
				t.Errorf("%+v: response %d is %v, want %v", c, i, g.IDs, w.IDs)
				continue
			}
			for k := range w.LogProbs {
				if d := g.LogProbs[k] - w.LogProbs[k]; !(max(d, -d) <= 1e-5) {
					t.Errorf("%+v: response %d, token %d: drawn with %v, want %v", c, i, k, g.LogProbs[k], w.LogProbs[k])
				}
			}
		}
		t.Logf("%+v: %v", c, ends)
	}
	if *captures < 3 || *captures > 9 {
		t.Errorf("%d graphs were captured for 3 settings and at most 3 numbers of rows", *captures)
	}
}

// TestRefillsOnAnEmulatedGPU, a thousand of them where CI=true: one graph for each
// number of rows, though prompts of many lengths come and go and the weights change; and
// what is drawn is what scoring gives, within the rounding of bf16.
func TestRefillsOnAnEmulatedGPU(t *testing.T) {
	m, e, captures := decoder(t, decode.Shape{Seqs: 32, Longest: 80})
	if e.Shape().Block != 64 {
		t.Errorf("blocks of %d tokens, want 64", e.Shape().Block)
	}
	apart := func(n, most int) *Result {
		var reqs []decode.Request
		for i := 0; len(reqs) < n; i++ {
			prompt := make([]int32, 1+i*i%9)
			if i%40 == 7 {
				prompt = make([]int32, 66)
			}
			for k := range prompt {
				prompt[k] = int32((i*31 + k*k*7) % 61)
			}
			for k := range 1 + i%3 {
				reqs = append(reqs, decode.Request{Prompt: prompt, Seed: decode.Seed(1, 2, fmt.Sprint(i), k)})
			}
		}
		out := drawn(t, e, reqs, decode.Settings{Temperature: 1}, decode.Limits{MaxNew: most, Stop: []int32{5}})
		g, err := score(m, lessons(reqs, out, 1, 160))
		if err != nil {
			t.Fatal(err)
		}
		r := new(Result)
		if err := g.into(r); err != nil {
			t.Error(err)
		}
		return r
	}
	counts := []int{70, 50}
	if os.Getenv("CI") == "true" {
		counts = []int{700, 380} // refills: all but the first 32 of each
	}
	for seed, n := range counts {
		m.Init(uint64(3 + seed))
		if r := apart(n, 3); r.Numbers["mean |dlogp|"] == 0 {
			t.Errorf("drawing and scoring are the same bits in bf16: %v", r.Numbers)
		}
	}
	if *captures < 2 || *captures > 6 {
		t.Errorf("%d graphs were captured, want one each of 32, 16, 8, 4, 2 and 1 rows at most", *captures)
	}
}
