package augment

import (
	"bytes"
	"fmt"
	"path/filepath"

	"github.com/seed-cdf14512/graft/format/shard"
)

// dataCard is the README.md of a build: what is in it, where it came from, and
// how to make it again. It says nothing that the build does not know.
func dataCard(p *Plan, r *Report, m *shard.Manifest) []byte {
	var b bytes.Buffer
	name := p.Recipe.Name
	if name == "" {
		name = filepath.Base(p.File)
	}
	fmt.Fprintf(&b, "# %s\n\nA corpus of reasoning traces compiled by graft. Build id `%s`.\n\n## Sources\n\n", name, m.BuildID)
	fmt.Fprintf(&b, "| file | reader | records | used | prompts only | refused | licence | source |\n|---|---|---|---|---|---|---|---|\n")
	for i := range r.Files {
		f := &r.Files[i]
		in := inputOf(p, i, r)
		var refused int64
		for _, n := range f.Rejected {
			refused += n
		}
		fmt.Fprintf(&b, "| %s | %s | %d | %d | %d | %d | %s | %s |\n", filepath.Base(f.Path), f.Reader, f.In, f.Out, f.Prompts, refused, orNotStated(in.Licence), orNotStated(in.Source))
	}
	fmt.Fprintf(&b, "\n%d records in = %d compiled + %d prompts only", r.Records.In, r.Records.Out, r.Records.Prompts)
	for _, code := range ByCount(r.Records.Rejected) {
		fmt.Fprintf(&b, " + %d %s", r.Records.Rejected[code], code)
	}
	fmt.Fprintf(&b, ". Of %d attempts %d became samples.\n\n## Behaviors\n\n", r.Attempts.In, r.Attempts.Samples)
	if len(r.Uses) == 0 {
		fmt.Fprintf(&b, "None: the traces are as their sources wrote them.\n")
	} else {
		fmt.Fprintf(&b, "| behavior | edits | samples with one | sites offered | edits refused |\n|---|---|---|---|---|\n")
	}
	for i := range r.Uses {
		u := &r.Uses[i]
		var refused int64
		for _, n := range u.Rejections {
			refused += n
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d |\n", u.Behavior, u.Edits, u.Edited, u.Sites, refused)
	}
	gradeLines(&b, r)
	rolloutLines(&b, r)
	graphLines(&b, r)
	if len(r.Variants) > 0 {
		fmt.Fprintf(&b, "\n## Variants\n\nDerived beside the records above; derived/ says of what, and taking out what is stamped leaves bytes of the parents.\n\n| variant | attempts chosen | records | prompts | pairs | refused |\n|---|---|---|---|---|---|\n")
	}
	for i := range r.Variants {
		v := &r.Variants[i]
		var refused int64
		for _, n := range v.Rejections {
			refused += n
		}
		fmt.Fprintf(&b, "| %s | %d of %d | %d | %d | %d | %d |\n", v.Variant, v.Chosen, v.Traces, v.Records, v.Prompts, v.Pairs, refused)
	}
	fmt.Fprintf(&b, "\nEvery edit was proved by computing its claims again before it was kept; edits.proof in records/ says how.\nTaking the edits out gives the source back, byte for byte.\n\n## Tokens\n\n")
	fmt.Fprintf(&b, "Tokenizer `%s` (SHA-256 `%s`), %d tokens rendered = %d packed", m.Tokenizer.Name, m.Tokenizer.SHA256, r.Tokens.Rendered, r.Tokens.Packed)
	for _, code := range ByCount(r.Tokens.Refused) {
		fmt.Fprintf(&b, " + %d %s", r.Tokens.Refused[code], code)
	}
	fmt.Fprintf(&b, ".\n\n| span | tokens | loss weight |\n|---|---|---|\n")
	for _, n := range ByCount(r.Tokens.ByName) {
		fmt.Fprintf(&b, "| %s | %d | %s |\n", n, r.Tokens.ByName[n], m.Weights.Of(n))
	}
	fmt.Fprintf(&b, "\n## To make it again\n\n`graft build %s -o OUT` with graft %s and the same input files gives the same build id.\nThe resolved recipe stands in manifest.json. `graft check OUT` proves the build.\n", filepath.Base(p.File), m.Graft)
	return b.Bytes()
}

func inputOf(p *Plan, file int, r *Report) *Input { return &p.Recipe.Traces[r.Files[file].input] }

func orNotStated(s string) string {
	if s == "" {
		return "not stated"
	}
	return s
}

// gradeMeanings say what each grade of proof means; labelled:SET has the last.
var gradeMeanings = map[string]string{
	Computed:   "made up, and proved by computing",
	OnPolicy:   "a model's own wrong step after the source's steps, proved wrong by computing",
	AnAttempt:  "a wrong step of another attempt, proved wrong by computing",
	labelledBy: "a published label says that the step is wrong; proved is only that the step which follows states another value",
}

// graphLines say how many traces had a graph that somebody read in them.
func graphLines(b *bytes.Buffer, r *Report) {
	g := r.Graphs
	if g == nil {
		return
	}
	fmt.Fprintf(b, "\nOf %d graphs that a model read in traces (SHA-256 `%s`), %d were used and stand in %s; %d are of traces of which nothing was made", g.Graphs, g.SHA256, g.Used, graphsName, g.Unasked)
	for _, reason := range ByCount(g.Refused) {
		fmt.Fprintf(b, "; %d did not hold: %s", g.Refused[reason], reason)
	}
	fmt.Fprintf(b, ".\nWhat such a graph says was computed again and found in the text; what its quantities are called is the model's word.\n")
}

// gradeLines count the edits by grade of proof, and say what each grade means.
func gradeLines(b *bytes.Buffer, r *Report) {
	grades := r.ProofGrades()
	if len(grades) == 0 {
		return
	}
	fmt.Fprintf(b, "\n| proof | edits | what it means |\n|---|---|---|\n")
	for _, g := range ByCount(grades) {
		meaning := gradeMeanings[g]
		if Labelled(g) {
			meaning = gradeMeanings[labelledBy]
		}
		fmt.Fprintf(b, "| %s | %d | %s |\n", g, grades[g], meaning)
	}
	for _, f := range r.ErrorFiles {
		fmt.Fprintf(b, "\nErrors from %s (SHA-256 `%s`, %d records).\n", filepath.Base(f.Path), f.SHA256, f.Records)
	}
}
