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
