package augment

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// A ResolvedUse is a use of a behavior with everything filled in.
type ResolvedUse struct {
	Behavior   *Behavior
	Rank       int    // position in the suite
	Params     any    // pointer to the behavior's parameter type
	ParamsJSON string // the same as canonical JSON
	Select     Select // with Per and Rate set
	Bank       *Bank
}

// A Rejection is one edit or one record that was refused. It is data: counted
// by code, and written to rejects.jsonl.
type Rejection struct {
	Record   string `json:"record,omitempty"`
	Behavior string `json:"behavior,omitempty"`
	Step     int    `json:"step,omitempty"`
	After    bool   `json:"after,omitempty"`
	Code     string `json:"code"`
	Detail   string `json:"detail,omitempty"`
	File     string `json:"file,omitempty"`
	Line     int64  `json:"line,omitempty"`
}

// UseCounts are what one use did.
type UseCounts struct {
	Traces     int64            `json:"traces"`                  // attempts seen
	WithSites  int64            `json:"with_sites"`              // attempts with at least one site
	Sites      int64            `json:"sites"`                   // sites offered
	Chosen     int64            `json:"chosen"`                  // traces (per trace) or sites (per site) that chance chose
	Edited     int64            `json:"edited"`                  // attempts that got at least one edit
	Edits      int64            `json:"edits"`                   // edits that stand
	Steps      int64            `json:"steps"`                   // steps inserted
	Bytes      int64            `json:"bytes"`                   // bytes inserted
	Rejections map[string]int64 `json:"rejections"`              // refused edits by code
	Grades     map[string]int64 `json:"proof_grades"`            // edits by grade of proof
	Classes    map[string]int64 `json:"proof_classes,omitempty"` // edits by what the proof's detail says first, up to its colon
}

// A Compiler weaves the uses of one plan into attempts. It holds scratch, so it
// belongs to one goroutine; two Compilers of the same plan write the same text.
type Compiler struct {
	seed   uint64
	uses   []ResolvedUse
	rates  []uint64 // thresholds in 1/2^32
	stream *stream
	prover prover
	picked []picked
	judged *judged

	HasToken func(string) bool // what Pass.HasToken asks; nil without a tokenizer
	Errors   *ErrorSources     // where wrong steps come from; nil: behaviors make them

	Counts []UseCounts // one a use, in the order of uses
}

// NewCompiler returns a Compiler for the uses of a plan.
func NewCompiler(seed uint64, uses []ResolvedUse) *Compiler {
	c := &Compiler{seed: seed, uses: uses, stream: newStream(), judged: newJudged(), Counts: newUseCounts(len(uses))}
	for i := range uses {
		c.rates = append(c.rates, threshold(uses[i].Select.Rate))
	}
	return c
}

// Compile weaves the uses into one attempt of a record and returns the stamped
// trace with the edits that were refused. The attempt's trace is its source and
// stays as it is.
func (c *Compiler) Compile(rec *format.Record, attempt *format.Attempt) (format.Trace, []Rejection) {
	var edits []placed
	var refused []Rejection
	pass := Pass{Problem: &rec.Problem, Attempt: attempt, Graph: attempt.Graph, Others: rec.Attempts, HasToken: c.HasToken}
	pass.Missteps, pass.FoundOnly = c.Errors.missteps(rec, attempt, c.judged), !c.Errors.Accepts(Computed)
	for i := range c.uses {
		u, n := &c.uses[i], &c.Counts[i]
		if u.Behavior.Nests {
			continue
		}
		pass.Params, pass.Rand, pass.Phrases = u.Params, nil, nil
		n.Traces++
		sites := u.Behavior.Sites(&pass)
		if len(sites) == 0 {
			continue
		}
		n.WithSites++
		n.Sites += int64(len(sites))
		before := len(edits)
		edits, refused = c.apply(i, &pass, sites, edits, refused)
		if len(edits) > before {
			n.Edited++
		}
	}
	edits, refused = c.nest(&pass, edits, refused)
	return c.settle(&pass, edits, refused)
}

// settle splices the edits and drops those that hold alone and not together: one
// may work out what another still calls missing. The text of a problem with
// parameters is replayed, and the edit at fault is refused.
func (c *Compiler) settle(pass *Pass, edits []placed, refused []Rejection) (format.Trace, []Rejection) {
	for {
		out := splice(pass.Attempt.Trace, edits)
		if len(edits) == 0 || !params(pass.Graph) {
			return out, refused
		}
		v := c.prover.replayer.Replay(pass.Problem, out.Text())
		if v == nil {
			return out, refused
		}
		at := max(0, editAt(&out, v.At)-1)
		e := edits[at]
		var code = "replay-" + string(v.Rule)
		for i := range c.uses {
			if c.uses[i].Rank == e.use.Rank {
				c.Counts[i].drop(&e, code)
			}
		}
		refused = append(refused, Rejection{Record: pass.Attempt.Trace.ID, Behavior: e.use.Behavior.Name,
			Step: pass.Steps()[e.site.Step].ID, After: e.site.After, Code: code, Detail: v.Detail})
		edits = slices.Delete(edits, at, at+1)
		for at < len(edits) && edits[at].in != nil { // what is nested goes with its host
			edits = slices.Delete(edits, at, at+1)
		}
	}
}

// editAt is the number of the edit that wrote the line with the byte at, or of the
// last one before it.
func editAt(t *format.Trace, at int) (edit int) {
	line := false
	for i, from := 0, 0; i < len(t.Steps); i++ {
		s := &t.Steps[i]
		if line = line || from+len(s.Text) > at; line && from > at && strings.HasSuffix(t.Steps[i-1].Text, "\n") {
			break
		}
		if s.Origin.Edit > 0 {
			if edit = s.Origin.Edit; line {
				break
			}
		}
		from += len(s.Text)
	}
	return edit
}

// drop takes back what was counted of an edit.
func (n *UseCounts) drop(e *placed, code string) {
	n.Edits--
	n.Grades[e.edit.Proof.Grade]--
	if class, _, ok := strings.Cut(e.edit.Proof.Detail, ":"); ok {
		n.Classes[class]--
	}
	n.Steps -= int64(len(e.edit.Steps))
	for k := range e.edit.Steps {
		n.Bytes -= int64(len(e.edit.Steps[k].Text))
	}
	n.Rejections[code]++
}

// apply chooses among the sites of one use and writes what it chose. A site
// that is refused gives its turn to the next, so that rates mean what they say
// as far as the trace allows.
func (c *Compiler) apply(i int, pass *Pass, sites []Site, edits []placed, refused []Rejection) ([]placed, []Rejection) {
	u, n := &c.uses[i], &c.Counts[i]
	chosen, most := c.choose(i, pass, sites)
	from := len(edits)
	for _, at := range chosen {
		if most > 0 && len(edits)-from >= most {
			break
		}
		site := sites[at]
		if (site.host == nil || u.Select.Gap > 1) && !apart(edits[from:], site.slot(), u.Select.Gap) {
			continue
		}
		pass.Introduced = func(id format.NodeID) bool { return introduce(edits[from:], id) }
		edit, said, err := c.write(u, pass, site)
		if err == nil && slices.ContainsFunc(edit.Steps, func(s format.Step) bool { return s.Symbol != "" && introduce(edits, s.Node) }) {
			err = &Refusal{Code: "introduced-already", Detail: "another edit gives the same node its letter"}
		}
		if err == nil {
			err = sameError(edits, &edit)
		}
		if err != nil {
			var r *Refusal
			var stop *Stop
			if errors.As(err, &stop) {
				panic(stop)
			}
			if !errors.As(err, &r) {
				panic(fmt.Sprintf("behavior %s at step %d of trace %s: %v", u.Behavior.Name, pass.Steps()[site.Step].ID, pass.Attempt.Trace.ID, err))
			}
			n.Rejections[r.Code]++
			refused = append(refused, Rejection{
				Record: pass.Attempt.Trace.ID, Behavior: u.Behavior.Name, Step: pass.Steps()[site.Step].ID,
				After: site.After, Code: r.Code, Detail: r.Detail,
			})
			continue
		}
		n.Edits++
		n.Grades[edit.Proof.Grade]++
		if class, _, ok := strings.Cut(edit.Proof.Detail, ":"); ok {
			n.Classes[class]++
		}
		n.Steps += int64(len(edit.Steps))
		for k := range edit.Steps {
			n.Bytes += int64(len(edit.Steps[k].Text))
		}
		edits = append(edits, placed{slot: site.slot(), use: u, site: site, edit: edit, said: said, in: site.host})
	}
	return edits, refused
}

// introduce reports whether one of the edits gives a node its letter.
func introduce(edits []placed, id format.NodeID) bool {
	return slices.ContainsFunc(edits, func(e placed) bool {
		return slices.ContainsFunc(e.edit.Steps, func(s format.Step) bool { return s.Symbol != "" && s.Node == id })
	})
}

// sameError refuses an edit that takes a step wrongly in the very words of another
// edit: nobody makes one error at one step twice and notices it twice. Uses are in
// the order of the suite, so it is always the edit that would stand last that goes.
func sameError(edits []placed, e *Edit) error {
	for i := range e.Steps {
		s := &e.Steps[i]
		if s.Kind != format.Wrong {
			continue
		}
		for k := range edits {
			if slices.ContainsFunc(edits[k].edit.Steps, func(o format.Step) bool {
				return o.Kind == format.Wrong && o.Node == s.Node && strings.TrimSpace(o.Text) == strings.TrimSpace(s.Text)
			}) {
				return &Refusal{Code: "same-error", Detail: "an edit of " + edits[k].use.Behavior.Name + " makes the same error at the same step"}
			}
		}
	}
	return nil
}

// apart reports whether a gap is far enough from the edits already placed.
func apart(edits []placed, slot, gap int) bool {
	for i := range edits {
		if d := edits[i].slot - slot; max(d, -d) < max(1, gap) {
			return false
		}
	}
	return true
}

// write asks the behavior for an edit and proves it.
func (c *Compiler) write(u *ResolvedUse, pass *Pass, site Site) (Edit, []string, error) {
	speaker := Speaker{bank: u.Bank}
	pass.Host = site.host.host()
	k := c.key(u, pass, site.purpose("write"))
	k.step, k.after = pass.Steps()[site.Step].ID, site.After
	pass.Rand = c.stream.start(&k)
	speaker.rand = pass.Rand
	pass.Phrases = &speaker
	edit, err := u.Behavior.Write(pass, site)
	pass.Rand, pass.Phrases = nil, nil
	if err != nil {
		return Edit{}, nil, err
	}
	if err := c.prover.prove(pass, site, &edit); err != nil {
		return Edit{}, nil, err
	}
	if err := accepted(c.Errors, &edit); err != nil {
		return Edit{}, nil, err
	}
	if err := u.Behavior.Verify(pass, site, edit); err != nil {
		var r *Refusal
		if !errors.As(err, &r) {
			err = &Refusal{Code: "verify", Detail: err.Error()}
		}
		return Edit{}, nil, err
	}
	return edit, speaker.picks, nil
}

func (c *Compiler) key(u *ResolvedUse, pass *Pass, purpose string) key {
	return key{seed: c.seed, behavior: u.Behavior.Name, version: u.Behavior.Version, trace: pass.Attempt.Trace.ID, purpose: purpose}
}
