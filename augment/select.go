package augment

import (
	"cmp"
	"math/big"
	"slices"

	"github.com/seed-cdf14512/graft/format"
)

// The two meanings of a rate.
const (
	PerTrace = "trace" // the share of traces that get edits, sites permitting
	PerSite  = "site"  // the chance of each site
)

// threshold turns a rate into 1/2^32 parts, rounded down, so that a 32-bit draw
// below it happens with that chance; a rate of 1 is always below.
func threshold(rate *format.Num) uint64 {
	if rate == nil {
		return 1 << 32
	}
	r := rate.Rat()
	r.Mul(r, new(big.Rat).SetInt64(1<<32))
	q := new(big.Int).Quo(r.Num(), r.Denom())
	if q.Sign() < 0 {
		return 0
	}
	if !q.IsUint64() || q.Uint64() > 1<<32 {
		return 1 << 32
	}
	return q.Uint64()
}

type picked struct {
	site int
	draw uint32
}

// choose returns the indices of the sites to try, in the order in which to try
// them, and how many edits may stand (0: no bound). Every draw is keyed by the
// step that the site is about, so a site more or less changes no other draw.
func (c *Compiler) choose(i int, pass *Pass, sites []Site) (order []int, most int) {
	u, n := &c.uses[i], &c.Counts[i]
	k := c.key(u, pass, "select")
	if u.Select.Per == PerSite {
		for at := range sites {
			s := &sites[at]
			k.step, k.after, k.purpose = pass.Steps()[s.Step].ID, s.After, s.purpose("select")
			odds := uint64(1 << 16)
			if s.Odds > 0 {
				odds = uint64(s.Odds)
			}
			if uint64(c.stream.draw(&k)) < c.rates[i]*odds>>16 {
				order = append(order, at)
			}
		}
		n.Chosen += int64(len(order))
		return order, u.Select.Max
	}
	if uint64(c.stream.draw(&k)) >= c.rates[i] {
		return nil, 1
	}
	n.Chosen++
	picks := c.picked[:0]
	for at := range sites {
		k.step, k.after, k.purpose = pass.Steps()[sites[at].Step].ID, sites[at].After, sites[at].purpose("pick")
		picks = append(picks, picked{at, c.stream.draw(&k)})
	}
	c.picked = picks
	slices.SortStableFunc(picks, func(a, b picked) int { return cmp.Compare(a.draw, b.draw) })
	order = make([]int, len(picks))
	for j := range picks {
		order[j] = picks[j].site
	}
	return order, max(1, u.Select.Max)
}
