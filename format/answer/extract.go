package answer

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// A Quantity is one number of a worked answer, as somebody who read it says: what
// it is called, where it stands, and what it was computed from. Bind believes none
// of it.
type Quantity struct {
	ID       string   `json:"id" jsonschema:"a short name of its own, by which equations refer to it: a letter, then letters, digits and low lines"`
	Name     string   `json:"name" jsonschema:"words of the text that complete: the number of …, or for money: the amount …"`
	Step     int      `json:"step" jsonschema:"number of the step that states the value, from 1; 0 for a number of the question"`
	Value    string   `json:"value" jsonschema:"the value, as a number"`
	Equation string   `json:"equation,omitempty" jsonschema:"how the value is computed, over the ids of other quantities and numbers; empty for a number of the question"`
	From     []string `json:"from,omitempty" jsonschema:"ids of the quantities that the equation uses"`
}

// The reasons for which Bind refuses a list of quantities.
const (
	MisfitEmpty    = "empty"            // nothing is computed
	MisfitMany     = "too-many"         // more quantities than an answer has
	MisfitID       = "id"               // an id is malformed, or given twice
	MisfitName     = "name"             // a name is missing, malformed, or given twice
	MisfitUnseen   = "name-unseen"      // a word of the name stands nowhere in the text
	MisfitStep     = "no-step"          // there is no such step
	MisfitValue    = "value"            // the value is no number
	MisfitEquation = "equation"         // the equation is no plain arithmetic, or missing
	MisfitParent   = "unknown-parent"   // an equation refers to what is not in the list
	MisfitParents  = "parents"          // the equation and the list of parents differ
	MisfitLater    = "later-parent"     // a parent is stated after what rests on it
	MisfitCycle    = "cycle"            // quantities rest on each other in a circle
	MisfitReplay   = "replay"           // the equation gives another value
	MisfitIdle     = "no-effect"        // the value is the same whatever the parent is
	MisfitConstant = "constant"         // a number of the equation stands nowhere
	MisfitNowhere  = "not-stated"       // the value does not stand in the step
	MisfitEarlier  = "stated-earlier"   // the value stands in an earlier step, as nothing else
	MisfitLeft     = "left-out"         // a result that the text computes is not in the list
	MisfitOther    = "text-differs"     // the text computes the value from other numbers
	MisfitParams   = "known-parameters" // the question defines its quantities itself
)

// A Misfit says why quantities are no graph of a text.
type Misfit struct {
	Reason string // one of the Misfit… constants
	Detail string
}

func (m *Misfit) Error() string { return m.Reason + ": " + m.Detail }

func misfit(reason, format string, args ...any) *Misfit {
	return &Misfit{reason, fmt.Sprintf(format, args...)}
}

// maxQuantities bounds a list: no chain of reasoning has as many.
const maxQuantities = 256

// Bind makes the value graph of a text from what somebody read in it. The graph
// is returned only if all of this holds; otherwise the Misfit says what does not,
// and the graph is the one that Derive finds:
//
//   - every value stands in the step that it is said to stand in, and in no
//     earlier one unless something else there has that value;
//   - every equation is plain arithmetic over other quantities and over numbers of
//     its step, of the question, or of everyday conversions; it gives the value
//     exactly, and another value if any one parent were another;
//   - parents stand no later than what rests on them, and never in a circle;
//   - what the text itself computes is in the list, from the same numbers: the
//     text is right, and not its reader;
//   - names are unique, have no digits, and are made of words of the text.
//
// The claims of the steps are filled in as by Derive, and their operands bound to
// the quantities of the list, which tells equal numbers apart.
func (d *Deriver) Bind(question string, steps []format.Step, list []Quantity) (*format.Graph, *Misfit) {
	derived := d.Derive(question, steps)
	b := binder{d: d, question: question, steps: steps, list: make([]quantity, len(list)), byID: map[string]int{}}
	if derived == nil {
		b.givens = givens(nil, question)
		for i := range b.givens {
			b.givens[i].ID = format.NodeID(i + 1)
		}
	} else {
		b.givens = slices.Clone(derived.Nodes[:d.given])
		b.results = derived.Nodes[d.given:]
	}
	for i := range list {
		b.list[i] = quantity{Quantity: list[i], given: -1}
	}
	for _, rule := range [...]func() *Misfit{b.shapes, b.names, b.equations, b.circles, b.replay, b.places, b.text} {
		if m := rule(); m != nil {
			return derived, m
		}
	}
	return b.graph(), nil
}

// A quantity is one of the list, as far as it has been looked at.
type quantity struct {
	Quantity
	value    format.Num
	parts    []part
	parents  []int         // indices in the list, each once, in order of appearance
	operands []format.Num  // of the equation, in order
	given    int           // index of the number of the question that it is, or -1
	at       figure        // where its value stands
	chain    *chain        // the claims of the text that compute it, or nil
	id       format.NodeID // in the graph
}

// A part of an equation is a reference, or text between two.
type part struct {
	ref  int // index in the list, or -1
	text string
}

// A binder holds one list under examination.
type binder struct {
	d        *Deriver
	question string
	steps    []format.Step
	givens   []format.Node // of the question
	results  []format.Node // that Derive found
	list     []quantity
	byID     map[string]int
	chains   []chain
}

var (
	goodID   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,31}$`)
	goodName = regexp.MustCompile(`^[A-Za-z]+(?:['’-][A-Za-z]+)*'?(?: [A-Za-z]+(?:['’-][A-Za-z]+)*'?)*$`)
)

// shapes reads ids, steps and values.
func (b *binder) shapes() *Misfit {
	if len(b.list) > maxQuantities {
		return misfit(MisfitMany, "%d quantities, %d are the most", len(b.list), maxQuantities)
	}
	computed := false
	for i := range b.list {
		q := &b.list[i]
		if _, twice := b.byID[q.ID]; twice || !goodID.MatchString(q.ID) {
			return misfit(MisfitID, "%q is malformed or given twice", clip(q.ID))
		}
		b.byID[q.ID] = i
		if q.Step < 0 || q.Step > len(b.steps) {
			return misfit(MisfitStep, "%s is said to stand in step %d of %d", q.ID, q.Step, len(b.steps))
		}
		var ok bool
		if q.value, ok = Eval(strings.TrimSpace(q.Value)); !ok || len(Operands(q.Value)) != 1 {
			return misfit(MisfitValue, "%s has the value %q, which is no number", q.ID, clip(q.Value))
		}
		computed = computed || q.Step > 0
	}
	if !computed {
		return misfit(MisfitEmpty, "nothing in the list is computed")
	}
	return nil
}

// names holds every name to words of the text.
func (b *binder) names() *Misfit {
	seen := map[string]bool{}
	for _, w := range words(b.question) {
		seen[stem(w)] = true
	}
	for i := range b.steps {
		for _, w := range words(b.steps[i].Text) {
			seen[stem(w)] = true
		}
	}
	taken := map[string]bool{}
	for i := range b.list {
		q := &b.list[i]
		name := strings.ToLower(q.Name)
		list := words(name)
		if len(list) > maxName || taken[name] || !goodName.MatchString(q.Name) {
			return misfit(MisfitName, "%s is called %q; a name has 1 to %d words, no digits, and is no other's", q.ID, clip(q.Name), maxName)
		}
		taken[name] = true
		for _, w := range list {
			if !seen[stem(w)] && !plainWords[w] {
				return misfit(MisfitUnseen, "%s is called %q, and %q stands nowhere in the text", q.ID, q.Name, w)
			}
		}
	}
	return nil
}

// stem lets a plural stand for its singular and the other way round.
func stem(w string) string {
	for _, end := range [...]string{"ies", "es", "s", "y", "e"} {
		if n := len(w) - len(end); n >= 3 && strings.HasSuffix(w, end) {
			return w[:n]
		}
	}
	return w
}

// plainWords say nothing about what there is, so that a name may add them.
var plainWords = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`a an the of in on at to for from by with without and or per each every all both total
		altogether together left over than more fewer less that which who after before during this these those his her hers their
		theirs its is are was were be been has have had did do does he she they it s not after later first second last remaining combined`) {
		m[w] = true
	}
	return m
}()
