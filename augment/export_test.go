package augment

import (
	"context"
	"os"
)

type nothing struct{ samples, bytes int64 }

func (n *nothing) begin(int) {}
func (n *nothing) put(r *refined) error {
	n.samples += int64(len(r.samples))
	n.bytes += r.bytes
	return nil
}
func (n *nothing) reject(*Rejection) error { return nil }

// SpansOnly runs a plan from its input files to spans, without tokenizing and
// writing, and returns how many samples there were and the report.
func SpansOnly(ctx context.Context, plan *Plan, workers int) (int64, *Report, error) {
	dir, err := os.MkdirTemp("", "spans")
	if err != nil {
		return 0, nil, err
	}
	defer os.RemoveAll(dir)
	n := &nothing{}
	b := &builder{plan: plan, workers: workers, dir: dir, report: newReport(), done: map[string]*Progress{}, textOnly: true, sink: n}
	if err := b.prepare(); err != nil {
		return 0, nil, err
	}
	b.spill = newSpill(dir, 256<<20)
	defer b.spill.Close()
	if err := b.gather(ctx); err != nil {
		return 0, nil, err
	}
	return n.samples, b.report, b.compileAll(ctx)
}

// Drawn is whether chance chooses an attempt for a variant.
func Drawn(seed uint64, v *ResolvedVariant, trace string) bool {
	r := &refiner{b: &builder{plan: &Plan{Recipe: Recipe{Seed: seed}}}, stream: newStream()}
	return r.drawn(v, trace)
}
