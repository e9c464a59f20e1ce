package rl

import "math"

// A Spread says by what a group's centered rewards are divided.
type Spread uint8

// The spreads.
const (
	None       Spread = iota // nothing
	Population               // standard deviation, sum of squares over n
	Sample                   // standard deviation, sum of squares over n-1
)

// An Advantage says how the rewards of one prompt's samples become advantages.
type Advantage struct {
	// LeaveOneOut takes as baseline of a sample the mean of the others in place
	// of the mean of all.
	LeaveOneOut bool
	Spread      Spread
	Eps         float64 // added to the standard deviation
}

// Of writes the advantages of one group's rewards to dst, of the same length:
//
//	(r - mean) / (std + eps)        GRPO
//	 r - mean                       Dr. GRPO
//	 r - mean of the others         RLOO
//
// Where all rewards are equal, all advantages are exactly 0: the group is dead.
// dst may be rewards.
func Of[F Float](a Advantage, dst, rewards []F) {
	if len(dst) != len(rewards) {
		panic("rl: as many advantages as rewards are wanted")
	}
	n := F(len(rewards))
	if !differ(rewards) {
		clear(dst)
		return
	}
	mean := sum(rewards) / n
	var squares F
	for _, r := range rewards {
		squares += (r - mean) * (r - mean)
	}
	scale := F(1)
	switch a.Spread {
	case Population:
		scale = 1 / (sqrt(squares/n) + F(a.Eps))
	case Sample:
		scale = 1 / (sqrt(squares/(n-1)) + F(a.Eps))
	}
	if a.LeaveOneOut { // r - (n·mean - r)/(n-1) = (r - mean)·n/(n-1)
		scale *= n / (n - 1)
	}
	for i, r := range rewards {
		dst[i] = (r - mean) * scale
	}
}

// Live reports whether a group teaches anything: some of its samples are right
// and some are wrong, 0 < mean < 1 (the dynamic sampling of DAPO).
func Live(right []bool) bool {
	n := 0
	for _, r := range right {
		if r {
			n++
		}
	}
	return n > 0 && n < len(right)
}

// Overlong is DAPO's soft punishment of long responses (its equation 13): 0 up
// to longest - margin tokens, falling in a line to -1 at longest, -1 above.
func Overlong(length, longest, margin int) float64 {
	over := length - (longest - margin)
	switch {
	case over <= 0:
		return 0
	case over >= margin:
		return -1
	}
	return -float64(over) / float64(margin)
}

func differ[F Float](x []F) bool {
	for _, v := range x {
		if v != x[0] {
			return true
		}
	}
	return false
}

func sum[F Float](x []F) (s F) {
	for _, v := range x {
		s += v
	}
	return s
}

func sqrt[F Float](x F) F { return F(math.Sqrt(float64(x))) }
func exp[F Float](x F) F  { return F(math.Exp(float64(x))) }
