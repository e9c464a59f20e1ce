package scaffold

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/tries"
	"github.com/seed-cdf14512/graft/format"
)

// Params are the parameters of scaffold.
type Params struct {
	Blocks int `json:"blocks" jsonschema:"blocks that the solution is cut into" range:"2,16"`
	Least  int `json:"least" jsonschema:"fewest blocks to show" range:"0,15"`
	Most   int `json:"most" jsonschema:"most blocks to show; below blocks, since the last block tells the answer" range:"0,15"`
}

// Check holds the parameters to one another.
func (p *Params) Check() error {
	if p.Least > p.Most || p.Most >= p.Blocks {
		return fmt.Errorf("levels %d to %d of %d blocks: least must not be above most, and most must be below blocks", p.Least, p.Most, p.Blocks)
	}
	return nil
}

// Variant is the variant for a suite.
var Variant = &augment.Variant{
	Name:    "scaffold",
	Doc:     doc,
	Version: 1,
	Params:  &Params{Blocks: 4, Least: 0, Most: 3},
	Derive:  derive,
	Verify:  verify,
}

// ends lists how many steps the first 0, 1, 2, … blocks have. Blocks are whole
// paragraphs where there are enough of them, else whole steps, as even as can be.
func ends(steps []format.Step, blocks int) []int {
	var units []int
	for i := range steps {
		if i == len(steps)-1 || strings.Contains(steps[i].Text, "\n\n") {
			units = append(units, i+1)
		}
	}
	if len(units) < blocks {
		units = units[:0]
		for i := range steps {
			units = append(units, i+1)
		}
	}
	list := []int{0}
	for b := 1; b <= blocks; b++ {
		at := len(units) * b / blocks
		if at == 0 {
			return nil // fewer steps than blocks
		}
		list = append(list, units[at-1])
	}
	for b := 1; b < len(list); b++ {
		if list[b] == list[b-1] {
			return nil
		}
	}
	return list
}

func derive(p *augment.Pass) ([]augment.Derived, error) {
	par := p.Params.(*Params)
	cut := ends(p.Steps(), par.Blocks)
	if p.Verdict(p.Attempt.Trace.ID) != "right" || cut == nil {
		return nil, nil
	}
	var list []augment.Derived
	for level := par.Least; level <= par.Most; level++ {
		d := augment.Derived{
			Form: augment.PromptForm, Parents: []string{p.Attempt.Trace.ID}, Truncated: true,
			Notes: []format.Field{{Name: "hint_level", Value: strconv.Itoa(level)}, {Name: "total_levels", Value: strconv.Itoa(par.Blocks)}},
			Proof: format.Proof{Grade: "attempt", Detail: fmt.Sprintf("level %d: %d of %d steps", level, cut[level], len(p.Steps()))},
		}
		if level > 0 {
			d.Answer = []augment.Segment{augment.Steps(p.Attempt, 0, cut[level])}
		}
		list = append(list, d)
	}
	return list, nil
}

func verify(p *augment.Pass, d *augment.Derived) error {
	par := p.Params.(*Params)
	level, err := strconv.Atoi(tries.Note(d, "hint_level"))
	cut := ends(p.Steps(), par.Blocks)
	switch {
	case err != nil || level < par.Least || level > par.Most || tries.Note(d, "total_levels") != strconv.Itoa(par.Blocks) || cut == nil:
		return augment.Refuse("level", "hint level %q of %q", tries.Note(d, "hint_level"), tries.Note(d, "total_levels"))
	case p.Verdict(d.Parents[0]) != "right":
		return augment.Refuse("not-right", "the solution grades %s", p.Verdict(d.Parents[0]))
	case d.Form != augment.PromptForm || d.Question != nil || (level == 0) != (len(d.Answer) == 0):
		return augment.Refuse("shape", "level %d shows %d segments", level, len(d.Answer))
	case level > 0 && (len(d.Answer) != 1 || d.Answer[0] != augment.Steps(p.Attempt, 0, cut[level])):
		return augment.Refuse("shape", "level %d is not the first %d steps", level, cut[level])
	}
	if hint, _ := p.Join(d.Answer); level > 0 && !tries.Hides(p, hint) {
		return augment.Refuse("reveals", "level %d of %d tells the answer", level, par.Blocks)
	}
	return nil
}
