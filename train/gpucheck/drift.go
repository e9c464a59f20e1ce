package gpucheck

import (
	"context"
	"fmt"

	"github.com/seed-cdf14512/graft/train/internal/cuda"
	"github.com/seed-cdf14512/graft/train/internal/decode"
	"github.com/seed-cdf14512/graft/train/internal/device"
	"github.com/seed-cdf14512/graft/train/internal/model"
)

// A traffic is how much passes through an engine whose drift is measured.
type traffic struct {
	model         model.Fresh
	seqs, refills int
	longest, ends int // tokens of a response at most, and in the mean
}

// driftTraffic is the traffic of parity: sharp enough logits that a mistake shows, and
// a thousand refills.
var driftTraffic = traffic{
	model: model.Fresh{Family: "qwen2", Vocab: 1031, Width: 192, Layers: 3, Heads: 3, KVHeads: 1, HeadDim: 64, FFN: 500, Positions: 512, InitStd: .05},
	seqs:  32, refills: 1000, longest: 150, ends: 40,
}

// drift decodes refills sequences more than there are places, twice, and scores them as
// training does: the log-probabilities must agree, the second time must give the
// tokens of the first, and refills must make nothing be recorded or allocated anew.
func drift(ctx context.Context, r *Result, d Device, f traffic) error {
	cfg, err := f.model.Config()
	if err != nil {
		return err
	}
	dev, err := d.open()
	if err != nil {
		return err
	}
	defer dev.Close()
	const shortest, most = 3, 40 // tokens of a prompt
	var a device.Arena
	m, err := model.Place(cfg, dev, model.Plan{Tokens: 4096, Positions: most + f.longest}, &a)
	if err != nil {
		return err
	}
	e, err := decode.Place(m, decode.Shape{Seqs: f.seqs, Longest: most + f.longest, Block: 64}, &a)
	if err != nil {
		return err
	}
	if err := dev.Reserve(a.Bytes()); err != nil {
		return err
	}
	m.Init(7)
	l := Load{Prompt: most, Ends: f.ends}
	prompts := l.prompts(cfg.Vocab, f.seqs+f.refills)
	for i, p := range prompts {
		prompts[i] = p[:shortest+i*7%(most-shortest)]
	}
	reqs, lim := requests(prompts, 1), decode.Limits{MaxNew: f.longest, Stop: l.stops(cfg.Vocab)}
	first, _, err := generate(ctx, e, reqs, lim)
	if err != nil {
		return err
	}
	before := made(dev)
	out, seconds, err := generate(ctx, e, reqs, lim)
	if err != nil {
		return err
	}
	after := made(dev)
	drawn := 0
	for i := range out {
		drawn += len(out[i].IDs)
		if fmt.Sprint(out[i].IDs) != fmt.Sprint(first[i].IDs) {
			return fmt.Errorf("sequence %d has other tokens when it is decoded again", i)
		}
	}
	apart, err := score(m, lessons(reqs, out, 1, m.Plan().Tokens))
	if err != nil {
		return err
	}
	r.Numbers = map[string]float64{"refills": float64(f.refills), "tokens/s": float64(drawn) / seconds}
	for name, n := range after {
		r.Numbers[name+" in refills"] = float64(n - before[name])
		if n != before[name] {
			return fmt.Errorf("%d %s in %d refills, want none", n-before[name], name, f.refills)
		}
	}
	return apart.into(r)
}

// made counts what a device has made that refills must not make again.
func made(dev device.Device) map[string]int {
	n := map[string]int{}
	if g, ok := dev.(cuda.GPU); ok {
		m := g.Memory()
		n["allocations"], n["graphs captured"] = m.Allocations, m.Captures
	}
	return n
}
