package gpucheck

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/seed-cdf14512/graft/train/internal/cuda"
	"github.com/seed-cdf14512/graft/train/internal/device"
	"github.com/seed-cdf14512/graft/train/internal/model"
)

// sft measures steps of fine-tuning on one kind of documents, with the fastest of
// the load's micro-batches, which a few steps choose.
func (c Check) sft(ctx context.Context, r *Result, k kind) error {
	l := c.Load
	m, planned, err := c.largest(k)
	if err != nil {
		return err
	}
	defer m.Device().Close()
	dir, err := c.Folder.weights(l)
	if err != nil {
		return err
	}
	best, rate := 0, 0.0
	for _, micro := range l.Micro {
		if micro*l.Row > m.Plan().Tokens {
			c.Log.Add(Result{Stage: r.Stage, Name: fmt.Sprintf("%s, micro-batch of %d rows", r.Name, micro), Skip: "does not fit"})
			continue
		}
		var seconds float64
		c.Log.Add(timed(Result{Stage: r.Stage, Name: fmt.Sprintf("%s, micro-batch of %d rows", r.Name, micro)}, func(t *Result) error {
			times, _, _, err := c.train(ctx, m, k, micro, 2, l.Tune)
			seconds = median(times)
			t.Numbers = map[string]float64{"tokens/s": l.tokens() / seconds}
			return err
		}))
		if v := l.tokens() / seconds; v > rate {
			best, rate = micro, v
		}
		if err := again(m, dir); err != nil {
			return err
		}
	}
	if best == 0 {
		return errors.New("no micro-batch could be trained on")
	}
	times, losses, flops, err := c.train(ctx, m, k, best, l.Warm, l.Steps)
	if err != nil {
		return err
	}
	seconds := median(times)
	r.Losses = losses
	r.Numbers = map[string]float64{"tokens/s": l.tokens() / seconds, "MFU %": 100 * flops / seconds / peakFLOPs, "ms/step": 1000 * seconds, "micro-batch rows": float64(best),
		"first loss": losses[0], "last loss": losses[len(losses)-1]}
	memory(r, m.Device(), planned)
	return nil
}

// tokens is those of a step of fine-tuning.
func (l Load) tokens() float64 { return float64(l.Row * l.Rows) }

// largest places the load's model for the largest of its micro-batches that fits.
func (c Check) largest(k kind) (m *model.Model, planned int, err error) {
	l := c.Load
	for i := len(l.Micro) - 1; i >= 0; i-- {
		docs := 0
		for number := range max(l.Warm+l.Steps, l.Tune+2) {
			cfg, err := l.config()
			if err != nil {
				return nil, 0, err
			}
			for _, b := range micros(l.step(cfg.Vocab, k, number), l.Micro[i]) {
				docs = max(docs, b.Docs())
			}
		}
		plan := model.Plan{Tokens: l.Micro[i] * l.Row, Docs: docs, Positions: l.Row, Train: true, Checkpointing: l.Recompute}
		if m, planned, err = c.Folder.place(c.Device, l, plan, nil); err == nil {
			return m, planned, nil
		}
	}
	return nil, 0, err
}

// train does warm+steps steps from the weights that m has. It returns the seconds of
// those that count, the losses of all, and the mean of the FLOPs of those that count.
func (c Check) train(ctx context.Context, m *model.Model, k kind, micro, warm, steps int) (times, losses []float64, flops float64, err error) {
	costs := costsOf(m.Config())
	for number := range warm + steps {
		if err := ctx.Err(); err != nil {
			return nil, nil, 0, err
		}
		rows := c.Load.step(m.Config().Vocab, k, number)
		parts := micros(rows, micro)
		start := time.Now()
		loss, _, err := learn(m, parts, number+1)
		if err != nil {
			return nil, nil, 0, err
		}
		if math.IsNaN(loss) || math.IsInf(loss, 0) {
			return nil, nil, 0, fmt.Errorf("the loss of step %d is %v", number+1, loss)
		}
		losses = append(losses, loss)
		if number >= warm {
			times = append(times, time.Since(start).Seconds())
			flops += costs.flops(rows) / float64(steps)
		}
	}
	return times, losses, flops, nil
}

// memory adds what was planned, and, where the device is a GPU, what it holds.
func memory(r *Result, dev device.Device, planned int) {
	r.Numbers["predicted MiB"] = float64(planned >> 20)
	if g, ok := dev.(cuda.GPU); ok {
		m := g.Memory()
		r.Numbers["held MiB"] = float64((m.Arena + m.Scratch + m.Workspace) >> 20)
		r.Numbers["used MiB of the GPU"] = float64((m.Total - m.Free) >> 20)
		r.Numbers["allocations"] = float64(m.Allocations)
	}
}
