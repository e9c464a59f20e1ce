package gpucheck

import (
	"math/rand/v2"
	"time"

	"github.com/seed-cdf14512/graft/train/internal/cuda"
)

// Kernels times the operations that are bound by memory, at the shapes of
// Qwen2.5-0.5B over 65,536 tokens and without their products, and holds each
// against the time of the bytes that it must move.
func Kernels(d Device, log *Log) error {
	dev, err := d.open()
	if err != nil {
		return err
	}
	defer dev.Close()
	gpu, ok := dev.(cuda.GPU)
	if !ok {
		log.Add(Result{Stage: "kernels", Name: "kernels", OK: true, Detail: "timed on a GPU only"})
		return nil
	}
	costs, room := cuda.Costs(), 0
	for _, c := range costs {
		room = max(room, c.Arena)
	}
	if err := gpu.Reserve(room); err != nil {
		return err
	}
	for _, c := range costs {
		log.Add(timed(Result{Stage: "kernels", Name: c.Name}, func(r *Result) error { return timeCost(r, gpu, c) }))
	}
	return nil
}

// timeCost fills what c reads and takes the median of nine times, of four calls
// each, after two that do not count.
func timeCost(r *Result, gpu cuda.GPU, c cuda.Cost) error {
	random := rand.New(rand.NewPCG(1, 3))
	for _, b := range c.Ints {
		x := make([]int32, b.Buf.N)
		for i := range x {
			x[i] = random.Int32N(int32(b.N))
		}
		gpu.UploadInts(b.Buf, x)
	}
	for _, b := range c.Ones {
		gpu.Upload(b, fill(b.N, 1))
	}
	const calls = 4
	var times []float64
	for i := range 11 {
		took, err := gpu.Time(func() {
			for range calls {
				gpu.Run(&c.Work)
			}
		})
		if err != nil {
			return err
		}
		if i >= 2 {
			times = append(times, float64(took)/float64(time.Second)/calls)
		}
	}
	seconds, bytes := median(times), float64(c.Work.Moves())
	r.Numbers = map[string]float64{"MB": bytes / 1e6, "µs": seconds * 1e6, "% of the memory's speed": 100 * bytes / peakBytes / seconds}
	return gpu.Sync()
}
