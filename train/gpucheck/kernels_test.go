//go:build linux && (amd64 || arm64) && !nocuda

package gpucheck

import (
	"slices"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/cuda"
	"github.com/seed-cdf14512/graft/train/internal/device"
)

// Timing an operation fills what it reads, runs it 44 times, and holds the time
// against its bytes.
func TestTimeCost(t *testing.T) {
	dev, err := emulated(t).open()
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	gpu := dev.(cuda.GPU)
	var a device.Arena
	const tokens, words, c = 40, 5, 8
	ids, ones := a.New(device.I32, tokens), a.New(device.F32, tokens*c)
	dx, dtable := a.New(device.BF16, tokens*c), a.New(device.F32, words*c)
	cost := cuda.Cost{Ints: []cuda.Below{{Buf: ids, N: words}}, Ones: []device.Buf{ones}}
	cost.Work.Copy(dx, ones)
	cost.Work.EmbedGrad(dtable, dx, ids, tokens, c)
	if err := gpu.Reserve(a.Bytes()); err != nil {
		t.Fatal(err)
	}
	var r Result
	if err := timeCost(&r, gpu, cost); err != nil {
		t.Fatal(err)
	}
	table, sum := make([]float32, words*c), float32(0)
	gpu.Download(table, dtable)
	for _, v := range table {
		sum += v
	}
	if sum != 44*tokens*c {
		t.Errorf("all sums together are %v, want 44 times %d", sum, tokens*c)
	}
	if slices.Index(table, 0) >= 0 {
		t.Errorf("of %d random tokens none is one of the words: %v", tokens, table)
	}
	if got, want := r.Numbers["MB"], float64(cost.Work.Moves())/1e6; got != want || want == 0 {
		t.Errorf("moves %v MB, want %v", got, want)
	}
}
