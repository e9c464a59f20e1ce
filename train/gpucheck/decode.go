package gpucheck

import (
	"context"
	"fmt"
	"time"

	"github.com/seed-cdf14512/graft/train/internal/decode"
	"github.com/seed-cdf14512/graft/train/internal/device"
	"github.com/seed-cdf14512/graft/train/internal/model"
)

// decode measures generation at temperature 1: exactly Load.New tokens a sequence
// against the bound of reading the weights and all keys and values for each of them,
// or, with ends, responses that end where the model ends them, whose places others
// take.
func (c Check) decode(ctx context.Context, r *Result, ends bool) error {
	l := c.Load
	e, m, planned, err := c.engine(l.Seqs, l.New, model.Plan{Tokens: min(16*l.Row, l.Seqs*l.Prompt)})
	if err != nil {
		return err
	}
	defer m.Device().Close()
	words := m.Config().Vocab
	reqs, lim := requests(l.prompts(words, l.Seqs), 1), decode.Limits{MaxNew: l.New}
	if ends {
		reqs, lim.Stop = requests(l.prompts(words, l.Seqs*l.Batches), 1), l.stops(words)
	}
	if _, _, err := generate(ctx, e, reqs[:l.Seqs], decode.Limits{MaxNew: min(8, l.New), Stop: lim.Stop}); err != nil { // compiles, and records graphs
		return err
	}
	out, seconds, err := generate(ctx, e, reqs, lim)
	if err != nil {
		return err
	}
	drawn := 0
	for i := range out {
		if n := len(out[i].IDs); !ends && n != l.New {
			return fmt.Errorf("response %d has %d tokens, want exactly %d", i, n, l.New)
		}
		drawn += len(out[i].IDs)
	}
	r.Numbers = map[string]float64{"tokens/s": float64(drawn) / seconds, "s": seconds, "tokens a response": float64(drawn) / float64(len(out))}
	if !ends {
		r.Numbers["% of the bound"] = 100 * costsOf(m.Config()).reads(l) / peakBytes / seconds
	}
	memory(r, m.Device(), planned)
	return nil
}

// engine is the load's model with a cache for so many sequences of a prompt and so
// many new tokens.
func (c Check) engine(seqs, fresh int, plan model.Plan) (e *decode.Engine, m *model.Model, planned int, err error) {
	longest := c.Load.Prompt + fresh
	plan.Tokens, plan.Positions = max(plan.Tokens, seqs, longest), longest
	m, planned, err = c.Folder.place(c.Device, c.Load, plan, func(m *model.Model, a *device.Arena) (err error) {
		e, err = decode.Place(m, decode.Shape{Seqs: seqs, Longest: longest, Block: c.Load.Block}, a)
		return err
	})
	return e, m, planned, err
}

// requests asks for so many samples of each prompt, each with a seed of its own.
func requests(prompts [][]int32, samples int) (reqs []decode.Request) {
	for i, p := range prompts {
		for k := range samples {
			reqs = append(reqs, decode.Request{Prompt: p, Seed: decode.Seed(1, 1, fmt.Sprint(i), k)})
		}
	}
	return reqs
}

// generate answers every request, and takes the time.
func generate(ctx context.Context, e *decode.Engine, reqs []decode.Request, lim decode.Limits) ([]decode.Response, float64, error) {
	out := make([]decode.Response, len(reqs))
	start := time.Now()
	_, err := e.Run(ctx, reqs, decode.Settings{Temperature: 1}, lim, func(i int, r decode.Response) error {
		out[i] = r
		return nil
	})
	return out, time.Since(start).Seconds(), err
}
