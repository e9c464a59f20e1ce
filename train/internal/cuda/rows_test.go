//go:build linux

package cuda

import (
	"bytes"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// do1 runs one operation, with logits of 16 tokens at once.
func (s *shim) do1(build func(w *Work)) {
	s.t.Helper()
	w := Work{logits: 16}
	build(&w)
	if err := s.run(&w); err != nil {
		s.t.Fatal(err)
	}
}

// same fails unless two buffers hold the same bits.
func (s *shim) same(what string, a, b device.Buf) {
	s.t.Helper()
	if !bytes.Equal(s.bytes(Arena(a)), s.bytes(Arena(b))) {
		s.t.Errorf("%s: %v and %v", what, s.read(Arena(a)), s.read(Arena(b)))
	}
}

// A token's score, its gradient and its norm are the same bits in a batch of three
// chunks and alone, and at once or one after the other.
func TestRowsDoNotKnowEachOther(t *testing.T) {
	p := newPair(t)
	s := p.s
	h := device.Head{T: 37, C: 8, V: 40, Temperature: .7}
	x, weight, dlogp, y := p.floats(bf16, h.T*h.C).dev, p.floats(bf16, h.V*h.C).dev, p.floats(f32, h.T).dev, p.floats(bf16, h.T*h.C).dev
	wt, rstd := p.floats(bf16, h.C).dev, p.floats(f32, h.T).dev
	at := p.ints(targets(h)).dev
	fresh := func(n int) (b [5]device.Buf) {
		for i := range 3 {
			b[i] = s.put(f32, make([]float32, n))
		}
		b[3], b[4] = s.put(bf16, make([]float32, n*h.C)), s.put(f32, make([]float32, h.V*h.C))
		return b
	}
	all := fresh(h.T) // logp, entropy, lse, dx, dw
	s.do1(func(w *Work) { w.Score(all[0], all[1], all[2], x, weight, at, h) })
	s.do1(func(w *Work) {
		w.ScoreGrad(all[3], all[4], dlogp, device.Buf{}, device.Buf{}, all[2], x, weight, at, h)
	})
	s.do1(func(w *Work) { w.RMSNorm(y, rstd, x, wt, h.T, h.C, 1e-6) })

	both := fresh(h.T)
	s.do1(func(w *Work) { w.ScoreBoth(both[3], both[4], both[0], both[1], both[2], dlogp, x, weight, at, h) })
	for i, name := range []string{"logp", "entropy", "lse", "dx", "dw"} {
		s.same(name+" at once and one after the other", both[i], all[i])
	}

	for _, row := range []int{0, 15, 16, 36} {
		one, part := h, func(b device.Buf) device.Buf { return b.Slice(row, 1) }
		one.T = 1
		xs, alone := x.Slice(row*h.C, h.C), fresh(1)
		s.do1(func(w *Work) { w.Score(alone[0], alone[1], alone[2], xs, weight, part(at), one) })
		s.do1(func(w *Work) {
			w.ScoreGrad(alone[3], alone[4], part(dlogp), device.Buf{}, device.Buf{}, alone[2], xs, weight, part(at), one)
		})
		for i, name := range []string{"logp", "entropy", "lse"} {
			s.same(name+" alone and in a batch", alone[i], part(all[i]))
		}
		s.same("dx alone and in a batch", alone[3], all[3].Slice(row*h.C, h.C))
		norm, r := s.put(bf16, make([]float32, h.C)), s.put(f32, make([]float32, 1))
		s.do1(func(w *Work) { w.RMSNorm(norm, r, xs, wt, 1, h.C, 1e-6) })
		s.same("norm alone and in a batch", norm, y.Slice(row*h.C, h.C))
	}
	if v := s.read(Arena(all[0])); v[16] == 0 || v[0] == 0 {
		t.Errorf("log-probabilities %v and %v of tokens with targets", v[0], v[16])
	}
}
