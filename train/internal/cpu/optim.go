package cpu

import (
	"math"
	"sort"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// A tensorsJob is an operation on the elements of many tensors as if they stood one
// behind the other, cut into pieces of whole blocks.
type tensorsJob struct {
	d    *Device
	f    func(j *tensorsJob, w *worker, t, from, to int) // elements of tensor t, less than a block or one
	ends []int                                           // the blocks of the tensors up to each
	size []int                                           // elements of each
	each int                                             // blocks of a piece

	w, m, v, g, act [][]float32
	parts           []float32
	s               [9]float32
}

// sumBlock is how many elements make one partial sum of squares, and a block of a
// tensorsJob.
const sumBlock = 4096

func (j *tensorsJob) do(piece, worker int) {
	from, to := piece*j.each, min(j.ends[len(j.ends)-1], (piece+1)*j.each)
	t := sort.SearchInts(j.ends, from+1)
	for b := from; b < to; b++ {
		for b >= j.ends[t] {
			t++
		}
		first := 0
		if t > 0 {
			first = j.ends[t-1]
		}
		at := (b - first) * sumBlock
		j.f(j, j.d.workers[worker], t, at, min(j.size[t], at+sumBlock))
	}
}

// add puts a tensor of n elements, which are not none, behind the others.
func (j *tensorsJob) add(n int) {
	blocks := ceil(n, sumBlock)
	if len(j.ends) > 0 {
		blocks += j.ends[len(j.ends)-1]
	}
	j.ends, j.size = append(j.ends, blocks), append(j.size, n)
}

// tensors runs f over what was added, and forgets it.
func (d *Device) tensors(f func(j *tensorsJob, w *worker, t, from, to int)) {
	j := &d.jobs.tensors
	if len(j.ends) > 0 {
		blocks := j.ends[len(j.ends)-1]
		j.d, j.f = d, f
		j.each = max(small/4/sumBlock, ceil(blocks, 8*d.pool.threads), ceil(blocks, maxPieces))
		d.pool.run(j, ceil(blocks, j.each))
	}
	for _, list := range []*[][]float32{&j.w, &j.m, &j.v, &j.g, &j.act} {
		clear(*list) // the arena is not kept
		*list = (*list)[:0]
	}
	j.ends, j.size = j.ends[:0], j.size[:0]
}

// SumSquares returns the sum of squares of b: float32 in blocks, float64 over them.
func (d *Device) SumSquares(b device.Buf) float64 { return d.SumSquaresAll([]device.Buf{b}) }

// SumSquaresAll returns the sum of squares of all of bs.
func (d *Device) SumSquaresAll(bs []device.Buf) (sum float64) {
	j := &d.jobs.tensors
	for _, b := range bs {
		if b.N > 0 {
			j.add(b.N)
			j.g = append(j.g, d.f(b, -1))
		}
	}
	if len(j.ends) == 0 {
		return 0
	}
	j.parts = grow(&d.parts, j.ends[len(j.ends)-1])
	d.tensors(squaresBlock)
	for _, p := range j.parts {
		sum += float64(p)
	}
	return sum
}

func squaresBlock(j *tensorsJob, w *worker, t, from, to int) {
	block, x := from/sumBlock, &j.g[t][from]
	if t > 0 {
		block += j.ends[t-1]
	}
	j.d.dot(to-from, x, x, &w.lanes[0])
	j.parts[block] = w.lanes.sum8(0)
}

// AdamW updates w, m and v, and writes act where that is another buffer.
func (d *Device) AdamW(w, m, v, g, act device.Buf, a device.Adam) {
	d.AdamWAll([]device.Update{{W: w, M: m, V: v, G: g, Act: act}}, a)
}

// AdamWAll is AdamW of every tensor of us.
func (d *Device) AdamWAll(us []device.Update, a device.Adam) {
	j := &d.jobs.tensors
	correct1 := 1 - math.Pow(float64(a.Beta1), float64(a.Step))
	correct2 := 1 - math.Pow(float64(a.Beta2), float64(a.Step))
	j.s = [9]float32{a.Scale, a.Beta1, float32(1 - float64(a.Beta1)), a.Beta2, float32(1 - float64(a.Beta2)),
		float32(float64(a.LR) / correct1), float32(1 / math.Sqrt(correct2)), a.Eps, float32(1 - float64(a.LR)*float64(a.Decay))}
	for _, u := range us {
		n := u.W.N
		if n == 0 {
			continue
		}
		if u.Act.None() {
			u.Act = u.W
		}
		j.add(n)
		j.w, j.m, j.v = append(j.w, d.f(u.W, n)), append(j.m, d.f(u.M, n)), append(j.v, d.f(u.V, n))
		j.g, j.act = append(j.g, d.f(u.G, n)), append(j.act, d.f(u.Act, n))
	}
	d.tensors(adamBlock)
}

func adamBlock(j *tensorsJob, _ *worker, t, from, to int) {
	s := &j.s
	j.d.adam(to-from, &j.w[t][from], &j.m[t][from], &j.v[t][from], &j.g[t][from], &j.act[t][from],
		s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8])
}
