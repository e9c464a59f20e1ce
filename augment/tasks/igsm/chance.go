package igsm

import (
	"math/bits"
	"math/rand/v2"
)

// one is 1 in the fixed point of this file.
const one = 1 << 30

// expNeg is e to the minus x, both in fixed point; x is at least 0. Integers,
// so that every machine draws the same problems.
func expNeg(x int64) int64 {
	x = min(x, 20*one) / 32
	sum, term := int64(one), int64(one)
	for k := int64(1); term > 0; k++ {
		term = term * x / one / k
		if k%2 == 1 {
			sum -= term
		} else {
			sum += term
		}
	}
	for range 5 {
		sum = sum * sum / one
	}
	return max(sum, 1)
}

// sizes draws one of 2, 3, 4: the farther the wanted number of operations is
// from a size's own difficulty (0.2, 0.5, 0.8 of the most), the rarer.
func sizes(r *rand.Rand, op, most int) int {
	var w [3]int64
	total := int64(0)
	for i, c := range [3]int64{2, 5, 8} {
		span := int64(max(most-1, 1))
		d := (10*int64(op-1) - c*span) * one / (10 * span) // at most 6 in fixed point
		hi, lo := bits.Mul64(uint64(max(d, -d)), uint64(max(d, -d)))
		w[i] = expNeg(int64(hi<<34 | lo>>30))
		total += w[i]
	}
	at := r.Int64N(total)
	for i := range w {
		if at -= w[i]; at < 0 {
			return i + 2
		}
	}
	return 4
}

// boosts are e^g at 64 equally likely values g of |N(0,1)|, in thousandths.
var boosts = [64]int64{
	1010, 1030, 1050, 1071, 1092, 1114, 1136, 1159, 1182, 1206, 1230, 1255, 1281, 1307, 1334, 1361,
	1390, 1419, 1449, 1479, 1511, 1544, 1578, 1612, 1648, 1686, 1724, 1764, 1805, 1848, 1893, 1939,
	1987, 2038, 2090, 2145, 2203, 2263, 2327, 2393, 2464, 2538, 2618, 2702, 2791, 2887, 2990, 3101,
	3220, 3351, 3494, 3651, 3826, 4021, 4242, 4496, 4791, 5141, 5569, 6110, 6830, 7874, 9643, 14297,
}

// pick draws one of the parameters in set. A parameter is the likelier for each
// of the marks that hold it: the weight is e^(g·marks), g = |N(0,1)|.
func pick(r *rand.Rand, set, mark, mark2 uint64) int {
	g := boosts[r.IntN(len(boosts))]
	weight := func(i int) int64 {
		switch mark>>i&1 + mark2>>i&1 {
		case 0:
			return 1_000_000
		case 1:
			return g * 1000
		}
		return g * g
	}
	total := int64(0)
	for s := set; s != 0; s &= s - 1 {
		total += weight(bits.TrailingZeros64(s))
	}
	at := r.Int64N(total)
	for s := set; ; s &= s - 1 {
		i := bits.TrailingZeros64(s)
		if at -= weight(i); at < 0 {
			return i
		}
	}
}

// oneOf draws from a non-empty set, all equally likely.
func oneOf(r *rand.Rand, set uint64) int {
	for n := r.IntN(bits.OnesCount64(set)); n > 0; n-- {
		set &= set - 1
	}
	return bits.TrailingZeros64(set)
}

// between draws from lo to hi, both included; lo if hi is less.
func between(r *rand.Rand, lo, hi int) int {
	if hi <= lo {
		return lo
	}
	return lo + r.IntN(hi-lo+1)
}

func coin(r *rand.Rand) bool { return r.Uint64()&1 == 1 }
