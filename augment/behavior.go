// Package augment is the compiler: it rewrites traces by behaviors, proves what
// they wrote, and builds corpora. It knows no particular behavior.
package augment

import (
	"fmt"
	"math/rand/v2"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/strict"
)

// A Behavior is one habit of thought that can be woven into a trace. Each
// plug-in package declares one, as a variable named Behavior that is never
// changed. The plug-in says where it may act, what to say there, and whether
// what was said holds; which sites and how many is the engine's business.
type Behavior struct {
	Name    string // key in recipes and provenance: one lower-case word
	Doc     string // a summary line, a blank line, the full explanation
	Version int    // raised when the same seed would write other text
	Params  any    // pointer to a struct holding the defaults; its tags give the JSON Schema
	Phrases string // the phrase bank, in the language of Bank
	File    *File  // what a behavior without Go was read from; nil for one that is compiled in
	// Nests says that edits stand inside edits of other behaviors, told as
	// Pass.Host, and die with them: where the host is not written, neither is what
	// stands in it. Sites is then asked once for every host, and returns the host's
	// own site or nothing.
	Nests bool

	// Sites lists the places where the behavior may act, in the order of the
	// steps. It draws no chance and may look at source steps only.
	Sites func(*Pass) []Site
	// Write says what to insert at a site. Chance comes from Pass.Rand and from
	// nothing else. A *Refusal declines the site and is counted; any other
	// error is a bug in the behavior.
	Write func(*Pass, Site) (Edit, error)
	// Verify returns nil, or what the edit breaks of the behavior's own promise.
	// It must decide from the steps' text, kinds, nodes and refs alone, because
	// graft check calls it on edits that were read back from files.
	Verify func(*Pass, Site, Edit) error
}

// A Pass is one behavior at work on one attempt. It is read-only, and is valid
// during the call only.
type Pass struct {
	Problem  *format.Problem
	Attempt  *format.Attempt  // its Trace is the source, without any edit
	Graph    *format.Graph    // the attempt's value graph, or nil
	Others   []format.Attempt // all attempts at the problem, this one included
	Missteps []Misstep        // wrong versions of source steps from the error sources of the recipe, in the order of steps
	// FoundOnly says that the recipe accepts no error that a behavior makes up, only
	// those of Missteps.
	FoundOnly bool
	Host      *Host      // the edit to stand in; nil but for a behavior that nests
	Params    any        // same type as Behavior.Params, from the recipe
	Rand      *rand.Rand // keyed by seed, behavior, version, trace and step; nil in Sites and Verify
	// HasToken reports whether the recipe's tokenizer has a control token; nil
	// where no tokenizer is at hand.
	HasToken func(string) bool
	Phrases  *Speaker // says phrases of the bank and records the picks; nil in Sites and Verify
	// Introduced reports whether an edit of this behavior that stands already gives
	// the node its letter: a step with a Symbol. Never nil in Write.
	Introduced func(format.NodeID) bool

	// For variants alone; claims stand in the steps of Attempt, not of Others.
	Set      string        // the reader that read the record
	Verdicts []string      // what the checker says of each of Others
	Compiled *format.Trace // Attempt with its edits; nil unless Variant.Compiled asks for it
	// Measure counts the tokens of the document with this as its answer: of each
	// stretch of inserted steps, and last of the rest. nil in Verify.
	Measure func(*format.Trace) ([]int, error)
	Tokens  func(string) int // of a text by itself
}

// Steps are the source steps.
func (p *Pass) Steps() []format.Step { return p.Attempt.Trace.Steps }

// A Site is a place beside a source step. The step's ID, not its index, names
// the random stream.
type Site struct {
	Step  int           // index in Pass.Steps of the step the edit is about
	After bool          // insert after that step, not before it
	Node  format.NodeID // the node the edit would be about; the behavior's own note
	Odds  uint32        // parts per 65,536 that multiply the recipe's rate where it counts per site; 0 means all

	host *placed // of a behavior that nests: the edit to stand in
}

// An Edit is what to insert at a Site, and how we know that it is so. It has no
// position of its own: it goes where its Site said. The engine numbers and
// stamps the steps; the behavior sets Kind, Text, Node and Refs.
type Edit struct {
	Steps    []format.Step
	Replaces []Replacement // source steps after the edit that say otherwise because of it
	Proof    format.Proof
	At       []int // of a behavior that nests: for each step, how many steps of the host stand before it
}

// A Replacement puts a text in the place of a source step. The only one that is
// sound is a recall: where an edit gave a parameter its letter early, the step
// that introduces the letter recalls it. Erasing puts the source text back.
type Replacement struct {
	Step int // index in Pass.Steps, not before the edit
	Text string
}

// A Refusal declines one edit or one record for a reason that is counted.
type Refusal struct {
	Code   string // short and stable: it is a key in stats
	Detail string // what was found, one line
}

func (r *Refusal) Error() string { return r.Code + ": " + r.Detail }

// Refuse returns a *Refusal with a formatted detail.
func Refuse(code, detail string, args ...any) error {
	if len(args) > 0 {
		detail = fmt.Sprintf(detail, args...)
	}
	return &Refusal{Code: code, Detail: detail}
}

// A Suite is the lists of behaviors and variants that a graft is built with. Where edits of
// several behaviors meet in one gap between source steps, they stand in the
// order of the suite, so that the order of a recipe changes no text.
type Suite struct {
	Behaviors []*Behavior
	Variants  []*Variant
	Order     []Constraint
	// Open makes a behavior of a file that a recipe names (use: ./my.yaml), or says
	// what is wrong with the file; nil where this graft reads none.
	Open func(Source) (*Behavior, strict.Diagnostics)
	// Schemas are those of what Open reads and what its programs are told; may be nil.
	Schemas func() (map[string][]byte, error)
	// Manual says how such files are written, for graft help behaviors; may be nil.
	Manual func() string
}

// A Constraint says that in one gap First's edits must stand before Then's.
type Constraint struct{ First, Then, Why string }

// Find returns the behavior with the given name, or nil.
func (s Suite) Find(name string) *Behavior {
	for _, b := range s.Behaviors {
		if b.Name == name {
			return b
		}
	}
	return nil
}
