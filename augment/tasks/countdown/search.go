package countdown

import "slices"

// A state is what is left on one branch of the search.
type state struct {
	left   [most]int32
	n      int8
	move   move  // how it came about
	parent int32 // index in the tree, -1 for the root
	ways   int32 // which child of its parent it is
	score  int32 // how far from the target it looks
}

// A tree is one search, in the order in which states were made.
type tree struct {
	states []state
	order  []int32 // what was visited, in order
	heap   [64][]int32
	stack  []int32
}

// start makes the root.
func (g *generator) start() {
	t := &g.tree
	t.states, t.order = t.states[:0], t.order[:0]
	root := state{n: int8(g.n), parent: -1}
	copy(root.left[:], g.given[:g.n])
	t.states = append(t.states, root)
}

// children makes what can be put together at a state, the most promising
// first, at most Width of them.
func (g *generator) children(at int32, dst []int32) []int32 {
	t := &g.tree
	s := t.states[at]
	for i := range int(s.n) {
		for j := i + 1; j < int(s.n); j++ {
			a, b := max(s.left[i], s.left[j]), min(s.left[i], s.left[j])
			for _, op := range "+-*/" {
				v, ok := apply(byte(op), a, b)
				if !ok || op == '/' && b == 1 { // the same as times 1
					continue
				}
				c := state{n: s.n - 1, move: move{a, b, v, byte(op)}, parent: at}
				k := 0
				for l := range int(s.n) {
					if l != i && l != j {
						c.left[k] = s.left[l]
						k++
					}
				}
				c.left[k] = v
				c.score = g.score(&c)
				dst = append(dst, int32(len(t.states)))
				t.states = append(t.states, c)
			}
		}
	}
	slices.SortStableFunc(dst, func(x, y int32) int { return int(t.states[x].score - t.states[y].score) })
	if len(dst) > g.p.Width {
		dst = dst[:g.p.Width]
	}
	for i, c := range dst {
		t.states[c].ways = int32(i)
	}
	return dst
}

// score says how far from the target a state looks.
func (g *generator) score(s *state) int32 {
	if g.p.Guide == "factor" {
		total := int32(0)
		for _, v := range s.left[:s.n] {
			total += g.toFactor(v)
		}
		return total
	}
	sum := int32(0)
	for _, v := range s.left[:s.n] {
		sum += v
	}
	return max(sum-g.target, g.target-sum)
}

// toFactor is the distance to the nearest factor of the target.
func (g *generator) toFactor(v int32) int32 {
	if v >= g.target {
		return v - g.target
	}
	for d := int32(0); ; d++ {
		if v-d > 0 && g.target%(v-d) == 0 || v+d > 0 && g.target%(v+d) == 0 {
			return d
		}
	}
}

func (g *generator) goal(at int32) bool {
	s := &g.tree.states[at]
	return s.n == 1 && s.left[0] == g.target
}

// dfs searches depth first, and returns the state that holds the target, or -1.
func (g *generator) dfs() int32 {
	t := &g.tree
	g.start()
	var todo [most][]int32
	for i := range todo {
		todo[i] = t.heap[i][:0]
	}
	defer func() {
		for i := range todo {
			t.heap[i] = todo[i][:0]
		}
	}()
	at, depth := int32(0), 0
	todo[0] = g.children(0, todo[0])
	var next [most]int
	for len(t.order) < g.p.Budget {
		if next[depth] == len(todo[depth]) { // nothing more here
			if depth == 0 {
				return -1
			}
			g.wroteBack(at)
			at = t.states[at].parent
			depth--
			continue
		}
		child := todo[depth][next[depth]]
		next[depth]++
		t.order = append(t.order, child)
		g.wroteState(child)
		if g.goal(child) {
			return child
		}
		if t.states[child].n > 1 {
			at = child
			depth++
			next[depth] = 0
			todo[depth] = g.children(at, todo[depth][:0])
		}
	}
	return -1
}

// beam searches level by level, keeping Width states, and returns the state
// that holds the target, or -1.
func (g *generator) beam() int32 {
	t := &g.tree
	g.start()
	level := append(t.stack[:0], 0)
	next := t.heap[0][:0]
	defer func() { t.stack, t.heap[0] = level[:0], next[:0] }()
	for depth := 1; depth < g.n; depth++ {
		next = next[:0]
		for _, at := range level {
			t.heap[1] = g.children(at, t.heap[1][:0])
			next = append(next, t.heap[1]...)
		}
		slices.SortStableFunc(next, func(x, y int32) int { return int(t.states[x].score - t.states[y].score) })
		if len(next) > g.p.Width {
			next = next[:g.p.Width]
		}
		g.wroteLevel(depth)
		for i, at := range next {
			t.states[at].ways = int32(i)
			if len(t.order) == g.p.Budget {
				return -1
			}
			t.order = append(t.order, at)
			g.wroteState(at)
			if g.goal(at) {
				return at
			}
		}
		level, next = next, level
	}
	return -1
}

// pathTo is how a state came about, first move first.
func (g *generator) pathTo(at int32) (path [most - 1]move, n int) {
	for ; g.tree.states[at].parent >= 0; at = g.tree.states[at].parent {
		path[n] = g.tree.states[at].move
		n++
	}
	slices.Reverse(path[:n])
	return path, n
}
