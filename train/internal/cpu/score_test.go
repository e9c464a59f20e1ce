package cpu

import (
	"fmt"
	"math"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// refScore is the output layer in float64 and the gradients of
// sum(dlogp*logp + dentropy*entropy).
func refScore(x, w []float64, targets []int32, dlogp, dent []float64, h device.Head) (logp, entropy, lse, dx, dw []float64) {
	logp, entropy, lse = make([]float64, h.T), make([]float64, h.T), make([]float64, h.T)
	dx, dw = make([]float64, h.T*h.C), make([]float64, h.V*h.C)
	for t := range h.T {
		if targets[t] < 0 {
			continue
		}
		l, sum := make([]float64, h.V), 0.0
		for v := range l {
			for c := range h.C {
				l[v] += x[t*h.C+c] * w[v*h.C+c]
			}
			l[v] /= float64(h.Temperature)
			sum += math.Exp(l[v])
		}
		lse[t] = math.Log(sum)
		logp[t] = l[targets[t]] - lse[t]
		for v := range l {
			entropy[t] -= math.Exp(l[v]-lse[t]) * (l[v] - lse[t])
		}
		for v := range l {
			p := math.Exp(l[v] - lse[t])
			g := -dlogp[t]*p - dent[t]*p*(l[v]-lse[t]+entropy[t])
			if v == int(targets[t]) {
				g += dlogp[t]
			}
			g /= float64(h.Temperature)
			for c := range h.C {
				dx[t*h.C+c] += g * w[v*h.C+c]
				dw[v*h.C+c] += g * x[t*h.C+c]
			}
		}
	}
	return
}

// A scoreCase is the inputs of the output layer and its results.
type scoreCase struct {
	h                  device.Head
	x, w, dlogp, dent  []float32
	targets            []int32
	logp, entropy, lse []float32
	dx, dw             []float32
}

func newScoreCase(h device.Head) *scoreCase {
	c := &scoreCase{h: h, x: random(1, h.T*h.C), w: random(2, h.V*h.C), dlogp: random(3, h.T), dent: random(4, h.T), targets: make([]int32, h.T)}
	for i := range c.targets {
		c.targets[i] = int32((i*37 + 5) % h.V)
		if i%5 == 3 {
			c.targets[i] = -1
		}
		if i%7 == 2 {
			c.dlogp[i], c.dent[i] = 0, 0
		}
	}
	return c
}

func (c *scoreCase) run(r *rig) {
	r.off = 0
	x, w, targets := r.floats(c.x), r.floats(c.w), r.ints(c.targets...)
	logp, entropy, lse := r.floats(random(9, c.h.T)), r.floats(random(9, c.h.T)), r.floats(random(9, c.h.T))
	dx, dw := r.zeros(c.h.T*c.h.C), r.zeros(c.h.V*c.h.C)
	r.Score(logp, entropy, lse, x, w, targets, c.h)
	r.ScoreGrad(dx, dw, r.floats(c.dlogp), r.floats(c.dent), entropy, lse, x, w, targets, c.h)
	c.logp, c.entropy, c.lse, c.dx, c.dw = r.get(logp), r.get(entropy), r.get(lse), r.get(dx), r.get(dw)
}

var scoreShapes = []device.Head{{T: 1, C: 3, V: 2, Temperature: 1}, {T: 70, C: 24, V: 17, Temperature: .7}, {T: 530, C: 16, V: 1029, Temperature: 1.3}, {T: 40, C: 33, V: 2100, Temperature: 1}}

func TestScoreAgainstFloat64(t *testing.T) {
	eachFamily(t, func(t *testing.T, family string) {
		r := newRig(t, 2, family)
		for _, h := range scoreShapes {
			c := newScoreCase(h)
			c.run(r)
			logp, entropy, lse, dx, dw := refScore(wide(c.x), wide(c.w), c.targets, wide(c.dlogp), wide(c.dent), h)
			what := fmt.Sprintf("%+v ", h)
			near(t, what+"logp", c.logp, logp, 1e-6)
			near(t, what+"entropy", c.entropy, entropy, 1e-5)
			near(t, what+"lse", c.lse, lse, 1e-6)
			near(t, what+"dx", c.dx, dx, 1e-5)
			near(t, what+"dw", c.dw, dw, 1e-5)
		}
	})
}

// Without entropy, and without gradient of it, the log-probabilities are the same.
func TestScoreWithoutEntropy(t *testing.T) {
	c := newScoreCase(scoreShapes[2])
	r := newRig(t, 1, "")
	c.run(r)
	x, w, targets, logp := r.floats(c.x), r.floats(c.w), r.ints(c.targets...), r.zeros(c.h.T)
	r.Score(logp, device.Buf{}, device.Buf{}, x, w, targets, c.h)
	bits(t, "logp", r.get(logp), c.logp)
	clear(c.dent)
	c.run(r)
	x, w, targets = r.floats(c.x), r.floats(c.w), r.ints(c.targets...)
	dx, dw := r.zeros(c.h.T*c.h.C), r.zeros(c.h.V*c.h.C)
	r.ScoreGrad(dx, dw, r.floats(c.dlogp), device.Buf{}, device.Buf{}, r.floats(c.lse), x, w, targets, c.h)
	near(t, "dx", r.get(dx), wide(c.dx), 1e-6)
	near(t, "dw", r.get(dw), wide(c.dw), 1e-6)
}

// A token has the same log-probability alone, in any batch and at any number of
// threads, and Logits are the logits that Score saw.
func TestScoreBitsDependOnTheTokenAlone(t *testing.T) {
	eachFamily(t, func(t *testing.T, family string) {
		c := newScoreCase(scoreShapes[2])
		c.run(newRig(t, 1, family))
		want := *c
		for _, threads := range []int{2, 3, 8} {
			c.run(newRig(t, threads, family))
			bits(t, "logp", c.logp, want.logp)
			bits(t, "entropy", c.entropy, want.entropy)
			bits(t, "lse", c.lse, want.lse)
			bits(t, "dx", c.dx, want.dx)
			bits(t, "dw", c.dw, want.dw)
		}
		r := newRig(t, 2, family)
		for _, i := range []int{0, 299, 529} {
			one := *c
			one.h.T, one.x, one.targets, one.dlogp, one.dent = 1, c.x[i*c.h.C:(i+1)*c.h.C], c.targets[i:i+1], c.dlogp[i:i+1], c.dent[i:i+1]
			one.run(r)
			bits(t, "logp alone", one.logp, want.logp[i:i+1])
			bits(t, "dx alone", one.dx, want.dx[i*c.h.C:(i+1)*c.h.C])
			l := r.zeros(c.h.V)
			r.Logits(l, r.floats(one.x), r.floats(c.w), 1, c.h.C, c.h.V)
			var sum float64
			for _, x := range r.get(l) {
				sum += math.Exp(float64(x) / float64(c.h.Temperature))
			}
			near(t, "lse of Logits", want.lse[i:i+1], []float64{math.Log(sum)}, 1e-6)
		}
	})
}

// The tile of logits is all there is, however many tokens and words.
func TestScoreHoldsOneTile(t *testing.T) {
	r := newRig(t, 1, "")
	h := device.Head{T: 2000, C: 8, V: 3000, Temperature: 1}
	c := newScoreCase(h)
	c.run(r)
	if n := len(r.score.logits); n > scoreRows*scoreWords+2*slack {
		t.Fatalf("%d logits are held at once; %d tokens x %d words are %d", n, h.T, h.V, h.T*h.V)
	}
}
