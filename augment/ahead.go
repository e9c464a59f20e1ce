package augment

import (
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// The rules for steps that are about a node which is not solved yet: a probe, a
// plan, a branch and a hop.

// probe proves that a node is locked, and what it lacks.
func (e *editProof) probe(edit *Edit, s *format.Step) error {
	if err := e.exact(edit, s); err != nil {
		return err
	}
	g := e.pass.Graph
	target := g.Node(s.Node)
	if target == nil || !target.Bound {
		return Refuse("not-locked", "the probe reaches for no bound node")
	}
	if e.solved(target) {
		return Refuse("not-locked", "node %d is solved already", target.ID)
	}
	var missing []format.NodeID
	for _, p := range target.Parents {
		if !e.solved(g.Node(p)) {
			missing = append(missing, p)
		}
	}
	if len(missing) == 0 {
		return Refuse("not-locked", "every operand of node %d is known", target.ID)
	}
	if !sameSet(missing, s.Refs) {
		return Refuse("missing-set", "the probe names nodes %v as missing, but %v are", s.Refs, missing)
	}
	return e.names(edit, s, append([]format.NodeID{target.ID}, missing...))
}

// plan proves what is planned. A Setup without refs claims nothing.
func (e *editProof) plan(edit *Edit, s *format.Step) error {
	if err := e.exact(edit, s); err != nil || len(s.Refs) == 0 {
		return err
	}
	g := e.pass.Graph
	target := g.Node(s.Node)
	if target == nil || e.solved(target) {
		return Refuse("not-ahead", "the plan leads to no unsolved node")
	}
	for i, id := range s.Refs {
		n := g.Node(id)
		switch {
		case n == nil || n.Kind == format.GivenNode || e.solved(n):
			return Refuse("not-ahead", "node %d of the plan is not ahead", id)
		case slices.Contains(s.Refs[:i], id):
			return Refuse("plan-order", "node %d stands twice in the plan", id)
		case !restsOn(g, target, id):
			return Refuse("not-ancestor", "node %d does not rest on node %d", target.ID, id)
		}
		for _, later := range s.Refs[i+1:] {
			if restsOn(g, n, later) {
				return Refuse("plan-order", "node %d is planned before node %d, which it rests on", id, later)
			}
		}
	}
	at := e.places(s.Text, append(slices.Clone(s.Refs), target.ID))
	named := slices.Clone(s.Refs)
	if at[target.ID] >= 0 {
		named = append(named, target.ID)
	}
	if err := e.names(edit, s, named); err != nil {
		return err
	}
	for i, id := range s.Refs[1:] {
		if at[id] < at[s.Refs[i]] {
			return Refuse("plan-order", "the text names %q before %q", g.Node(id).Name, g.Node(s.Refs[i]).Name)
		}
	}
	return nil
}

// places finds where a text names nodes, -1 where it does not. A name inside a
// longer one is not named by it.
func (e *editProof) places(text string, ids []format.NodeID) map[format.NodeID]int {
	g := e.pass.Graph
	slices.SortStableFunc(ids, func(a, b format.NodeID) int { return len(g.Node(b).Name) - len(g.Node(a).Name) })
	at := make(map[format.NodeID]int, len(ids))
	for _, id := range ids {
		at[id] = phraseAt(text, g.Node(id).Name)
		text = maskPhrase(text, g.Node(id).Name)
	}
	return at
}

// restsOn reports whether n is computed from the node id, directly or not.
// Parents come before children, so the search ends.
func restsOn(g *format.Graph, n *format.Node, id format.NodeID) bool {
	for _, p := range n.Parents {
		if p == id || p > id && p < n.ID && restsOn(g, g.Node(p), id) {
			return true
		}
	}
	return false
}

// branch proves a start on a node out of turn. A Branch about no node claims
// nothing.
func (e *editProof) branch(edit *Edit, s *format.Step) error {
	if err := e.exact(edit, s); err != nil || s.Node == 0 {
		return err
	}
	node := e.pass.Graph.Node(s.Node)
	if node == nil {
		return Refuse("no-node", "the graph has no node %d", s.Node)
	}
	if e.used(node) {
		return Refuse("used-already", "node %d stands or is used before the branch", node.ID)
	}
	e.away = true
	return e.names(edit, s, []format.NodeID{node.ID})
}

func (e *editProof) comeBack(edit *Edit, s *format.Step) error {
	e.away = false
	return e.exact(edit, s)
}

// used reports whether a step before the edit's gap states the node or computes
// with it.
func (e *editProof) used(n *format.Node) bool {
	if n.Kind != format.GivenNode {
		return e.solved(n)
	}
	for i := range e.pass.Graph.Nodes { // a result that the text states without computing uses it, too
		if m := &e.pass.Graph.Nodes[i]; m.Kind == format.ResultNode && e.solved(m) && slices.Contains(m.Parents, n.ID) {
			return true
		}
	}
	for _, s := range e.pass.Steps()[:e.slot] {
		for i := range s.Claims {
			if slices.ContainsFunc(s.Claims[i].Args, func(a format.Arg) bool { return a.Node == n.ID }) {
				return true
			}
		}
	}
	return false
}

// hop proves one operation on the way to a node. A Compute about no node claims
// nothing beyond its equations.
func (e *editProof) hop(edit *Edit, s *format.Step) error {
	if err := e.exact(edit, s); err != nil || s.Node == 0 {
		return err
	}
	node := e.pass.Graph.Node(s.Node)
	if node != nil && node.Kind == format.ParamNode {
		return e.paramHop(edit, s, node)
	}
	if node == nil || !node.Bound || e.solved(node) {
		return Refuse("not-ahead", "the hop leads to no bound node that is unsolved")
	}
	src := e.sourceClaim(node)
	if src == nil || len(src.Args) < 3 {
		return Refuse("restatement", "the source takes one operation to node %d", node.ID)
	}
	if e.toward != 0 && e.toward != node.ID {
		return Refuse("hop-shape", "the hops lead to node %d and to node %d", e.toward, node.ID)
	}
	if e.toward == 0 {
		e.toward = node.ID
		for i := range src.Args {
			e.left = append(e.left, src.Args[i].Value)
		}
	}
	if len(e.claims) != 1 {
		return Refuse("hop-shape", "the hop makes %d claims, must make one", len(e.claims))
	}
	c := &e.claims[0]
	args := answer.Operands(c.Expr)
	if len(args) != 2 {
		return Refuse("hop-shape", "%s is not one operation", c.Expr)
	}
	for _, a := range args {
		at := slices.IndexFunc(e.left, a.Value.Equal)
		if at < 0 {
			return Refuse("foreign-operand", "%s uses %s, which the way to node %d has not or no longer", c.Expr, a.Value, node.ID)
		}
		e.left = slices.Delete(e.left, at, at+1)
	}
	value, ok := statedValue(c.Value)
	if !ok {
		return Refuse("hop-shape", "the value %q of the hop is no number", c.Value)
	}
	if !strings.Contains(answer.Skeleton(src.Expr), answer.Skeleton(c.Expr)) {
		return Refuse("hop-shape", "%s does what %s does not", c.Expr, src.Expr)
	}
	e.left = append(e.left, value)
	if len(e.left) == 1 && !value.Equal(node.Value) {
		return Refuse("hop-shape", "the hops arrive at %s, the source at %s", value, node.Value)
	}
	e.checked = true
	return nil
}

// names holds the text of an edit that looks ahead to what it may say: each of
// the given nodes by name in the step, or, where no other step looks ahead, in the
// edit; no unsolved node that no step is about; and no value of what is named.
func (e *editProof) names(edit *Edit, s *format.Step, named []format.NodeID) error {
	g := e.pass.Graph
	var b strings.Builder
	looking := 0
	for i := range edit.Steps {
		b.WriteString(edit.Steps[i].Text)
		if edit.Steps[i].Node != 0 {
			looking++
		}
	}
	text := b.String()
	said := text
	if looking > 1 {
		said = s.Text
	}
	ids := slices.Clone(named)
	slices.SortFunc(ids, func(a, b format.NodeID) int { return len(g.Node(b).Name) - len(g.Node(a).Name) })
	rest := said
	for _, id := range ids {
		n := g.Node(id)
		if n.Name == "" || !hasPhrase(rest, n.Name) {
			return Refuse("missing-unnamed", "the text does not name node %d, %q", id, n.Name)
		}
		rest = maskPhrase(rest, n.Name)
		if e.says(withoutPremise(text, n), n.Value) {
			return Refuse("value-leaked", "the text says %s, the value of the unsolved node %d", n.Value, id)
		}
	}
	for i := range edit.Steps {
		ids = append(append(ids, edit.Steps[i].Refs...), edit.Steps[i].Node)
	}
	ids = slices.DeleteFunc(ids, func(id format.NodeID) bool { return g.Node(id) == nil })
	for i := range g.Nodes {
		n := &g.Nodes[i]
		if n.Name == "" || slices.Contains(ids, n.ID) || e.solved(n) {
			continue
		}
		// A longer name that may stand there hides a shorter one inside it, and
		// never the other way round: "flowers" is no leave to say "red flowers".
		rest := text
		for _, id := range ids {
			if longer := g.Node(id).Name; hasPhrase(longer, n.Name) {
				rest = maskPhrase(rest, longer)
			}
		}
		if hasPhrase(rest, n.Name) {
			return Refuse("extra-named", "the text names %q, which is unsolved and not missing", n.Name)
		}
	}
	e.checked = true
	return nil
}

// withoutPremise is a text without what the premise of a parameter says: a
// constant in it gives no value away.
func withoutPremise(text string, n *format.Node) string {
	if _, body, ok := strings.Cut(n.Premise, " equals "); ok {
		return strings.ReplaceAll(text, body, "")
	}
	return text
}
