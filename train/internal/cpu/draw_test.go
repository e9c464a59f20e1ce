package cpu

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// A drawCase is rows of hidden states and a head, made so that the logits are of many
// kinds: flat and peaked, large and small, with ties.
type drawCase struct {
	h    device.Head
	x, w []float32
	u    []float64
}

func newDrawCase(h device.Head) *drawCase {
	c := &drawCase{h: h, x: random(11, h.T*h.C), w: random(12, h.V*h.C), u: make([]float64, h.T)}
	for v := range h.V {
		if v%9 == 5 { // a tie with its neighbor
			copy(c.w[v*h.C:(v+1)*h.C], c.w[(v-1)*h.C:])
		}
	}
	for t := range h.T {
		scale := []float32{.01, 1, 0, .3, 6, 1e-4}[t%6]
		for i := range h.C {
			c.x[t*h.C+i] *= scale
		}
		c.u[t] = math.Mod(float64(t)*.618033988749895, 1)
	}
	return c
}

// draw is what the device gives for the case.
func (c *drawCase) draw(r *rig, s device.Sampling) (ids []int32, logp, logits []float32) {
	r.off = 0
	ids, logp = make([]int32, c.h.T), make([]float32, c.h.T)
	l := r.zeros(c.h.T * c.h.V)
	r.Draw(ids, logp, l, r.floats(c.x), r.floats(c.w), c.u, s, c.h)
	return ids, logp, r.get(l)
}

var drawSamplings = []device.Sampling{{}, {Temperature: 1}, {Temperature: .7}, {Temperature: 3}, {Temperature: 1, TopK: 1}, {Temperature: .9, TopK: 5}, {Temperature: 1.3, TopP: .9}, {Temperature: .8, TopK: 40, TopP: .95}}

var drawHeads = []device.Head{{T: 7, C: 3, V: 2}, {T: 70, C: 24, V: 33}, {T: 20, C: 16, V: 1029}, {T: 13, C: 33, V: 2100}}

// scoring is the temperature of the log-probabilities.
func scoring(h device.Head, s device.Sampling) device.Head {
	if h.Temperature = float32(s.Temperature); h.Temperature == 0 {
		h.Temperature = 1
	}
	return h
}

// What is drawn is the Picker's token, and its log-probability is the bits of Score,
// at any number of threads and whatever rows stand beside it.
func TestDrawIsThePickersAndScored(t *testing.T) {
	eachFamily(t, func(t *testing.T, family string) {
		one, r := newRig(t, 1, family), newRig(t, 3, family)
		for _, h := range drawHeads {
			for _, s := range drawSamplings {
				c := newDrawCase(scoring(h, s))
				ids, logp, logits := c.draw(r, s)
				p := device.Picker{Sampling: s}
				for i, u := range c.u {
					if want := p.Pick(logits[i*h.V:(i+1)*h.V], u); ids[i] != want {
						t.Fatalf("%+v of %+v, row %d: drew %d, the Picker draws %d", s, h, i, ids[i], want)
					}
				}
				want := r.zeros(h.T)
				r.Score(want, device.Buf{}, device.Buf{}, r.floats(c.x), r.floats(c.w), r.ints(ids...), c.h)
				bits(t, fmt.Sprintf("%+v: log-probabilities", s), logp, r.get(want))

				again, logpAgain, _ := c.draw(one, s)
				if !slices.Equal(again, ids) {
					t.Fatalf("%+v of %+v: one thread draws %v, three %v", s, h, again, ids)
				}
				bits(t, "on one thread", logpAgain, logp)
				last := h.T - 1
				c.h.T, c.x, c.u = 1, c.x[last*h.C:], c.u[last:]
				again, logpAgain, _ = c.draw(r, s)
				if again[0] != ids[last] {
					t.Fatalf("%+v of %+v: alone the last row draws %d, not %d", s, h, again[0], ids[last])
				}
				bits(t, "alone", logpAgain, logp[last:])
			}
		}
	})
}

// A chance that falls beside the border of two tokens is where sums in float32 would
// draw the other one: there too it is the Picker's.
func TestDrawAtTheBorders(t *testing.T) {
	eachFamily(t, func(t *testing.T, family string) {
		r := newRig(t, 2, family)
		for _, temperature := range []float64{1, .37} {
			s := device.Sampling{Temperature: temperature}
			h := scoring(device.Head{T: 24, C: 8, V: 1500}, s)
			c := newDrawCase(h)
			_, _, logits := c.draw(r, s)
			for _, off := range []float64{-1e-6, -1e-7, -1e-9, 0, 1e-9, 1e-7, 1e-6} {
				for i := range c.u {
					c.u[i] = min(max(0, border(logits[i*h.V:(i+1)*h.V], temperature, (i*389+211)%h.V)+off), 1-1e-16)
				}
				ids, _, _ := c.draw(r, s)
				p := device.Picker{Sampling: s}
				for i, u := range c.u {
					if want := p.Pick(logits[i*h.V:(i+1)*h.V], u); ids[i] != want {
						t.Errorf("temperature %v, row %d, u = a border %+g: drew %d, the Picker draws %d", temperature, i, off, ids[i], want)
					}
				}
			}
		}
	})
}

// border is the chance at which the tokens before the given one end.
func border(logits []float32, temperature float64, token int) float64 {
	top, sum, below := float64(slices.Max(logits)), 0.0, 0.0
	for i, l := range logits {
		if i == token {
			below = sum
		}
		sum += math.Exp((float64(l) - top) / temperature)
	}
	return below / sum
}

// Most rows are sure of their token without the Picker: it would cost more than all
// the rest.
func TestDrawHardlyAsksThePicker(t *testing.T) {
	eachFamily(t, func(t *testing.T, family string) {
		r := newRig(t, 1, family)
		s := device.Sampling{Temperature: 1}
		c := newDrawCase(scoring(device.Head{T: 240, C: 16, V: 1000}, s))
		_, _, logits := c.draw(r, s)
		j, unsure := &drawJob{d: r.Device, s: s, v: c.h.V, inverse: 1}, 0
		for i, u := range c.u {
			var stat rowStat
			row := logits[i*c.h.V : (i+1)*c.h.V]
			stat.take(r.family, &r.workers[0].lanes, row, 1)
			if _, sure := j.drawn(r.workers[0], row, &stat, u); !sure {
				unsure++
			}
		}
		if unsure > 12 {
			t.Errorf("%d of %d rows ask the Picker, want 12 at most", unsure, c.h.T)
		}
	})
}

// A row whose logits are not numbers draws -1, and its neighbors do not notice.
func TestDrawFindsWhatIsNoNumber(t *testing.T) {
	eachFamily(t, func(t *testing.T, family string) {
		r := newRig(t, 2, family)
		for _, s := range drawSamplings {
			h := scoring(device.Head{T: 5, C: 1, V: 1100}, s)
			c := &drawCase{h: h, x: []float32{1, float32(math.NaN()), 1, float32(math.Inf(1)), -1}, w: random(3, h.V), u: []float64{.1, .2, .3, .4, .5}}
			want, _, _ := c.draw(r, s)
			c.w[700] = float32(math.NaN())
			spoiled, _, _ := c.draw(r, s)
			if want[1] != -1 || want[3] != -1 || slices.Contains([]int32{want[0], want[2], want[4]}, -1) {
				t.Errorf("%+v: tokens %v, want -1 for rows 1 and 3 alone", s, want)
			}
			if !slices.Equal(spoiled, []int32{-1, -1, -1, -1, -1}) {
				t.Errorf("%+v: tokens %v where a word's weights are NaN, want -1", s, spoiled)
			}
		}
	})
}
