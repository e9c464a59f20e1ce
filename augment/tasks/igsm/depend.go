package igsm

import "math/bits"

// A node is a parameter in the dependency graph of one problem.
type node struct {
	on      []int // the parameters it rests on, in the order of its equation
	random  bool  // a constant of its own stands in the equation
	k       int64
	op      byte // between the constant and the rest: + or *; 0 where one of them is missing
	sign    byte // between two parameters: + or -
	value   int64
	premise string
	body    string // the premise without its subject: what the parameter is
}

// depend draws the dependency graph. It says whether the draw can be used, and
// where not, whether another structure might help.
func (g *generator) depend(op, stage1, stage2 int) (ok, again bool) {
	for i := range g.s.params {
		n := &g.nodes[i]
		*n = node{on: n.on[:0]}
	}
	taken := g.abstracts(stage1)
	taken = g.instances(taken, stage2)
	if !g.arrange(taken) {
		return false, true
	}
	if !g.operands(op) {
		return false, false
	}
	g.spare(taken)
	return true, false
}

// abstracts is stage 1: abstract parameters, the widest first, each with all it
// rests on, while the operations are at most budget.
func (g *generator) abstracts(budget int) (taken uint64) {
	s := &g.s
	for ops, more := 0, true; more; {
		more = false
		for lvl := s.layers - 1; lvl > 0 && !more; lvl-- {
			free := s.level[lvl] &^ taken
			if free == 0 {
				continue
			}
			fresh := s.params[oneOf(g.r, free)].need &^ taken
			if n := s.ops(fresh); ops+n <= budget {
				ops, taken, more = ops+n, taken|fresh, true
			}
		}
	}
	for set := taken; set != 0; set &= set - 1 {
		i := bits.TrailingZeros64(set)
		g.nodes[i].on = append(g.nodes[i].on, s.params[i].rests...)
	}
	return taken
}

// instances is stage 2: instance parameters, while the operations are below
// budget.
func (g *generator) instances(taken uint64, budget int) uint64 {
	for ops := g.s.ops(taken); ops < budget && g.s.inst&^taken != 0; ops++ {
		taken |= 1 << oneOf(g.r, g.s.inst&^taken)
	}
	return taken
}

// arrange is stage 3: an order in which everything taken is needed, drawn from
// the question backwards. A step that nothing earlier needs yet is made an
// operand of the step before it; an abstract step cannot take one, and the draw
// fails.
func (g *generator) arrange(taken uint64) bool {
	var users, wanted [most]int // among those not placed; by those placed
	for set := taken; set != 0; set &= set - 1 {
		for _, p := range g.nodes[bits.TrailingZeros64(set)].on {
			users[p]++
		}
	}
	var free, next uint64 // without users; wanted
	for set := taken; set != 0; set &= set - 1 {
		if i := bits.TrailingZeros64(set); users[i] == 0 {
			free |= 1 << i
		}
	}
	abstract := ^g.s.inst
	g.order = g.order[:0]
	at := oneOf(g.r, free)
	for left := taken; ; at = g.oftenWanted(free&next, &wanted) {
		g.order = append(g.order, at)
		left, free, next = left&^(1<<at), free&^(1<<at), next&^(1<<at)
		for _, p := range g.nodes[at].on {
			wanted[p]++
			next |= 1 << p
			if users[p]--; users[p] == 0 {
				free |= 1 << p
			}
		}
		if left == 0 {
			break
		}
		pool := uint64(0)
		switch {
		case free&next == 0 && g.s.params[at].abstract:
			return false
		case free&next == 0:
			pool = free
		case !g.s.params[at].abstract && coin(g.r):
			pool = left
		}
		if pool != 0 {
			p := pick(g.r, pool, abstract, next)
			g.nodes[at].on = append(g.nodes[at].on, p)
			wanted[p]++
			next |= 1 << p
		}
	}
	for i, j := 0, len(g.order)-1; i < j; i, j = i+1, j-1 {
		g.order[i], g.order[j] = g.order[j], g.order[i]
	}
	return true
}

// oftenWanted draws from set, each parameter as likely as it is often wanted.
func (g *generator) oftenWanted(set uint64, wanted *[most]int) int {
	total := 0
	for s := set; s != 0; s &= s - 1 {
		total += wanted[bits.TrailingZeros64(s)]
	}
	at := g.r.IntN(total)
	for s := set; ; s &= s - 1 {
		i := bits.TrailingZeros64(s)
		if at -= wanted[i]; at < 0 {
			return i
		}
	}
}

// operands is stage 4: operations are given to instance parameters until they
// are op in all, and operands drawn to match.
func (g *generator) operands(op int) bool {
	var ops, cap [most]int
	total := 0
	for i, p := range g.order {
		ops[i] = max(1, len(g.nodes[p].on)-1)
		cap[i] = min(g.p.Degree-1, max(1, i))
		total += ops[i]
	}
	for ; total < op; total++ {
		var can uint64
		for i, p := range g.order {
			if ops[i] < cap[i] && !g.s.params[p].abstract {
				can |= 1 << i
			}
		}
		if can == 0 {
			return false
		}
		ops[oneOf(g.r, can)]++
	}
	if total > op {
		return false
	}
	pool := uint64(0)
	for i, p := range g.order {
		if !g.s.params[p].abstract {
			want := ops[i] + 1
			if ops[i] == 1 {
				want = between(g.r, 1, 2)
			}
			g.fill(p, pool, min(want, i+1), true)
		}
		pool |= 1 << p
	}
	return true
}

// fill gives a parameter want operands from pool and from a constant of its
// own; it may have one already. The constant comes by the toss of a coin, and
// if again is set it may still be drawn among the others where the coin said
// no: that is how the published sets come to their constants.
func (g *generator) fill(p int, pool uint64, want int, again bool) {
	n := &g.nodes[p]
	for _, q := range n.on {
		pool &^= 1 << q
		want--
	}
	size := bits.OnesCount64(pool)
	drawn := false
	if want > size { // all there is
		n.random, want = true, size
	} else if coin(g.r) {
		n.random, want = true, max(0, want-1)
	} else {
		drawn = again
	}
	for ; want > 0; want-- {
		if drawn && g.r.IntN(size+1) == size {
			n.random, drawn = true, false
			continue
		}
		q := oneOf(g.r, pool)
		pool &^= 1 << q
		size--
		n.on = append(n.on, q)
	}
}

// spare is stage 5: every instance parameter that is not needed becomes a
// premise of its own, resting on other spare ones or on anything computable.
func (g *generator) spare(taken uint64) {
	s := &g.s
	needed, known := taken, taken
	var apart uint64 // spare ones that rest on spare ones only
	g.extra = g.extra[:0]
	for left := s.inst &^ taken; left != 0; {
		p := oneOf(g.r, left)
		left &^= 1 << p
		pool := needed
		for i := range s.params {
			if a := &s.params[i]; a.abstract && known>>i&1 == 0 && s.computable(i, known) {
				pool |= 1 << i
			}
		}
		known |= 1 << p
		if coin(g.r) {
			pool = apart
			apart |= 1 << p
		}
		want, size := 1, bits.OnesCount64(pool)+1
		for want < min(g.p.Degree, size) && coin(g.r) {
			want++
		}
		g.fill(p, pool, want, false)
		for _, q := range g.nodes[p].on {
			if known>>q&1 == 0 { // an abstract one that nothing had computed
				known |= 1 << q
				g.nodes[q].on = append(g.nodes[q].on[:0], s.params[q].rests...)
				g.extra = append(g.extra, q)
			}
		}
		g.extra = append(g.extra, p)
	}
}

// computable reports whether all that an abstract parameter rests on is known.
func (s *structure) computable(i int, known uint64) bool {
	for _, p := range s.params[i].rests {
		if known>>p&1 == 0 {
			return false
		}
	}
	return true
}
