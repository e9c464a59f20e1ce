package train

import (
	"fmt"

	"github.com/seed-cdf14512/graft/format/shard"
	"github.com/seed-cdf14512/graft/train/internal/model"
)

// A micro is one micro-batch: whole packed rows, one after the other. Documents
// know nothing of each other, so that rows need no borders.
type micro struct {
	model.Batch
	weights []float32 // [T] of the target of each token; 0 where there is none
	spans   []int32   // [T] name of the span of the target; -1 where there is none
	sources []source
}

// add appends a packed row. The weight of a token belongs to it as a target.
func (m *micro) add(row *shard.Row, from source, weights []float32) {
	at, span := 0, 0
	for _, n := range row.SeqLengths {
		end := at + int(n)
		m.Batch.Add(row.InputIDs[at:end])
		for t := at + 1; t <= end; t++ {
			w, name := float32(0), int32(-1)
			if t < end {
				for int(row.SpanEnd[span]) <= t {
					span++
				}
				name = row.SpanName[span]
				w = weights[name]
			}
			m.weights = append(m.weights, w)
			m.spans = append(m.spans, name)
		}
		at = end
	}
	m.sources = append(m.sources, from)
}

// total is the sum of the weights, in the order of the tokens.
func (m *micro) total() (sum float64) {
	for _, w := range m.weights {
		sum += float64(w)
	}
	return sum
}

// A feed cuts the stream of rows into micro-batches and steps. What a step holds
// follows from the position it begins at.
type feed struct {
	rows       *split
	order      func(position int64) int64
	end        int64 // position after the last row; below 0 there is none
	tokens     int   // of a micro-batch, at most
	accumulate int
}

// A step is the rows of one update.
type step struct {
	micros []micro
	weight float64 // sum over all micro-batches: the divisor of the loss
	tokens int
	next   int64 // the position after it
	err    error
}

// cut is the positions of the micro-batches of the step that begins at
// position: the first of each, and then the end of the last.
func (f *feed) cut(position int64) []int64 {
	cuts := []int64{position}
	for range f.accumulate {
		begin, tokens := position, 0
		for f.end < 0 || position < f.end {
			n := int(f.rows.lengths[f.order(position)])
			if tokens+n > f.tokens {
				break
			}
			tokens += n
			position++
		}
		if position > begin {
			cuts = append(cuts, position)
		}
	}
	return cuts
}

// steps counts the steps from the first row to the end.
func (f *feed) steps() (n int64) {
	for at := int64(0); at < f.end; n++ {
		cuts := f.cut(at)
		at = cuts[len(cuts)-1]
	}
	return n
}

// load reads the rows of the step that begins at position.
func (f *feed) load(position int64) (s step) {
	cuts := f.cut(position)
	s.next = cuts[len(cuts)-1]
	for i, end := range cuts[1:] {
		var m micro
		for at := cuts[i]; at < end; at++ {
			row, from, err := f.rows.row(f.order(at))
			if err != nil {
				return step{err: err}
			}
			m.add(row, from, f.rows.weights)
		}
		s.weight += m.total()
		s.tokens += len(m.IDs)
		s.micros = append(s.micros, m)
	}
	return s
}

// read is load for training: it refuses a step from which nothing can be
// learned, whose loss would be 0 / 0.
func (f *feed) read(position int64) step {
	s := f.load(position)
	if s.err == nil && s.weight == 0 {
		from := s.micros[0].sources[0]
		s.err = fmt.Errorf("no token of this step has a weight above 0: its %d tokens begin with %s, row %d; see weights in the manifest, and data.mode",
			s.tokens, from.File, from.Row)
	}
	return s
}

// ahead reads steps one after the other from position on, two in advance, until
// stop is closed or the stream ends.
func (f *feed) ahead(position int64, stop <-chan struct{}) <-chan step {
	steps := make(chan step, 1)
	go func() {
		defer close(steps)
		for at := position; f.end < 0 || at < f.end; {
			s := f.read(at)
			select {
			case steps <- s:
			case <-stop:
				return
			}
			if at = s.next; s.err != nil {
				return
			}
		}
	}()
	return steps
}
