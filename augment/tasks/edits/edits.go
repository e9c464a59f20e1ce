// Package edits draws drafts of solutions with known errors, and repairs them edit
// by edit. The idea is the edit-based refinement of the Levenshtein transformer
// (Gu et al. 2019; rewards an edit: arXiv 2405.01280): a draft is corrupted by
// deleting, inserting and replacing, and an oracle, Levenshtein's distance, knows
// the shortest way back.
package edits

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// Params are the settings of a set.
type Params struct {
	Lines       int    `json:"lines" jsonschema:"most operations of a solution" range:"1,40"`
	Least       int    `json:"least" jsonschema:"fewest operations of a solution" range:"1,40"`
	Limit       int    `json:"limit" jsonschema:"bound of the values" range:"20,1000000"`
	Granularity string `json:"granularity" jsonschema:"what an edit takes: step (a line) or token"`
	Ops         string `json:"ops" jsonschema:"how drafts are corrupted: del (a unit is missing), ins (one too many), sub (another one in its place), with commas"`
	Rate        int    `json:"rate" jsonschema:"of 100 units, how many are corrupted" range:"0,100"`
	Left        bool   `json:"left" jsonschema:"every edit says how many are left"`
	Trace       string `json:"trace" jsonschema:"what the attempt holds: script (every edit), answer or none"`
}

// Defaults are the settings of a plain set.
var Defaults = Params{Lines: 8, Least: 3, Limit: 1000, Granularity: "step", Ops: "del,ins,sub", Rate: 20, Left: true, Trace: "script"}

// Check reports what is wrong between fields.
func (p *Params) Check() error {
	for op := range strings.SplitSeq(p.Ops, ",") {
		if op != "del" && op != "ins" && op != "sub" {
			return fmt.Errorf("ops has %q; it is a list of del, ins and sub, with commas", op)
		}
	}
	switch {
	case p.Least > p.Lines:
		return fmt.Errorf("least is %d, above lines, %d", p.Least, p.Lines)
	case p.Granularity != "step" && p.Granularity != "token":
		return fmt.Errorf("granularity is %q; it must be step or token", p.Granularity)
	case p.Trace != "script" && p.Trace != "answer" && p.Trace != "none":
		return fmt.Errorf("trace is %q; it must be script, answer or none", p.Trace)
	}
	return nil
}

// New returns a function that draws one draft from a source of chance.
func New(p Params) (func(*rand.Rand) (format.Record, error), error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	s := set{Params: p, ops: strings.Split(p.Ops, ",")}
	return s.record, nil
}

// A set is the settings with the list of corruptions read.
type set struct {
	Params
	ops []string
}

func (s *set) record(r *rand.Rand) (format.Record, error) {
	task := s.task(r)
	lines, err := answer.WorkOut(task)
	if err != nil {
		return format.Record{}, err
	}
	repair := answer.Repair{Unit: "token"}
	if s.Granularity == "step" {
		repair.Unit = "line"
	}
	repair.Target = repair.Units(lines)
	var done map[string]int
	repair.Draft, done = s.corrupt(r, repair.Target)
	script := answer.EditScript(repair.Draft, repair.Target)
	final := repair.Join(repair.Target)
	rec := format.Record{Set: "edits", Problem: format.Problem{Question: question(task, &repair), Answer: final, Checker: "edits"},
		Meta: []format.Field{{Name: "edits", Value: strconv.Itoa(len(script))}, {Name: "copy", Value: repair.Join(repair.Draft)}}}
	for _, op := range [...]string{"del", "ins", "sub"} {
		rec.Meta = append(rec.Meta, format.Field{Name: op, Value: strconv.Itoa(done[op])})
	}
	if s.Trace == "none" {
		return rec, nil
	}
	var steps []format.Step
	if s.Trace == "script" {
		steps = s.steps(script)
	}
	steps = append(steps, format.Step{ID: len(steps) + 1, Kind: format.Answer, Text: "#### " + final})
	rec.Attempts = []format.Attempt{{Author: "edits", Label: format.Right, Answer: final, Trace: format.Trace{Steps: steps}}}
	return rec, nil
}

// steps writes a script, an edit a line.
func (s *set) steps(script []answer.Edit) (steps []format.Step) {
	for i, e := range script {
		text := e.String()
		if s.Left {
			text += " (" + strconv.Itoa(len(script)-1-i) + " left)"
		}
		steps = append(steps, format.Step{ID: i + 1, Kind: format.Derive, Text: text + "\n"})
	}
	return steps
}

func question(task string, r *answer.Repair) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nThe draft below may have errors. Repair it with as few edits as possible: delete, insert or replace one %s at a time.\nDraft:", task, r.Unit)
	for i, unit := range r.Draft {
		if r.Unit == "line" {
			fmt.Fprintf(&b, "\n%d: %s", i+1, unit)
		} else {
			b.WriteString(" " + unit)
		}
	}
	return b.String()
}

// task draws what is to be worked out: whole values between 1 and the limit.
func (s *set) task(r *rand.Rand) string {
	x := 2 + r.IntN(18)
	task := "Start with " + strconv.Itoa(x) + ". Then "
	for i := range s.Least + r.IntN(s.Lines-s.Least+1) {
		if i > 0 {
			task += ", "
		}
		var word string
		var y int
		for {
			word, y = "", 2+r.IntN(18)
			switch r.IntN(4) {
			case 0:
				if x+y <= s.Limit {
					word, x = "add", x+y
				}
			case 1:
				if x > y {
					word, x = "subtract", x-y
				}
			case 2:
				if y = 2 + y%8; x*y <= s.Limit {
					word, x = "multiply by", x*y
				}
			default:
				if y = 2 + y%8; x%y == 0 {
					word, x = "divide by", x/y
				}
			}
			if word != "" {
				break
			}
		}
		task += word + " " + strconv.Itoa(y)
	}
	return task + "."
}

// corrupt goes over the units and corrupts some; done counts by kind.
func (s *set) corrupt(r *rand.Rand, target []string) (draft []string, done map[string]int) {
	done = map[string]int{}
	for _, unit := range target {
		if r.IntN(100) >= s.Rate {
			draft = append(draft, unit)
			continue
		}
		op := s.ops[r.IntN(len(s.ops))]
		done[op]++
		switch op {
		case "ins":
			draft = append(draft, unit, s.other(r, unit))
		case "sub":
			draft = append(draft, s.other(r, unit))
		}
	}
	return draft, done
}

// other draws a unit that is not the one given: of a line, one number or the sign
// is another; a token becomes another of its kind.
func (s *set) other(r *rand.Rand, unit string) string {
	tokens := strings.Fields(unit)
	at := 0
	for { // the equals sign of a line stays
		if at = r.IntN(len(tokens)); len(tokens) == 1 || tokens[at] != "=" {
			break
		}
	}
	was := tokens[at]
	n, err := strconv.Atoi(was)
	if err != nil {
		signs := []string{"+", "-", "*", "/", "=", ";"}
		if len(tokens) > 1 {
			signs = signs[:4]
		}
		i := slices.Index(signs, was)
		tokens[at] = signs[(i+1+r.IntN(len(signs)-1))%len(signs)]
		return strings.Join(tokens, " ")
	}
	slips := [...]int{-10, -2, -1, 1, 2, 10}
	if n += slips[r.IntN(len(slips))]; n < 0 {
		n += 20
	}
	tokens[at] = strconv.Itoa(n)
	return strings.Join(tokens, " ")
}
