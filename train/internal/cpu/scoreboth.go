package cpu

import (
	"math"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// bothLogits is how many logits ScoreBoth holds: whole rows of tokens, 4 MiB.
const bothLogits = 1 << 20

// fewest is how many rows there must be, lest packing the weights costs more than
// the product of the logits that is saved.
const fewest = 64

var _ device.Fused = (*Device)(nil)

// ScoreBoth is Score and then ScoreGrad without a gradient of the entropy: the same
// bits, from one product of the logits, where the vocabulary is not too large.
func (d *Device) ScoreBoth(dx, dw, logp, entropy, lse, dlogp, x, w, targets device.Buf, h device.Head) {
	ld := ceil(h.V, 16) * 16
	block := min(scoreRows, bothLogits/ld)
	if block < fewest {
		d.Score(logp, entropy, lse, x, w, targets, h)
		d.ScoreGrad(dx, dw, dlogp, device.Buf{}, device.Buf{}, lse, x, w, targets, h)
		return
	}
	xs, ws, dxs, dws := d.f(x, h.T*h.C), d.f(w, h.V*h.C), d.f(dx, h.T*h.C), d.optional(dw, h.V*h.C)
	j := scoreJob{d: d, targets: d.targets(targets, h), inverse: 1 / h.Temperature, n: h.V,
		logp: d.f(logp, h.T), dlogp: d.f(dlogp, h.T), entropy: d.optional(entropy, h.T), lse: d.optional(lse, h.T)}
	clear(j.logp)
	clear(j.entropy)
	clear(j.lse)
	active := d.active(func(t int) bool { return j.dlogp[t] != 0 }, j.targets)
	for j.f = bothRow; len(active) > 0; {
		j.at, active = active[:min(len(active), block)], active[min(len(active), block):]
		m, rows := len(j.at), d.gather(xs, j.at, h.C)
		logits, grad := grow(&d.score.logits, block*ld), grow(&d.score.dx, scoreRows*h.C)
		d.score.ld = ld
		d.multiply(logits, ld, rowMajor(rows, h.C), transposed(ws, h.C), m, h.V, h.C, 0)
		d.pass(j)
		d.await(productJob{c: grad, ldc: h.C, a: rowMajor(logits, ld), b: rowMajor(ws, h.C), m: m, n: h.C, k: h.V})
		if dws != nil {
			d.await(productJob{c: dws, ldc: h.C, a: transposed(logits, ld), b: rowMajor(rows, h.C), m: h.V, n: h.C, k: m, load: 1})
		}
		d.flush()
		for r, t := range j.at {
			to := &dxs[int(t)*h.C]
			d.add(h.C, to, to, &grad[r*h.C])
		}
	}
	d.scoreTokens(j, d.active(func(t int) bool { return j.dlogp[t] == 0 }, j.targets), xs, ws, h)
}

// bothRow scores one row of logits and turns it into their gradients.
func bothRow(j *scoreJob, w *worker, r int) {
	d, t, s := j.d, j.at[r], rowStat{}
	row, target := d.score.logits[r*d.score.ld:r*d.score.ld+j.n], int(j.targets[j.at[r]])
	s.target = float64(row[target] * j.inverse)
	for i := 0; i < j.n; i += scoreWords { // the tiles of Score
		s.take(d.family, &w.lanes, row[i:min(j.n, i+scoreWords)], j.inverse)
	}
	j.put(t, &s)
	dlogp := j.dlogp[t] * j.inverse
	d.scoreGrad(j.n, &row[0], j.inverse, float32(s.top+math.Log(s.sum)), -dlogp, 0)
	row[target] += dlogp
}
