//go:build linux

package cuda

import (
	"math"
	"slices"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// TestPlan: every token of every document lies in one tile, in the order that is
// asked for, however many documents there are; the rest of the list is marked.
func TestPlan(t *testing.T) {
	s := attentionShim(t)
	batches := map[string][]int{"none": {}, "one": {4096}, "of one token": slices.Repeat([]int{1}, 4096), "with empty ones": {0, 3, 0, 0, 64, 0}, "long": {70000, 1}}
	for i := range 700 {
		batches["mixed"] = append(batches["mixed"], i*i%333)
	}
	for name, lengths := range batches {
		a := &attentionRun{starts: []int32{0}}
		for _, n := range lengths {
			a.starts = append(a.starts, a.starts[len(a.starts)-1]+int32(n))
		}
		for _, size := range []int{gradTile, queryTile} {
			for _, down := range []bool{false, true} {
				s.off = 0
				var w Work
				list, count := w.tiles(s.ints(a.starts), len(lengths), a.tokens(), size, down)
				if err := s.run(&w); err != nil {
					t.Fatal(err)
				}
				want := tilesOf(a.starts, size, down)
				got := s.read(list)
				for i := range count {
					end := int32(math.Float32bits(got[tileInts*i+1]))
					tile := [tileInts]int32{int32(math.Float32bits(got[tileInts*i])), end, int32(math.Float32bits(got[tileInts*i+2]))}
					if i < len(want) && tile != want[i] || i >= len(want) && end != 0 {
						t.Fatalf("%s, size %d, down %v: tile %d of %d is %v; there are %d", name, size, down, i, count, tile, len(want))
					}
				}
				if len(want) > count {
					t.Fatalf("%s, size %d: %d tiles in a list of %d", name, size, len(want), count)
				}
			}
		}
	}
}

func tilesOf(starts []int32, size int, down bool) (list [][tileInts]int32) {
	for d := range len(starts) - 1 {
		var own [][tileInts]int32
		for at := starts[d]; at < starts[d+1]; at += int32(size) {
			own = append(own, [tileInts]int32{starts[d], starts[d+1], at})
		}
		if down {
			slices.Reverse(own)
		}
		list = append(list, own...)
	}
	return list
}

// TestCheckHeads: what the kernels do not have is said before they are launched.
func TestCheckHeads(t *testing.T) {
	for _, h := range []device.Heads{{H: 2, G: 1, D: 80}, {H: 3, G: 2, D: 64}, {H: 2, G: 0, D: 64}, {H: 1, G: 2, D: 64}} {
		if CheckHeads(h) == nil {
			t.Errorf("%+v: no error", h)
		}
	}
	for _, block := range []int{0, 48, -64} {
		if CheckPages(device.Pages{Block: block}) == nil {
			t.Errorf("blocks of %d: no error", block)
		}
	}
	if err := CheckHeads(device.Heads{H: 14, G: 2, D: 64}); err != nil {
		t.Error(err)
	}
}
