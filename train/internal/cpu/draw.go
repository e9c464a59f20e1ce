package cpu

import (
	"fmt"
	"math"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// Draw takes a row's words as Score does, and then looks for the token with weights
// and sums in float32, whose error is bounded. Where the token that they give could be
// another one for it, or where top-k and top-p leave some tokens out, a device.Picker
// is asked. So the token is always the Picker's, and hardly ever at its price.

// drawWords are the words whose weights are summed in float32, before float64.
const drawWords = 32

// A drawJob is a Draw, a piece some rows.
type drawJob struct {
	d       *Device
	s       device.Sampling
	logits  []float32 // [rows, v]
	v, rows int
	size    int     // rows of a piece
	inverse float32 // 1/temperature
	u       []float64
	ids     []int32
	logp    []float32
}

// A drawScratch is the scratch of one thread.
type drawScratch struct {
	picker  device.Picker
	tops    []float64 // the largest logit up to each tile
	weights []float32
	top     []float32 // for each drawWords weights: what they are relative to,
	next    []float32 // the same again,
	sums    []float32 // and their sum
}

var _ device.Drawer = (*Device)(nil)

// Draw writes the logits of h.T rows, a token of each and its log-probability.
func (d *Device) Draw(ids []int32, logp []float32, logits, x, w device.Buf, u []float64, s device.Sampling, h device.Head) {
	if len(ids) != h.T || len(logp) != h.T || len(u) != h.T {
		panic(fmt.Sprintf("cpu: %d tokens, %d log-probabilities and %d chances of %d rows", len(ids), len(logp), len(u), h.T))
	}
	d.Logits(logits, x, w, h.T, h.C, h.V)
	d.jobs.draw = drawJob{d: d, s: s, logits: d.f(logits, h.T*h.V), v: h.V, rows: h.T, size: max(1, small/4/h.V), inverse: 1 / h.Temperature, u: u, ids: ids, logp: logp}
	d.pool.run(&d.jobs.draw, ceil(h.T, d.jobs.draw.size))
	d.jobs.draw = drawJob{}
}

func (j *drawJob) do(piece, worker int) {
	w := j.d.workers[worker]
	for r := piece * j.size; r < min(j.rows, (piece+1)*j.size); r++ {
		j.row(w, r)
	}
}

func (j *drawJob) row(w *worker, r int) {
	var s rowStat
	t, row := &w.draw, j.logits[r*j.v:(r+1)*j.v]
	t.tops = t.tops[:0]
	for word := 0; word < j.v; word += scoreWords {
		s.take(j.d.family, &w.lanes, row[word:min(j.v, word+scoreWords)], j.inverse)
		t.tops = append(t.tops, s.top)
	}
	id, sure := int32(-1), false
	switch {
	case s.sum != s.sum:
	case j.s.Temperature == 0:
		id, sure = likeliest(t, row, s.top, j.inverse)
	case j.s.TopK != 1 && j.s.All(j.v):
		id, sure = j.drawn(w, row, &s, j.u[r])
	}
	if !sure {
		t.picker.Sampling = j.s
		id = t.picker.Pick(row, j.u[r])
	}
	j.ids[r] = id
	if id >= 0 {
		s.target = float64(row[id] * j.inverse)
	}
	j.logp[r] = s.logp()
}

// likeliest is the first token that has the largest logit.
func likeliest(t *drawScratch, row []float32, top float64, inverse float32) (int32, bool) {
	tile := 0
	for t.tops[tile] != top {
		tile++
	}
	for i := tile * scoreWords; i < len(row); i++ {
		if float64(row[i]*inverse) == top {
			return int32(i), inverse == 1
		}
	}
	return -1, false
}

// drawn is the token at u of the sum of the weights, and whether it is the Picker's:
// whether the place is further from the token's borders than the sums can be wrong.
func (j *drawJob) drawn(w *worker, row []float32, s *rowStat, u float64) (int32, bool) {
	t, total := &w.draw, 0.0
	weights, sums := t.weigh(j.d.family, row, j.inverse, float32(s.top))
	for _, part := range sums {
		total += float64(part)
	}
	sum, goal, word := 0.0, u*total, 0
	for _, part := range sums {
		if sum+float64(part) > goal {
			break
		}
		sum, word = sum+float64(part), word+drawWords
	}
	for i := word; i < min(len(row), word+drawWords); i++ {
		next := sum + float64(weights[i])
		if goal < next {
			margin := total * drawError(s)
			return int32(i), goal-sum > margin && next-goal > margin
		}
		sum = next
	}
	return -1, false
}

// weigh is the weights exp(logit·inverse - top) and the sums of drawWords each; top is
// the largest. It is the softmax of attention on rows of drawWords.
func (t *drawScratch) weigh(f *family, row []float32, inverse, top float32) (weights, sums []float32) {
	n := ceil(len(row), drawWords)
	weights, sums = grow(&t.weights, len(row)), grow(&t.sums, n)
	tops, next := grow(&t.top, n), grow(&t.next, n)
	copy(weights, row)
	for i := range tops {
		tops[i] = top
	}
	whole := len(row) / drawWords
	if whole > 0 {
		f.soft(whole, &weights[0], drawWords, drawWords, drawWords, 0, &tops[0], &next[0], &sums[0], inverse)
	}
	if rest := len(row) % drawWords; rest > 0 {
		f.soft(1, &weights[whole*drawWords], drawWords, rest, rest, 0, &tops[whole], &next[whole], &sums[whole], inverse)
	}
	return weights, sums
}

// drawError bounds the error of a border between two tokens and of the place of u,
// relative to the whole sum. A weight is wrong by 4e-7 of itself and by 4e-7 of its
// exponent, logit/temperature - top, of which moment/sum is the mean under the
// weights; the portable family rounds logit/temperature before it takes top away.
// Every addition of drawWords in a row is wrong by 2^-24 of what it gives.
func drawError(s *rowStat) float64 {
	return 2 * (4e-7 + drawWords/float64(1<<24) - 4e-7*s.moment/s.sum + 1.2e-7*math.Abs(s.top))
}
