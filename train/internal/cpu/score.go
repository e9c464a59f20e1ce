package cpu

import (
	"fmt"
	"math"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// Logits exist in tiles of scoreRows tokens x scoreWords words: 2 MiB.
const (
	scoreRows  = 512
	scoreWords = 1024
)

// A scorer is what the output layer keeps between operations: the tokens that
// have a target, gathered, and one tile of their logits.
type scorer struct {
	active []int32
	x, dx  []float32 // [rows, C]
	logits []float32 // [rows, ld]
	ld     int
	stats  [scoreRows]rowStat
}

// A rowStat is the running softmax of one token over its words.
type rowStat struct {
	top         float64 // largest logit
	sum, moment float64 // sums of exp z and of z exp z, with z = logit - top
	target      float64 // the logit asked for
}

// A scoreJob is one pass over the rows of a tile of logits.
type scoreJob struct {
	d       *Device
	f       func(j *scoreJob, w *worker, row int)
	at      []int32 // the token of each row
	size    int     // rows of a piece
	word, n int     // the words of the tile
	inverse float32 // 1/temperature

	targets                             []int32
	logp, dlogp, dentropy, entropy, lse []float32
}

func (j *scoreJob) do(piece, worker int) {
	w := j.d.workers[worker]
	for r := piece * j.size; r < min(len(j.at), (piece+1)*j.size); r++ {
		j.f(j, w, r)
	}
}

// optional is the elements of b, or nil where it is none.
func (d *Device) optional(b device.Buf, n int) []float32 {
	if b.None() {
		return nil
	}
	return d.f(b, n)
}

// Score writes the log-probabilities of the targets and, where the buffers are
// not none, the entropies and the logs of the sums of the softmax. A token
// without a target costs nothing and gets zeros.
func (d *Device) Score(logp, entropy, lse, x, w, targets device.Buf, h device.Head) {
	xs, ws := d.f(x, h.T*h.C), d.f(w, h.V*h.C)
	j := scoreJob{d: d, targets: d.targets(targets, h), inverse: 1 / h.Temperature,
		logp: d.f(logp, h.T), entropy: d.optional(entropy, h.T), lse: d.optional(lse, h.T)}
	clear(j.logp)
	clear(j.entropy)
	clear(j.lse)
	d.scoreTokens(j, d.active(func(int) bool { return true }, j.targets), xs, ws, h)
}

// scoreTokens is Score of some tokens.
func (d *Device) scoreTokens(j scoreJob, active []int32, xs, ws []float32, h device.Head) {
	for j.f = statRow; len(active) > 0; {
		j.at, active = active[:min(len(active), scoreRows)], active[min(len(active), scoreRows):]
		rows := d.gather(xs, j.at, h.C)
		clear(d.score.stats[:len(j.at)])
		for j.word = 0; j.word < h.V; j.word += scoreWords {
			d.logitTile(&j, rows, ws, h)
			d.pass(j)
		}
		for r, t := range j.at {
			j.put(t, &d.score.stats[r])
		}
	}
}

// put writes what is known of token t once all words are taken.
func (j *scoreJob) put(t int32, s *rowStat) {
	log := math.Log(s.sum)
	j.logp[t] = s.logp()
	if j.lse != nil {
		j.lse[t] = float32(s.top + log)
	}
	if j.entropy != nil {
		j.entropy[t] = float32(log - s.moment/s.sum)
	}
}

// statRow takes one row of a tile into its running softmax.
func statRow(j *scoreJob, w *worker, r int) {
	d, s := j.d, &j.d.score.stats[r]
	row := d.score.logits[r*d.score.ld : r*d.score.ld+j.n]
	s.take(d.family, &w.lanes, row, j.inverse)
	if t := int(j.targets[j.at[r]]) - j.word; t >= 0 && t < j.n {
		s.target = float64(row[t] * j.inverse)
	}
}

// take takes the words of a tile.
func (s *rowStat) take(f *family, l *lanes, row []float32, inverse float32) {
	f.max(len(row), &row[0], &l[0])
	top := max(float64(l.max8()*inverse), s.top)
	if s.sum == 0 {
		top = float64(l.max8() * inverse)
	}
	f.stat(len(row), &row[0], &l[0], inverse, float32(top))
	if s.sum != 0 {
		shrink, by := math.Exp(s.top-top), s.top-top
		s.moment = shrink * (s.moment + by*s.sum)
		s.sum *= shrink
	}
	s.top = top
	s.sum += float64(l.sum8(0))
	s.moment += float64(l.sum8(8))
}

// logp is the log-probability of the target, once all words are taken.
func (s *rowStat) logp() float32 { return float32(s.target - (s.top + math.Log(s.sum))) }

// ScoreGrad adds to dx[T,C] and, where it is not none, dw[V,C]. With p the softmax and H the entropy,
//
//	dlogit = (dlogp (onehot - p) - dentropy p (log p + H)) / temperature
func (d *Device) ScoreGrad(dx, dw, dlogp, dentropy, entropy, lse, x, w, targets device.Buf, h device.Head) {
	xs, ws, dxs, dws := d.f(x, h.T*h.C), d.f(w, h.V*h.C), d.f(dx, h.T*h.C), d.optional(dw, h.V*h.C)
	j := scoreJob{d: d, f: scoreGradRow, targets: d.targets(targets, h), inverse: 1 / h.Temperature,
		dlogp: d.f(dlogp, h.T), dentropy: d.optional(dentropy, h.T), lse: d.f(lse, h.T)}
	if j.dentropy != nil {
		j.entropy = d.f(entropy, h.T)
	}
	active := d.active(func(t int) bool {
		return j.dlogp[t] != 0 || j.dentropy != nil && j.dentropy[t] != 0
	}, j.targets)
	for len(active) > 0 {
		j.at, active = active[:min(len(active), scoreRows)], active[min(len(active), scoreRows):]
		m, rows := len(j.at), d.gather(xs, j.at, h.C)
		grad := grow(&d.score.dx, scoreRows*h.C)
		for j.word = 0; j.word < h.V; j.word += scoreWords {
			d.logitTile(&j, rows, ws, h)
			d.pass(j)
			at, load := j.word*h.C, 1
			if j.word == 0 {
				load = 0
			}
			d.multiply(grad, h.C, rowMajor(d.score.logits, d.score.ld), rowMajor(ws[at:], h.C), m, h.C, j.n, load)
			if dws == nil {
				continue
			}
			d.multiply(dws[at:], h.C, transposed(d.score.logits, d.score.ld), rowMajor(rows, h.C), j.n, h.C, m, 1)
		}
		for r, t := range j.at {
			to := &dxs[int(t)*h.C]
			d.add(h.C, to, to, &grad[r*h.C])
		}
	}
}

// scoreGradRow turns one row of logits into their gradients.
func scoreGradRow(j *scoreJob, _ *worker, r int) {
	t := j.at[r]
	row := j.d.score.logits[r*j.d.score.ld : r*j.d.score.ld+j.n]
	dlogp, a, b := j.dlogp[t]*j.inverse, float32(0), float32(0)
	if j.dentropy != nil {
		b = -j.dentropy[t] * j.inverse
		a = b * j.entropy[t]
	}
	j.d.scoreGrad(j.n, &row[0], j.inverse, j.lse[t], a-dlogp, b)
	if w := int(j.targets[t]) - j.word; w >= 0 && w < j.n {
		row[w] += dlogp
	}
}

// targets is the target of every token, each a word or negative.
func (d *Device) targets(b device.Buf, h device.Head) []int32 {
	ts := d.i(b, h.T)
	for _, t := range ts {
		if int(t) >= h.V {
			panic(fmt.Sprintf("cpu: target %d of %d words", t, h.V))
		}
	}
	return ts
}

// active lists the tokens that have a target and for which use holds.
func (d *Device) active(use func(t int) bool, targets []int32) []int32 {
	list := d.score.active[:0]
	for t, target := range targets {
		if target >= 0 && use(t) {
			list = append(list, int32(t))
		}
	}
	d.score.active = list
	return list
}

// gather copies the rows at of x together.
func (d *Device) gather(x []float32, at []int32, c int) []float32 {
	rows := grow(&d.score.x, scoreRows*c)
	for r, t := range at {
		copy(rows[r*c:(r+1)*c], x[int(t)*c:])
	}
	return rows
}

// logitTile computes the logits of rows for the words from j.word on.
func (d *Device) logitTile(j *scoreJob, rows, w []float32, h device.Head) {
	j.n = min(scoreWords, h.V-j.word)
	d.score.ld = min(scoreWords, ceil(h.V, 16)*16)
	logits := grow(&d.score.logits, scoreRows*d.score.ld)
	d.multiply(logits, d.score.ld, rowMajor(rows, h.C), transposed(w[j.word*h.C:], h.C), len(j.at), j.n, h.C, 0)
}

// pass runs j over the rows of the tile.
func (d *Device) pass(j scoreJob) {
	j.size = max(1, small/j.n)
	d.jobs.score = j
	d.pool.run(&d.jobs.score, ceil(len(j.at), j.size))
	d.jobs.score = scoreJob{}
}

// Logits writes l[m,V] = x[m,C]·Wᵀ.
func (d *Device) Logits(l, x, w device.Buf, m, c, v int) {
	d.multiply(d.f(l, m*v), v, rowMajor(d.f(x, m*c), c), transposed(d.f(w, v*c), c), m, v, c, 0)
}
