package igsm

import (
	"math/bits"

	"github.com/seed-cdf14512/graft/format/answer"
)

// most is how many parameters a structure may have: sets of them are words.
const most = 64

// A parameter is the number of one thing in another.
type parameter struct {
	name     string
	abstract bool
	level    int    // abstract: how many layers the category lies below the container
	need     uint64 // abstract: itself and everything it rests on
	rests    []int  // abstract: what it is computed from, in order; by pairs to multiply where level > 1
}

// structure is the layered world of one draw: which items lie in which
// containers, and the parameters that follow.
type structure struct {
	layers int
	n      [4]int    // items of each layer
	names  [4][4]int // index of an item's name within its sublist
	kind   [4]int    // sublist of each layer
	world  int
	first  int             // layer of the world that is layer 0
	child  [4][4][4]int    // parameter of item k in container j of layer i, plus one
	below  [4][4][4]int    // parameter of category of layer i in container (l, j), plus one: below[l][j][i]
	params []parameter     // instances first
	inst   uint64          // the instance parameters
	level  [4]uint64       // the abstract parameters of each level
	cache  map[[3]int]name // forms of names, made once
}

// A name is one thing's singular, from which names of parameters are made.
type name struct{ one, many string }

// shape draws the sizes and edges of a structure for so many operations.
func (g *generator) shape(op int) (w0, w1, edges int) {
	s, ip := &g.s, g.p.Instances
	s.layers = sizes(g.r, op, ip)
	w0, w1 = sizes(g.r, op, ip), sizes(g.r, op, ip)
	w0, w1 = min(w0, w1), max(w0, w1)
	least := (s.layers - 1) * w0
	edges = min(between(g.r, least, ip), between(g.r, least, ip), (s.layers-1)*w1*w1)
	s.world = g.r.IntN(g.worlds)
	s.first = between(g.r, 0, 4-s.layers)
	for i := range s.layers {
		s.kind[i] = g.r.IntN(len(answer.Worlds[0][0].Kinds))
	}
	return w0, w1, edges
}

// grow draws how many items each layer has.
func (g *generator) grow(w0, w1, edges int) {
	s := &g.s
	for i := range s.layers {
		s.n[i] = w0
	}
	stop := g.r.Uint32()
	for {
		full, least, room := true, 0, 0
		for i := range s.layers {
			full = full && s.n[i] == w1
			if i > 0 {
				least += s.n[i]
				room += s.n[i] * s.n[i-1]
			}
		}
		if full || least == edges || room >= edges && g.r.Uint32() >= stop {
			return
		}
		var open uint64
		for i := range s.layers {
			if s.n[i] < w1 {
				open |= 1 << i
			}
		}
		s.n[oneOf(g.r, open)]++
	}
}

// draw makes the structure: items, edges and parameters.
func (g *generator) draw(w0, w1, edges int) {
	s := &g.s
	g.grow(w0, w1, edges)
	s.params, s.inst, s.child, s.below, s.level = s.params[:0], 0, [4][4][4]int{}, [4][4][4]int{}, [4]uint64{}
	for i := range s.layers {
		perm := [5]int{0, 1, 2, 3, 4}
		for k := range s.n[i] {
			j := between(g.r, k, 4)
			perm[k], perm[j] = perm[j], perm[k]
			s.names[i][k] = perm[k]
		}
	}
	for i := 1; i < s.layers; i++ {
		for j := range s.n[i] {
			g.edge(i, j, g.r.IntN(s.n[i-1]))
		}
	}
	for len(s.params) < edges {
		i := between(g.r, 1, s.layers-1)
		g.edge(i, g.r.IntN(s.n[i]), g.r.IntN(s.n[i-1]))
	}
	for i := 1; i < s.layers; i++ {
		for low := i - 1; low >= 0; low-- {
			for j := range s.n[i] {
				s.category(i, j, low)
			}
		}
	}
}

// edge puts item k of the layer below into container j of layer i, once.
func (g *generator) edge(i, j, k int) {
	s := &g.s
	if s.child[i][j][k] != 0 {
		return
	}
	s.inst |= 1 << len(s.params)
	p := s.next()
	p.name = s.thing(i-1, k).many + " in each " + s.thing(i, j).one
	s.child[i][j][k] = len(s.params)
}

// category adds the parameter of all things of layer low in container j of
// layer i.
func (s *structure) category(i, j, low int) {
	at := len(s.params)
	p := s.next()
	p.abstract, p.level, p.need = true, i-low, 1<<at
	p.name = answer.Worlds[s.world][s.first+low].Plural + " in each " + s.thing(i, j).one
	s.level[p.level] |= 1 << at
	s.below[i][j][low] = at + 1
	for k := range s.n[i-1] {
		edge := s.child[i][j][k] - 1
		if edge < 0 {
			continue
		}
		p.rests, p.need = append(p.rests, edge), p.need|1<<edge
		if p.level > 1 {
			sub := s.below[i-1][k][low] - 1
			p.rests, p.need = append(p.rests, sub), p.need|s.params[sub].need
		}
	}
}

// next makes room for one more parameter and keeps the room it had before.
func (s *structure) next() *parameter {
	n := len(s.params)
	if n < cap(s.params) {
		s.params = s.params[:n+1]
		s.params[n] = parameter{rests: s.params[n].rests[:0]}
	} else {
		s.params = append(s.params, parameter{})
	}
	return &s.params[n]
}

// thing names item k of layer i.
func (s *structure) thing(i, k int) name {
	layer, at := s.first+i, s.kind[i]
	key := [3]int{s.world, layer*4 + at, s.names[i][k]}
	if n, ok := s.cache[key]; ok {
		return n
	}
	one := answer.Worlds[s.world][layer].Kinds[at].Names()[key[2]]
	n := name{one, one + "s"}
	s.cache[key] = n
	return n
}

// ops counts the operations of parameters that are in set: one each, and for an
// abstract one as many as there are signs between what it rests on.
func (s *structure) ops(set uint64) int {
	n := 0
	for ; set != 0; set &= set - 1 {
		n += max(1, len(s.params[bits.TrailingZeros64(set)].rests)-1)
	}
	return n
}
