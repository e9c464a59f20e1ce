package cuda

import "github.com/seed-cdf14512/graft/train/internal/device"

// scoreChunk is how many tokens have logits at once.
const scoreChunk = 4096

// A scoring is the output layer over one chunk of tokens after the other. Letters:
// package device.
type scoring struct {
	*Work
	x, w   device.Buf
	h      device.Head
	chunk  int
	logits Place // F32 [chunk, V]
	grad   Place // BF16 [chunk, V]
}

func (w *Work) scoring(x, weight device.Buf, h device.Head, grad bool) scoring {
	want("x", x, device.BF16, h.T*h.C)
	want("the output layer", weight, device.BF16, h.V*h.C)
	s := scoring{Work: w, x: x, w: weight, h: h, chunk: min(h.T, scoreChunk)}
	if w.logits > 0 {
		s.chunk = min(h.T, w.logits)
	}
	s.logits = w.Temp(device.F32, s.chunk*h.V)
	if grad {
		s.grad = w.Temp(device.BF16, s.chunk*h.V)
	}
	return s
}

// chunks computes the logits of each chunk and calls f with its tokens [t, t+n).
func (s scoring) chunks(f func(t, n int)) {
	for t := 0; t < s.h.T; t += s.chunk {
		n := min(s.chunk, s.h.T-t)
		s.Multiply(Gemm{C: s.logits.Slice(0, n*s.h.V), A: Arena(s.rows(s.x, t, n)), B: Arena(s.w), Product: device.NT, M: n, N: s.h.V, K: s.h.C, Alpha: 1})
		f(t, n)
	}
}

// rows is tokens [t, t+n) of a matrix [T,C].
func (s scoring) rows(b device.Buf, t, n int) device.Buf { return b.Slice(t*s.h.C, n*s.h.C) }

// kernel appends one of score.cu over n rows. It moves the logits `reads` times,
// of which a second time may come from the cache, and writes the gradient.
func (s scoring) kernel(name string, n, reads int, args ...Arg) {
	moves := reads * 4 * n * s.h.V
	if !s.grad.None() {
		moves += 2 * n * s.h.V
	}
	s.on(vectorized("score.cu", name, vec(s.h.V)), moves, n, 1024, append(args, I(s.h.V), F(1/s.h.Temperature))...)
}

// back adds a chunk's part to dx[T,C] and, where it is not none, dw[V,C].
func (s scoring) back(dx, dw device.Buf, t, n int) {
	grad := s.grad.Slice(0, n*s.h.V)
	s.Multiply(Gemm{C: Arena(s.rows(dx, t, n)), A: grad, B: Arena(s.w), Product: device.NN, M: n, N: s.h.C, K: s.h.V, Alpha: 1, Accumulate: true})
	if dw.None() {
		return
	}
	s.Multiply(Gemm{C: Arena(dw), A: grad, B: Arena(s.rows(s.x, t, n)), Product: device.TN, M: s.h.V, N: s.h.C, K: n, Alpha: 1, Accumulate: true})
}

// part is tokens [t, t+n) of b, or null where b is none.
func part(b device.Buf, t, n int) Arg {
	if b.None() {
		return Buf(b)
	}
	return Buf(b.Slice(t, n))
}

// Score writes logp[T] and, where they are not none, entropy[T] and lse[T], all
// F32, from x[T,C] and weight[V,C], BF16. See device.Device.
func (w *Work) Score(logp, entropy, lse, x, weight, targets device.Buf, h device.Head) {
	want("logp", logp, device.F32, h.T)
	want("targets", targets, device.I32, h.T)
	if h.T == 0 {
		return
	}
	s := w.scoring(x, weight, h, false)
	s.chunks(func(t, n int) {
		s.kernel("score", n, 1, part(logp, t, n), part(entropy, t, n), part(lse, t, n), Ptr(s.logits), part(targets, t, n))
	})
}

// ScoreGrad adds to dx[T,C] (BF16) and, where it is not none, dw[V,C] (F32). See device.Device.
func (w *Work) ScoreGrad(dx, dw, dlogp, dentropy, entropy, lse, x, weight, targets device.Buf, h device.Head) {
	w.wantGrads(dx, dw, dlogp, targets, h)
	want("lse", lse, device.F32, h.T)
	if h.T == 0 {
		return
	}
	if dentropy.None() {
		entropy = device.Buf{}
	}
	s := w.scoring(x, weight, h, true)
	s.chunks(func(t, n int) {
		s.kernel("score_grad", n, 1, Ptr(s.grad), Ptr(s.logits), part(dlogp, t, n), part(dentropy, t, n), part(entropy, t, n), part(lse, t, n), part(targets, t, n))
		s.back(dx, dw, t, n)
	})
}

// ScoreBoth is Score, and then ScoreGrad without a gradient of the entropy, from
// one product of the logits. It serves where dlogp is known before logp is: in
// SFT, where it is the weights of the tokens. The bits are those of the two.
func (w *Work) ScoreBoth(dx, dw, logp, entropy, lse, dlogp, x, weight, targets device.Buf, h device.Head) {
	w.wantGrads(dx, dw, dlogp, targets, h)
	want("logp", logp, device.F32, h.T)
	if h.T == 0 {
		return
	}
	s := w.scoring(x, weight, h, true)
	s.chunks(func(t, n int) {
		s.kernel("score_both", n, 2, Ptr(s.grad), part(logp, t, n), part(entropy, t, n), part(lse, t, n), Ptr(s.logits), part(dlogp, t, n), part(targets, t, n))
		s.back(dx, dw, t, n)
	})
}

func (w *Work) wantGrads(dx, dw, dlogp, targets device.Buf, h device.Head) {
	want("dx", dx, device.BF16, h.T*h.C)
	if !dw.None() {
		want("dw", dw, device.F32, h.V*h.C)
	}
	want("dlogp", dlogp, device.F32, h.T)
	want("targets", targets, device.I32, h.T)
}

// Logits writes l[m,V] (F32) = x[m,C]·weightᵀ.
func (w *Work) Logits(l, x, weight device.Buf, m, c, v int) {
	want("logits", l, device.F32, m*v)
	w.Multiply(Gemm{C: Arena(l), A: Arena(x), B: Arena(weight), Product: device.NT, M: m, N: v, K: c, Alpha: 1})
}
