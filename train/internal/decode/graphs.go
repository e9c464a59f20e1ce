package decode

import (
	"slices"

	"github.com/seed-cdf14512/graft/train/internal/device"
	"github.com/seed-cdf14512/graft/train/internal/model"
)

// steps launches what comes before the next look: no more steps than the row that
// can go on longest has left.
func (b *resident) steps(r *run) error {
	left := 0
	for row, s := range b.rows {
		if s != nil {
			left = max(left, int(b.column(colLimit)[row]-b.column(colCount)[row]))
		}
	}
	n := min(every, left)
	r.stats.Steps += n
	p := program{Settings: r.settings, rows: b.shrink(r), stops: len(r.lim.Stop)}
	g := b.graphs[p]
	if g == nil || g.Stale() {
		// The first step is done operation by operation: what that loads and
		// chooses, a capture cannot.
		if err := b.step(p); err != nil {
			return err
		}
		n--
		var err error
		if g, err = b.capture(p); err != nil {
			return err
		}
	}
	for range n {
		g.Launch()
	}
	return nil
}

// capture makes the graph of a program, in the place of one that is stale.
func (b *resident) capture(p program) (device.Graph, error) {
	var failed error
	g, err := b.dev.Capture(func() { failed = b.step(p) })
	if err == nil {
		err = failed
	}
	if err != nil {
		return nil, err
	}
	if old := b.graphs[p]; old != nil {
		old.Close()
	}
	b.graphs[p] = g
	return g, nil
}

// step is one token for the first rows.
func (b *resident) step(p program) error {
	n, per := p.rows, b.shape.perSeq()
	column := func(c int) device.Buf { return b.board.Slice(c*len(b.rows), n) }
	d := device.Drawn{
		Logits: b.logits.Slice(0, n*b.vocab), Seeds: b.board.Slice(0, 2*n), Count: column(colCount), Limit: column(colLimit), Token: column(colToken), LogP: b.drawn.Slice(0, n),
		IDs: column(colIDs), At: column(colAt), Slots: column(colSlots), Lengths: column(colLengths), Stops: b.stops.Slice(0, p.stops),
		Record: b.record.Slice(0, n*b.shape.Longest), RecordLogP: b.recordLogP.Slice(0, n*b.shape.Longest), B: n, Words: b.vocab,
	}
	pages := func(l int) device.Pages {
		of := b.pages[l]
		of.Table, of.Lengths = b.table.Slice(0, n*per), d.Lengths
		return of
	}
	err := b.m.ExtendOn(d.IDs, d.At, func(l int, o, _, q, k, v device.Buf) {
		b.dev.StoreKV(pages(l), k, v, d.Slots, n, b.heads)
		b.dev.Decode(o, q, pages(l), n, b.heads)
	})
	if err != nil {
		return err
	}
	b.dev.Logits(d.Logits, b.m.Hidden(), b.m.Head(), n, b.width, b.vocab)
	b.dev.Sample(d, p.Settings)
	b.dev.Advance(d, pages(0), b.shape.Longest)
	return nil
}

// A stretch is tokens of a prefill that are stored together: their slots stand in
// slotsOf from at on.
type stretch struct{ from, n, at int }

// prefill runs the prompts of new sequences, each different one once, and stores
// their keys and values for every sequence: the last token excepted, which the
// first step reads.
func (b *resident) prefill(fresh []*sequence) error {
	var batch model.Batch
	var groups [][]*sequence // of one prompt
	var first []int          // token of it in the batch
	for i, s := range fresh {
		switch {
		case len(s.prompt) == 1:
		case i > 0 && slices.Equal(s.prompt, fresh[i-1].prompt):
			groups[len(groups)-1] = append(groups[len(groups)-1], s)
		default:
			groups, first = append(groups, []*sequence{s}), append(first, len(batch.IDs))
			batch.Add(s.prompt[:len(s.prompt)-1])
		}
	}
	if len(groups) == 0 {
		return nil
	}
	stretches, places := b.stretches(groups, first)
	b.dev.UploadInts(b.slotsOf.Slice(0, len(places)), places)
	width := b.heads.G * b.heads.D
	return b.m.Prefill(batch, func(l int, k, v device.Buf) {
		for _, s := range stretches {
			b.dev.StoreKV(b.pages[l], k.Slice(s.from*width, s.n*width), v.Slice(s.from*width, s.n*width), b.slotsOf.Slice(s.at, s.n), s.n, b.heads)
		}
	})
}

// stretches lists what to store: for the first sequence of every group, then for the
// second of every one that has two, and so on, neighbors in one.
func (b *resident) stretches(groups [][]*sequence, first []int) (list []stretch, places []int32) {
	for k, more := 0, true; more; k++ {
		more = false
		for i, g := range groups {
			if k >= len(g) {
				continue
			}
			more = true
			n := len(g[k].prompt) - 1
			if last := len(list) - 1; last >= 0 && list[last].from+list[last].n == first[i] {
				list[last].n += n
			} else {
				list = append(list, stretch{first[i], n, len(places)})
			}
			for at := range n {
				places = append(places, g[k].slot(at, b.shape.Block))
			}
		}
	}
	return list, places
}
