package augment

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// String describes the resolved pipeline for people, stage by stage.
func (p *Plan) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	r := &p.Recipe
	row := func(stage, text string, args ...any) { fmt.Fprintf(w, "%s\t%s\n", stage, fmt.Sprintf(text, args...)) }
	row("recipe", "%s, seed %d, id %.16s", cmp.Or(r.Name, p.File), r.Seed, p.ID())
	for _, in := range r.Traces {
		reader := "reader " + in.Reader
		if in.Mapping != nil {
			reader = "mapping of " + in.Mapping.Question
		}
		row("ingest", "%s  (format %s, %s)", in.Path, in.Format, reader)
	}
	if r.Rejects.Quarantine {
		row("", "malformed records are counted, not fatal")
	}
	row("grade", "keep %s, checker %s", r.Grade.Keep, cmp.Or(r.Grade.Checker, "of the reader"))
	for _, u := range p.Uses {
		row("inject", "%s %s  %s  %s", u.Behavior.Name, u.Behavior.Edition(), u.Select, u.ParamsJSON)
	}
	for _, v := range p.Variants {
		row("derive", "%s v%d  rate %s per trace, keep %s  %s", v.Variant.Name, v.Variant.Version, v.Select.Rate, v.Keep, v.ParamsJSON)
	}
	if e := r.Errors; len(e.Accept) > 0 {
		row("errors", "%s  from %s", strings.Join(e.Accept, ", "), cmp.Or(strings.Join(slices.Concat(e.Rollouts, e.Attempts), ", "), "the traces themselves"))
	}
	row("prove", "every edit; what cannot be proved is refused and counted")
	row("render", "%s", r.Render.Template)
	row("tokenize", "%s, at most %d tokens, longer: %s", r.Tokenize.Tokenizer, r.Tokenize.MaxTokens, r.Tokenize.OverLength)
	row("pack", "%s of about %d documents, %s of the problems for validation", r.Shards.Pack, r.Shards.Partition, r.Shards.Validation)
	if r.Prompts {
		row("prompts", "written for RFT")
	}
	var weights []string
	for _, name := range slices.Sorted(maps.Keys(r.Weights)) {
		weights = append(weights, fmt.Sprintf("%s %s", name, r.Weights[name]))
	}
	row("weights", "%s", strings.Join(weights, ", "))
	w.Flush()
	return b.String()
}

// String writes s in one line.
func (s Select) String() string {
	text := fmt.Sprintf("rate %s per %s", s.Rate, s.Per)
	if s.Max > 0 {
		text += fmt.Sprintf(", max %d", s.Max)
	}
	if s.Gap > 0 {
		text += fmt.Sprintf(", gap %d", s.Gap)
	}
	return text
}
