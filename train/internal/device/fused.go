package device

// An Update is one tensor of AdamW, named as in Device.AdamW.
type Update struct{ W, M, V, G, Act Buf }

// A Fused is a Device that also does at once what Device does one after the other.
// Nothing but time depends on it, and the last bits of a sum over tensors.
type Fused interface {
	// ScoreBoth is Score, and then ScoreGrad without a gradient of the entropy, from
	// one product of the logits. It serves where dlogp is known before logp is.
	ScoreBoth(dx, dw, logp, entropy, lse, dlogp, x, w, targets Buf, h Head)
	// AdamWAll is AdamW of every tensor of us.
	AdamWAll(us []Update, a Adam)
	// SumSquaresAll is the sum of SumSquares of every buffer of bs.
	SumSquaresAll(bs []Buf) float64
}

// ScoreBoth is Fused.ScoreBoth where d has it, and otherwise the two operations.
func ScoreBoth(d Device, dx, dw, logp, entropy, lse, dlogp, x, w, targets Buf, h Head) {
	if f, ok := d.(Fused); ok {
		f.ScoreBoth(dx, dw, logp, entropy, lse, dlogp, x, w, targets, h)
		return
	}
	d.Score(logp, entropy, lse, x, w, targets, h)
	d.ScoreGrad(dx, dw, dlogp, Buf{}, Buf{}, lse, x, w, targets, h)
}

// AdamWAll is AdamW of every tensor of us, at once where d can.
func AdamWAll(d Device, us []Update, a Adam) {
	if f, ok := d.(Fused); ok {
		f.AdamWAll(us, a)
		return
	}
	for _, u := range us {
		d.AdamW(u.W, u.M, u.V, u.G, u.Act, a)
	}
}

// SumSquaresAll is the sum of SumSquares of every buffer of bs, at once where d can.
func SumSquaresAll(d Device, bs []Buf) (sum float64) {
	if f, ok := d.(Fused); ok {
		return f.SumSquaresAll(bs)
	}
	for _, b := range bs {
		sum += d.SumSquares(b)
	}
	return sum
}
