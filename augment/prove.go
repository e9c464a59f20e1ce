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
//   - of a first Wrong step that somebody else made (onpolicy, attempt) the text itself
//     is proved wrong, by answer.JudgeTake;
//   - every wrong value is withdrawn by a Retract before the edit ends, and the
//     next thing that stands is the right value: the source step, or a Fix;
//   - a Probe names a locked node and exactly its unsolved parents, and tells
//     none of their values;
//   - a Check states an equation about its node that the source did not;
//   - a Compute about a node is a hop on the way to it: one operation of its
//     source's, on operands and hops that nothing has used yet, short of the whole;
//   - a Setup with refs is a plan: it names, in an order that the graph allows,
//     unsolved nodes that its own node rests on, and tells no value;
//   - on a problem with parameters the source with the edit alone is replayed
//     from its text, and breaks no rule; an Analysis about a parameter says its
//     premise, a Compute is a hop of its equation or a whole line;
//   - a Branch names a node that nothing so far has stated or used, tells neither
//     its value nor another such node, and is left again before the edit ends.
//
// A prover holds scratch and belongs to one goroutine.
type prover struct {
	claims []format.Claim
	nums   []format.Num

	replayer answer.Replayer
	held     *format.Attempt // whose source the replayer holds
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
	open    bool          // a wrong value has been stated and not withdrawn
	away    bool          // a branch has been opened and not left
	left    []format.Num  // what the hops of the edit have still to use
	toward  format.NodeID // the node that the hops of the edit lead to
	checked bool          // the edit has made a checkable claim
}

func (v *prover) prove(pass *Pass, site Site, edit *Edit) error {
	if len(edit.Steps) == 0 {
		return Refuse("empty", "the edit has no step")
	}
	if edit.Proof.Grade == "" {
		return Refuse("no-proof", "the edit names no grade of proof")
	}
	if !KnownGrade(edit.Proof.Grade) {
		return Refuse("no-proof", "%q is no grade of proof; the grades are computed, onpolicy, attempt and labelled:SET", edit.Proof.Grade)
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
	if err := e.replayed(edit); err != nil {
		return err
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
	format.Analysis: (*editProof).analysis,
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

// analysis is exact, and where it is about a parameter says the parameter's
// premise.
func (e *editProof) analysis(edit *Edit, s *format.Step) error {
	if err := e.exact(edit, s); err != nil || s.Node == 0 {
		return err
	}
	return e.premise(s)
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

func (e *editProof) wrongStep(edit *Edit, s *format.Step) error {
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
	if g := edit.Proof.Grade; len(e.wrong) == 0 && (g == OnPolicy || g == AnAttempt) {
		// Nobody made it wrong on purpose, so that it is wrong must be shown.
		t := answer.JudgeTake(e.pass.Graph, e.pass.Steps(), stepIndex(e.pass.Steps(), node.Step), s.Text)
		if t.Verdict != answer.TakeWrong {
			return Refuse("not-proved", "%s = %s is %s beside the source's step, must be proved wrong", c.Expr, c.Value, t.Verdict)
		}
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
	return substituted && answer.Skeleton(c.Expr) == answer.Skeleton(src.Expr)
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
	sk := answer.Skeleton(a.Expr)
	if len(x) != len(y) || sk != answer.Skeleton(b.Expr) {
		return false
	}
	same, swapped := true, len(x) == 2 && (sk == "+" || sk == "*")
	for i := range x {
		same = same && x[i].Value.Equal(y[i].Value)
		swapped = swapped && x[i].Value.Equal(y[len(y)-1-i].Value)
	}
	return same || swapped
}
