//go:build linux

package cuda

import (
	"math"
	"slices"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// TestAdvance walks a batch of responses through several steps and compares every
// number of its state with what the host would have written: a response ends with a
// stop token, at its limit, at the end of its blocks, or with a token -1, and its
// row then rests.
func TestAdvance(t *testing.T) {
	const rows, room, per, block = 5, 4, 3, 4
	s := sampleShim(t)
	minus := func(n int) []int32 { return slices.Repeat([]int32{-9}, n) }
	table := make([]int32, rows*per)
	for i := range table {
		table[i] = int32(i*7%23 + 1)
	}
	lengths := []int32{5, 3, 10, 0, 7}
	limits := []int32{4, 2, 4, 4, 4}
	draws := [][]int32{{6, 7, 8, 9, 5}, {6, 7, 8, 9, -1}, {2, 7, 8, 9, 5}, {6, 7, 8, 9, 5}}
	d := device.Drawn{Count: s.ints(make([]int32, rows)), Limit: s.ints(limits), Token: s.ints(minus(rows)), LogP: s.put(device.F32, make([]float32, rows)),
		IDs: s.ints(minus(rows)), At: s.ints(minus(rows)), Slots: s.ints(minus(rows)), Record: s.ints(minus(rows * room)),
		RecordLogP: s.put(device.F32, make([]float32, rows*room)), Stops: s.ints([]int32{1, 2}), B: rows}
	p := device.Pages{Block: block, PerSeq: per, Table: s.ints(table), Lengths: s.ints(lengths)}

	ids, at, slots, count := minus(rows), minus(rows), minus(rows), make([]int32, rows)
	record, logps := minus(rows*room), make([]float32, rows*room)
	for step, tokens := range draws {
		logp := normal(uint64(step), rows)
		for i, v := range tokens {
			s.write(Arena(d.Token.Slice(i, 1)), []float32{math.Float32frombits(uint32(v))})
		}
		s.write(Arena(d.LogP), logp)
		var w Work
		w.Advance(d, p, room)
		if err := s.run(&w); err != nil {
			t.Fatal(err)
		}
		for b, token := range tokens {
			n := lengths[b]
			if n == 0 {
				continue
			}
			record[b*room+int(count[b])], logps[b*room+int(count[b])] = token, logp[b]
			count[b]++
			if token == -1 || token == 2 || count[b] == limits[b] || n == per*block {
				lengths[b], slots[b] = 0, -1
				continue
			}
			ids[b], at[b], slots[b] = token, n, table[b*per+int(n)/block]*block+n%block
			lengths[b] = n + 1
		}
		for name, c := range map[string]struct {
			b    device.Buf
			want []int32
		}{"ids": {d.IDs, ids}, "positions": {d.At, at}, "slots": {d.Slots, slots}, "lengths": {p.Lengths, lengths}, "counts": {d.Count, count}, "responses": {d.Record, record}} {
			got := make([]int32, c.b.N)
			for i, x := range s.read(Arena(c.b)) {
				got[i] = int32(math.Float32bits(x))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("step %d: %s are %v, want %v", step, name, got, c.want)
			}
		}
		if got := s.read(Arena(d.RecordLogP)); !slices.Equal(got, logps) {
			t.Errorf("step %d: log-probabilities are %v, want %v", step, got, logps)
		}
	}
	if slices.Max(lengths) != 0 {
		t.Errorf("lengths %v: not every way to end was tried", lengths)
	}
}
