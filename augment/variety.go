package augment

import (
	"cmp"
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
	"github.com/seed-cdf14512/graft/format/shard"
)

// A Variety says how much the edits of one behavior sound alike. A model that is
// trained on ten thousand edits learns their commonest wording by heart, so none
// should be common: no three-word opening above 5% of the edits, no whole form
// above 1%.
type Variety struct {
	Behavior string  `json:"behavior"`
	Edits    int64   `json:"edits" jsonschema:"edits looked at"`
	Openings []Share `json:"openings" jsonschema:"the commonest three-word openings"`
	Forms    []Share `json:"forms" jsonschema:"the commonest whole edits; # stands for a number, @ for a name"`

	openings, forms map[string]int64
}

// A Share is a wording and how often it occurs.
type Share struct {
	Text  string `json:"text"`
	Count int64  `json:"count"`
}

// Add counts one edit: the texts of the steps that graft worded, in order. A
// Wrong step is the source's own sentence with another value, so its wording is
// not counted.
func (v *Variety) Add(g *format.Graph, steps []format.Step) {
	if v.openings == nil {
		v.openings, v.forms = map[string]int64{}, map[string]int64{}
	}
	whole, first := "", ""
	for i := range steps {
		if steps[i].Kind == format.Wrong {
			continue
		}
		text := Masked(g, steps[i].Text)
		if first == "" {
			first = text
		}
		whole += text + " | "
	}
	v.Edits++
	v.openings[opening(first)]++
	v.forms[whole]++
}

// Close fills in the commonest wordings.
func (v *Variety) Close(most int) {
	v.Openings, v.Forms = commonest(v.openings, most), commonest(v.forms, most)
}

func commonest(m map[string]int64, most int) []Share {
	all := make([]Share, 0, len(m))
	for t, n := range m {
		all = append(all, Share{t, n})
	}
	slices.SortFunc(all, func(a, b Share) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Text, b.Text)) })
	return all[:min(most, len(all))]
}

// Masked is text with # for every number and @ for every name of the graph.
func Masked(g *format.Graph, text string) string {
	if g != nil {
		var names []string
		for i := range g.Nodes {
			if len(g.Nodes[i].Name) > 3 {
				names = append(names, g.Nodes[i].Name)
			}
		}
		slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
		for _, n := range names {
			text = strings.ReplaceAll(text, n, "@")
		}
	}
	var b strings.Builder
	number := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		if isDigit(c) || number && (c == '.' || c == ',') && i+1 < len(text) && isDigit(text[i+1]) {
			if !number {
				b.WriteByte('#')
			}
			number = true
			continue
		}
		number = false
		if c != '$' {
			b.WriteByte(c)
		}
	}
	return strings.TrimSpace(b.String())
}

func opening(text string) string {
	words := strings.Fields(strings.ToLower(text))
	words = words[:min(3, len(words))]
	for i := range words {
		words[i] = strings.Trim(words[i], ".,:;?!")
	}
	return strings.Join(words, " ")
}

// VarietyOf looks at the edits of a build, at most so many of each behavior, in
// the order of the records, which is random in content.
func VarietyOf(dir string, most int64) ([]Variety, error) {
	m, err := shard.ReadManifest(dir)
	if err != nil {
		return nil, err
	}
	by := map[string]*Variety{}
	for row, err := range shard.Records.Rows(dir, m) {
		if err != nil {
			return nil, err
		}
		if len(row.Edits) == 0 || row.Variant != "" {
			continue
		}
		s, err := row.Sample()
		if err != nil {
			return nil, err
		}
		question, trace, source, err := readBack(&s)
		if err != nil {
			return nil, err
		}
		g := answer.Derive(question, source.Steps)
		for i := range trace.Edits {
			name := trace.Edits[i].Behavior
			v := by[name]
			if v == nil {
				v = &Variety{Behavior: name}
				by[name] = v
			}
			if v.Edits == most {
				continue
			}
			var steps []format.Step
			for k := range trace.Steps {
				if trace.Steps[k].Origin.Edit == i+1 {
					steps = append(steps, trace.Steps[k])
				}
			}
			v.Add(g, steps)
		}
	}
	out := make([]Variety, 0, len(by))
	for _, v := range by {
		v.Close(5)
		out = append(out, *v)
	}
	slices.SortFunc(out, func(a, b Variety) int { return strings.Compare(a.Behavior, b.Behavior) })
	return out, nil
}
