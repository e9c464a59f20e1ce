package rl

// A Reduce says how the terms of tokens become one loss.
type Reduce uint8

// The reductions. N is the number of sequences of the whole batch.
const (
	SequenceMean Reduce = iota // mean over the tokens of a sequence, then over N      GRPO
	TokenMean                  // mean over the tokens of the whole batch              DAPO
	Constant                   // sum of all terms / (N · Length)                      Dr. GRPO; RLOO with Length 1
)

// An Objective is what is minimized. A token of advantage A, with ratio
// r = exp(new - old), has the term
//
//	-min(r·A, clip(r, 1-ClipLow, 1+ClipHigh)·A) + KL·k3 - Entropy·entropy
//
// where k3 = exp(ref - new) - (ref - new) - 1 estimates the divergence from the
// frozen reference without bias and is never negative.
type Objective struct {
	Reduce            Reduce
	Length            int     // of Constant
	ClipLow, ClipHigh float64 // 0.2, 0.2 in GRPO; 0.2, 0.28 in DAPO
	KL, Entropy       float64 // coefficients; 0 leaves the term out
	// CutKL drops a sequence whose mean k3 reaches it: its terms are 0 while the
	// divisor stays. 0 drops none.
	CutKL float64
}

// A Size counts what a reduction divides by, over all micro-batches of one
// update.
type Size struct{ Sequences, Tokens int }

// A Batch is the tokens of some sequences, one sequence after the other.
type Batch[F Float] struct {
	Starts    []int // first token of each sequence, and the number of tokens
	Mask      []bool
	Old, New  []F // [tokens] log-probabilities when sampled, and now
	Ref       []F // [tokens] under the reference; nil where KL and CutKL are 0
	Entropy   []F // [tokens]; nil where Entropy is 0
	Advantage []F // [sequences]
}

// A Report is what a loss was made of: sums over the tokens that count, so that
// reports of micro-batches add up.
type Report struct {
	Loss     float64 // already divided
	Tokens   int     // that count
	Clipped  int     // whose ratio the clip held back
	Cut      int     // sequences dropped by CutKL
	KL       float64 // sum of k3 to the reference
	Entropy  float64
	Gap      float64 // sum of |new - old|
	Drift    float64 // sum of k3 from old to new, exp(new - old) - 1 - (new - old)
	RatioMax float64
}

// Add adds the numbers of another micro-batch.
func (r *Report) Add(o Report) {
	r.Loss += o.Loss
	r.Tokens += o.Tokens
	r.Clipped += o.Clipped
	r.Cut += o.Cut
	r.KL += o.KL
	r.Entropy += o.Entropy
	r.Gap += o.Gap
	r.Drift += o.Drift
	r.RatioMax = max(r.RatioMax, o.RatioMax)
}

// Loss writes the gradient of the objective by New and by Entropy to dlogp and
// dentropy ([tokens]; dentropy may be nil) and returns the loss. Tokens outside
// the mask (the prompts') get 0. Where ratio and bound are equal, the gradient
// is the ratio's.
func Loss[F Float](o Objective, b Batch[F], all Size, dlogp, dentropy []F) Report {
	var rep Report
	clear(dlogp)
	clear(dentropy)
	for s := range len(b.Starts) - 1 {
		from, to := b.Starts[s], b.Starts[s+1]
		n := b.count(from, to)
		if n == 0 {
			continue
		}
		kept := F(1)
		if o.CutKL > 0 && float64(b.divergence(from, to))/float64(n) >= o.CutKL {
			kept = 0
			rep.Cut++
		}
		w := weight[F](o, n, all) * kept
		for t := from; t < to; t++ {
			if b.Mask[t] {
				rep.Tokens++
				token(o, &b, s, t, w, &rep, dlogp, dentropy)
			}
		}
	}
	return rep
}

// token adds one token's term, with weight w in the loss.
func token[F Float](o Objective, b *Batch[F], s, t int, w F, rep *Report, dlogp, dentropy []F) {
	a := b.Advantage[s]
	ratio := exp(b.New[t] - b.Old[t])
	bound := min(max(ratio, F(1-o.ClipLow)), F(1+o.ClipHigh))
	term, slope := -ratio*a, -ratio*a // d exp(new - old)/d new is the ratio
	if ratio*a > bound*a {
		term, slope = -bound*a, 0
		rep.Clipped++
	}
	if b.Ref != nil {
		k, dk := K3(b.New[t], b.Ref[t])
		rep.KL += float64(k)
		if o.KL != 0 { // an unused reference may be infinitely far away
			term += F(o.KL) * k
			slope += F(o.KL) * dk
		}
	}
	if b.Entropy != nil {
		rep.Entropy += float64(b.Entropy[t])
		term -= F(o.Entropy) * b.Entropy[t]
	}
	if w != 0 { // a dropped sequence may hold infinities
		dlogp[t] = w * slope
		if dentropy != nil {
			dentropy[t] = -w * F(o.Entropy)
		}
		rep.Loss += float64(w * term)
	}
	rep.Gap += float64(max(b.New[t]-b.Old[t], b.Old[t]-b.New[t]))
	drift, _ := K3(float64(b.Old[t]), float64(b.New[t]))
	rep.Drift += drift
	rep.RatioMax = max(rep.RatioMax, float64(ratio))
}

// K3 estimates the divergence of the policy from a reference by one token's
// log-probabilities, exp(d) - d - 1 with d = ref - new, and its slope by new.
func K3[F Float](logp, ref F) (k, slope F) {
	d := ref - logp
	e := exp(d)
	return e - d - 1, 1 - e
}

func weight[F Float](o Objective, n int, all Size) F {
	switch o.Reduce {
	case TokenMean:
		return 1 / F(all.Tokens)
	case Constant:
		return 1 / (F(all.Sequences) * F(o.Length))
	}
	return 1 / (F(all.Sequences) * F(n))
}

func (b *Batch[F]) count(from, to int) (n int) {
	for _, m := range b.Mask[from:to] {
		if m {
			n++
		}
	}
	return n
}

func (b *Batch[F]) divergence(from, to int) (sum F) {
	if b.Ref == nil {
		return 0
	}
	for t := from; t < to; t++ {
		if b.Mask[t] {
			k, _ := K3(b.New[t], b.Ref[t])
			sum += k
		}
	}
	return sum
}
