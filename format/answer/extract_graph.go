package answer

import (
	"cmp"
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// graph is the graph of a list that holds, with the claims of the steps bound to
// it: the numbers of the question first, then what is computed, in the order of
// the text as far as parents come before children.
func (b *binder) graph() *format.Graph {
	g := &format.Graph{Nodes: b.givens}
	for i := range b.list {
		if q := &b.list[i]; q.given >= 0 {
			n := &g.Nodes[q.given]
			n.Name, q.id = q.Name, n.ID
		}
	}
	for _, i := range b.order() {
		q := &b.list[i]
		q.id = format.NodeID(len(g.Nodes) + 1)
		g.Nodes = append(g.Nodes, b.node(q))
	}
	taken := map[string]bool{}
	for i := range b.list {
		taken[b.list[i].Name] = true
	}
	for i := range b.givens { // what the list does not name must not share a name with what it does
		listed := slices.ContainsFunc(b.list, func(q quantity) bool { return q.given == i })
		if !listed && taken[g.Nodes[i].Name] {
			g.Nodes[i].Name = ""
		}
	}
	b.rebind()
	return g
}

// order lists what is computed, parents first, and else as it stands.
func (b *binder) order() (list []int) {
	var todo []int
	for i := range b.list {
		if b.list[i].Step > 0 {
			todo = append(todo, i)
		}
	}
	slices.SortStableFunc(todo, func(x, y int) int {
		return cmp.Or(cmp.Compare(b.list[x].Step, b.list[y].Step), cmp.Compare(b.list[x].at.start, b.list[y].at.start))
	})
	placed := func(p int) bool { return b.list[p].Step == 0 || slices.Contains(list, p) }
	for len(todo) > 0 {
		at := slices.IndexFunc(todo, func(i int) bool {
			return !slices.ContainsFunc(b.list[i].parents, func(p int) bool { return !placed(p) })
		})
		list = append(list, todo[at])
		todo = slices.Delete(todo, at, at+1)
	}
	return list
}

// node is the node of a result, whose parents have their ids.
func (b *binder) node(q *quantity) format.Node {
	s := &b.steps[q.Step-1]
	n := format.Node{ID: q.id, Kind: format.ResultNode, Name: q.Name, Value: q.value, Bound: true, Step: s.ID, Claim: len(s.Claims),
		Start: q.at.start, End: q.at.end, Unit: q.at.unit, Equation: strings.TrimSpace(b.substituted(q, -1))}
	if n.Unit == "%" {
		n.Value = q.at.value
	}
	for _, p := range q.parents {
		n.Parents = append(n.Parents, b.list[p].id)
	}
	if c := q.chain; c != nil {
		n.Value, n.Unit, n.Claim, n.Start, n.End = c.value, c.derived.Unit, c.end-1, c.derived.Start, c.derived.End
		for _, hop := range s.Claims[c.first:c.end] {
			n.Bound = n.Bound && CheckClaim(hop) == format.Exact
		}
	}
	return n
}

// rebind binds the claims of the steps to the nodes of the list.
func (b *binder) rebind() {
	moved := make([]format.NodeID, len(b.givens)+len(b.results)+1) // by the ids that Derive gave
	for i := range b.givens {
		moved[i+1] = format.NodeID(i + 1)
	}
	for i := range b.chains {
		if c := &b.chains[i]; c.of >= 0 {
			moved[c.derived.ID] = b.list[c.of].id
		}
	}
	for i := range b.chains {
		c := &b.chains[i]
		s := &b.steps[c.step]
		first := s.Claims[c.first].Args
		for j := c.first; j < c.end; j++ {
			claim := &s.Claims[j]
			claim.Node = moved[claim.Node]
			switch {
			case c.of < 0:
				for k := range claim.Args {
					follow(&claim.Args[k], moved)
				}
			case j == c.first:
				b.operandsOf(&b.list[c.of], first)
			default:
				for k := range claim.Args {
					if claim.Args[k].Binding != format.Constant {
						claim.Args[k] = inHop(claim.Args[k], first)
					}
				}
			}
		}
	}
	for i := range b.steps {
		s := &b.steps[i]
		s.Node = 0
		for j := range s.Claims {
			s.Node = s.Claims[j].Node
		}
	}
	for i := range b.list {
		if q := &b.list[i]; q.Step > 0 && b.steps[q.Step-1].Node == 0 {
			b.steps[q.Step-1].Node = q.id
		}
	}
}

// follow gives an operand the new id of its node.
func follow(a *format.Arg, moved []format.NodeID) {
	if a.Node == 0 {
		return
	}
	if a.Node = moved[a.Node]; a.Node == 0 {
		a.Binding = format.Ambiguous
	}
}

// operandsOf binds the operands of a chain's first claim to what the equation
// refers to, each reference once; what is left are its constants.
func (b *binder) operandsOf(q *quantity, args []format.Arg) {
	var refs []int
	for _, p := range q.parts {
		if p.ref >= 0 {
			refs = append(refs, p.ref)
		}
	}
	for i := range args {
		a := &args[i]
		a.Binding, a.Node = format.Constant, 0
		at := slices.IndexFunc(refs, func(r int) bool { return equalShare(b.list[r].value, a.Value) })
		if at < 0 {
			continue
		}
		p := &b.list[refs[at]]
		a.Node, a.Binding = p.id, format.Given
		if p.Step > 0 {
			a.Binding = format.Result
		}
		refs = slices.Delete(refs, at, at+1)
	}
}
