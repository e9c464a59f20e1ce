package augment

import (
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// A prover is the engine's half of law 2: it reads what an edit says from the
// edit's text, computes it again on the value graph, and refuses what does not
// hold. It knows kinds of step, not behaviors. The rules:
//
//   - an edit makes at least one checkable claim (a wrong value, a named
//     missing set, an equation);
//   - every equation outside a Wrong step is exact;
//   - the first Wrong step states a value that its node does not have; each
//     further one is computed, exactly, from an earlier wrong value of the edit;
//   - every wrong value is withdrawn by a Retract before the edit ends, and the
//     next thing that stands is the right value: the source step, or a Fix;
//   - a Probe names a locked node and exactly its unsolved parents, and tells
//     none of their values;
//   - a Check states an equation about its node that the source did not;
//   - a Compute about a node is a hop on the way to it: one operation of its
//     source's, on operands and hops that nothing has used yet, short of the whole;
//   - a Setup with refs is a plan: it names, in an order that the graph allows,
//     unsolved nodes that its own node rests on, and tells no value;
//   - a Branch names a node that nothing so far has stated or used, tells neither
//     its value nor another such node, and is left again before the edit ends.
//
// A prover holds scratch and belongs to one goroutine.
type prover struct {
	claims []format.Claim
	nums   []format.Num
}

// wrongValue is one value that an edit states although its node has another.
type wrongValue struct {
	node  format.NodeID
	value format.Num
}

// An editProof is one edit under examination.
type editProof struct {
	*prover
	pass    *Pass
	site    Site
	slot    int
	wrong   []wrongValue
	open    bool         // a wrong value has been stated and not withdrawn
	away    bool         // a branch has been opened and not left
	left    []format.Num // what the hops of the edit have still to use
	hops    int
	checked bool // the edit has made a checkable claim
}

func (v *prover) prove(pass *Pass, site Site, edit *Edit) error {
	if len(edit.Steps) == 0 {
		return Refuse("empty", "the edit has no step")
	}
	if edit.Proof.Grade == "" {
		return Refuse("no-proof", "the edit names no grade of proof")
	}
	if pass.Host != nil {
		return v.nested(pass.Host, edit)
	}
	e := editProof{prover: v, pass: pass, site: site, slot: site.slot()}
	for i := range edit.Steps {
		s := &edit.Steps[i]
		if strings.TrimSpace(s.Text) == "" && s.Kind != format.Control {
			return Refuse("empty", "step %d of the edit has no text", i)
		}
		v.claims = answer.AppendClaims(v.claims[:0], s.Text)
		rule := kindRules[s.Kind]
		if rule == nil {
			return Refuse("kind", "an edit may not insert a step of kind %s", s.Kind)
		}
		if err := rule(&e, edit, s); err != nil {
			return err
		}
	}
	if e.open {
		return Refuse("not-withdrawn", "the wrong value %s is never withdrawn", e.wrong[0].value)
	}
	if len(e.wrong) > 0 && !e.fixed(edit) {
		return Refuse("fix-missing", "after the retraction neither the source nor a fix states the value of the first wrong node")
	}
	if e.away {
		return Refuse("not-returned", "the edit does not come back from its branch")
	}
	if !e.checked {
		return Refuse("no-claim", "nothing that the edit says can be checked")
	}
	return nil
}

// kindRules say what a step of each kind must satisfy; a kind without a rule
// may not be inserted.
var kindRules = map[format.Kind]func(*editProof, *Edit, *format.Step) error{
	format.Setup:    (*editProof).plan,
	format.Derive:   (*editProof).exact,
	format.Compute:  (*editProof).hop,
	format.Analysis: (*editProof).exact,
	format.Doubt:    (*editProof).exact,
	format.Branch:   (*editProof).branch,
	format.Return:   (*editProof).comeBack,
	format.Control:  (*editProof).comeBack,
	format.Fix:      (*editProof).fix,
	format.Wrong:    (*editProof).wrongStep,
	format.Retract:  (*editProof).retract,
	format.Probe:    (*editProof).probe,
	format.Check:    (*editProof).check,
}

// exact holds for every step that is not wrong on purpose.
func (e *editProof) exact(_ *Edit, s *format.Step) error {
	for i := range e.claims {
		c := &e.claims[i]
		if got := answer.CheckClaim(*c); got != format.Exact {
			return Refuse("false-claim", "%s step says %s = %s, which is %s", s.Kind, c.Expr, c.Value, got)
		}
	}
	return nil
}

func (e *editProof) fix(edit *Edit, s *format.Step) error {
	if err := e.exact(edit, s); err != nil {
		return err
	}
	node := e.pass.Graph.Node(s.Node)
	if node == nil || len(e.claims) == 0 {
		return Refuse("no-claim", "the fix states no value of a node")
	}
	last := e.claims[len(e.claims)-1]
	if v, ok := statedValue(last.Value); !ok || !v.Equal(node.Value) {
		return Refuse("fix-is-wrong", "the fix says %s where the source has %s", last.Value, node.Value)
	}
	e.checked = true
	return nil
}

func (e *editProof) wrongStep(_ *Edit, s *format.Step) error {
	node := e.pass.Graph.Node(s.Node)
	if node == nil || node.Kind != format.ResultNode || !node.Bound {
		return Refuse("wrong-shape", "the wrong step is about no bound result")
	}
	if len(e.claims) != 1 {
		return Refuse("wrong-shape", "the wrong step makes %d claims, must make one", len(e.claims))
	}
	c := &e.claims[0]
	value, ok := statedValue(c.Value)
	if !ok {
		return Refuse("wrong-shape", "the wrong value %q is no number", c.Value)
	}
	if value.Equal(node.Value) {
		return Refuse("wrong-is-right", "%s = %s is what the source says", c.Expr, c.Value)
	}
	for _, w := range e.wrong {
		if w.node == node.ID {
			return Refuse("wrong-shape", "node %d goes wrong twice in one edit", node.ID)
		}
	}
	if len(e.wrong) > 0 && !e.carried(node, c) {
		return Refuse("carried-not-computed", "%s = %s does not follow from the earlier wrong value %s", c.Expr, c.Value, e.wrong[0].value)
	}
	e.wrong = append(e.wrong, wrongValue{node.ID, value})
	e.open, e.checked = true, true
	return nil
}

// carried reports whether a claim is the node's own computation with the wrong
// values of the edit in place of the right ones, done exactly.
func (e *editProof) carried(node *format.Node, c *format.Claim) bool {
	src := e.sourceClaim(node)
	if src == nil || answer.CheckClaim(*c) != format.Exact {
		return false
	}
	args := answer.Operands(c.Expr)
	if len(args) != len(src.Args) {
		return false
	}
	substituted := false
	for i := range args {
		want := src.Args[i].Value
		if src.Args[i].Binding == format.Result {
			for _, w := range e.wrong {
				if w.node == src.Args[i].Node {
					want, substituted = w.value, true
				}
			}
		}
		if !args[i].Value.Equal(want) {
			return false
		}
	}
	return substituted && skeleton(c.Expr) == skeleton(src.Expr)
}

func (e *editProof) retract(edit *Edit, s *format.Step) error {
	if err := e.exact(edit, s); err != nil {
		return err
	}
	if len(e.wrong) == 0 {
		return Refuse("not-withdrawn", "the retraction withdraws nothing")
	}
	if len(s.Refs) != len(e.wrong) {
		return Refuse("not-withdrawn", "%d wrong values, %d withdrawn", len(e.wrong), len(s.Refs))
	}
	for _, w := range e.wrong {
		if !slices.Contains(s.Refs, w.node) {
			return Refuse("not-withdrawn", "the wrong value %s is not among those withdrawn", w.value)
		}
	}
	if !e.says(s.Text, e.wrong[0].value) {
		return Refuse("not-withdrawn", "the retraction does not name the wrong value %s", e.wrong[0].value)
	}
	e.open = false
	return nil
}

// fixed reports whether the right value of the first wrong node stands next.
func (e *editProof) fixed(edit *Edit) bool {
	root := e.wrong[0].node
	if last := edit.Steps[len(edit.Steps)-1]; last.Kind == format.Fix && last.Node == root {
		return true
	}
	steps := e.pass.Steps()
	return e.slot < len(steps) && steps[e.slot].ID == e.pass.Graph.Node(root).Step
}

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
	return e.names(edit, append([]format.NodeID{target.ID}, missing...))
}

// names holds the text of an edit that looks ahead to what it may say: each of
// the given nodes by name, no other unsolved node, and none of their values.
func (e *editProof) names(edit *Edit, named []format.NodeID) error {
	g := e.pass.Graph
	var b strings.Builder
	for i := range edit.Steps {
		b.WriteString(edit.Steps[i].Text)
	}
	text := b.String()
	ids := slices.Clone(named)
	slices.SortFunc(ids, func(a, b format.NodeID) int { return len(g.Node(b).Name) - len(g.Node(a).Name) })
	rest := text
	for _, id := range ids {
		n := g.Node(id)
		if n.Name == "" || !hasPhrase(rest, n.Name) {
			return Refuse("missing-unnamed", "the text does not name node %d, %q", id, n.Name)
		}
		rest = maskPhrase(rest, n.Name)
		if e.says(text, n.Value) {
			return Refuse("value-leaked", "the text says %s, the value of the unsolved node %d", n.Value, id)
		}
	}
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

func (e *editProof) check(edit *Edit, s *format.Step) error {
	if err := e.exact(edit, s); err != nil {
		return err
	}
	node := e.pass.Graph.Node(s.Node)
	if node == nil || node.Kind != format.ResultNode || !e.solved(node) {
		return Refuse("no-claim", "the check is about no value stated so far")
	}
	if len(e.claims) == 0 {
		return Refuse("no-claim", "the check states no equation")
	}
	src := e.sourceClaim(node)
	mentions, fresh := false, false
	for i := range e.claims {
		c := &e.claims[i]
		if v, ok := statedValue(c.Value); ok && v.Equal(node.Value) {
			mentions = true
		}
		for _, o := range answer.Operands(c.Expr) {
			if o.Value.Equal(node.Value) {
				mentions = true
			}
		}
		if src == nil || !restates(c, src) {
			fresh = true
		}
	}
	if !mentions {
		return Refuse("no-claim", "no equation of the check has the value %s", node.Value)
	}
	if !fresh {
		return Refuse("restatement", "the check says %s again", src.Expr)
	}
	e.checked = true
	return nil
}

// hop proves one operation on the way to a node. A Compute about no node claims
// nothing beyond its equations.
func (e *editProof) hop(edit *Edit, s *format.Step) error {
	if err := e.exact(edit, s); err != nil || s.Node == 0 {
		return err
	}
	node := e.pass.Graph.Node(s.Node)
	if node == nil || !node.Bound || e.solved(node) {
		return Refuse("not-ahead", "the hop leads to no bound node that is unsolved")
	}
	src := e.sourceClaim(node)
	if src == nil || len(src.Args) < 3 {
		return Refuse("restatement", "the source takes one operation to node %d", node.ID)
	}
	if e.hops == 0 {
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
	if !strings.Contains(skeleton(src.Expr), skeleton(c.Expr)) {
		return Refuse("hop-shape", "%s does what %s does not", c.Expr, src.Expr)
	}
	e.left = append(e.left, value)
	if len(e.left) == 1 && !value.Equal(node.Value) {
		return Refuse("hop-shape", "the hops arrive at %s, the source at %s", value, node.Value)
	}
	e.hops++
	e.checked = true
	return nil
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
	if err := e.names(edit, named); err != nil {
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
	return e.names(edit, []format.NodeID{node.ID})
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
	for _, s := range e.pass.Steps()[:e.slot] {
		for i := range s.Claims {
			if slices.ContainsFunc(s.Claims[i].Args, func(a format.Arg) bool { return a.Node == n.ID }) {
				return true
			}
		}
	}
	return false
}

// solved reports whether a node's value stands before the edit's gap.
func (e *editProof) solved(n *format.Node) bool {
	if n.Kind == format.GivenNode {
		return true
	}
	at := stepIndex(e.pass.Steps(), n.Step)
	return at >= 0 && at < e.slot
}

func (e *editProof) sourceClaim(n *format.Node) *format.Claim {
	steps := e.pass.Steps()
	at := stepIndex(steps, n.Step)
	if at < 0 || n.Claim >= len(steps[at].Claims) {
		return nil
	}
	return &steps[at].Claims[n.Claim]
}

// stepIndex finds a source step by ID. Parsers number steps 1, 2, 3, …, so the
// first guess nearly always holds.
func stepIndex(steps []format.Step, id int) int {
	if id >= 1 && id <= len(steps) && steps[id-1].ID == id {
		return id - 1
	}
	return slices.IndexFunc(steps, func(s format.Step) bool { return s.ID == id })
}

// says reports whether a number stands in the text.
func (e *editProof) says(text string, n format.Num) bool {
	e.nums = appendNumbers(e.nums[:0], text)
	return slices.ContainsFunc(e.nums, n.Abs().Equal)
}

func sameSet(a, b []format.NodeID) bool {
	if len(a) != len(b) {
		return false
	}
	for i, x := range a {
		if !slices.Contains(b, x) || slices.Contains(a[:i], x) {
			return false
		}
	}
	return true
}

// restates reports whether two claims are the same computation: the same
// operators on the same operands, two operands of a sum or product in either
// order.
func restates(a, b *format.Claim) bool {
	x, y := answer.Operands(a.Expr), answer.Operands(b.Expr)
	sk := skeleton(a.Expr)
	if len(x) != len(y) || sk != skeleton(b.Expr) {
		return false
	}
	same, swapped := true, len(x) == 2 && (sk == "+" || sk == "*")
	for i := range x {
		same = same && x[i].Value.Equal(y[i].Value)
		swapped = swapped && x[i].Value.Equal(y[len(y)-1-i].Value)
	}
	return same || swapped
}

// skeleton is an expression's operators and brackets, in one spelling.
func skeleton(expr string) string {
	var b strings.Builder
	at := 0
	put := func(s string) {
		for _, r := range s {
			switch r {
			case '×', 'x', '·', '*':
				b.WriteByte('*')
			case '÷', '/':
				b.WriteByte('/')
			case '−', '–', '-':
				b.WriteByte('-')
			case '+', '(', ')', '^', '%':
				b.WriteRune(r)
			}
		}
	}
	for _, o := range answer.Operands(expr) {
		put(expr[at:o.Start])
		at = o.End
	}
	put(expr[at:])
	return b.String()
}
