package behaviors

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/augment/augmenttest"
	"github.com/seed-cdf14512/graft/format"
)

// A model that is trained on ten thousand edits learns their commonest opening
// by heart; so none may be common.
func TestPhraseVariety(t *testing.T) {
	const edits = 10000
	recs := gsm8k(t)
	for _, b := range Suite.Behaviors {
		if b.Nests || graphs[b.Name] || b.Name == "retry" {
			continue // marks are the same words every time, on purpose; and a letter is given in the source's three ways
		}
		openings, forms := map[string]map[string]int{}, map[string]map[string]int{}
		n := 0
		for seed := uint64(1); n < edits; seed++ {
			c := augment.NewCompiler(seed, []augment.ResolvedUse{augmenttest.Use(t, b, "{}", augment.PerTrace)})
			before := n
			for _, rec := range recs {
				if out, _ := c.Compile(rec, &rec.Attempts[0]); len(out.Edits) > 0 && n < edits {
					n++
					count(openings, forms, rec.Attempts[0].Graph, &out)
				}
			}
			if n == before {
				t.Fatalf("%s makes no edit", b.Name)
			}
		}
		for _, part := range sorted(openings) {
			t.Logf("%s %s openings: %s", b.Name, part, top(openings[part], edits))
			for k, m := range openings[part] {
				if m*100 > 5*edits {
					t.Errorf("%s %s: %q opens %d of %d edits", b.Name, part, k, m, edits)
				}
			}
		}
		for _, part := range sorted(forms) {
			t.Logf("%s %s forms: %d different; %s", b.Name, part, len(forms[part]), top(forms[part], edits))
			for k, m := range forms[part] {
				if m*100 > edits {
					t.Errorf("%s %s: %q is the whole of %d of %d edits", b.Name, part, k, m, edits)
				}
			}
		}
	}
}

// count takes the steps of one edit that graft worded; a wrong step is the
// source's own sentence.
func count(openings, forms map[string]map[string]int, g *format.Graph, out *format.Trace) {
	whole := ""
	for i := range out.Steps {
		s := &out.Steps[i]
		if s.Origin.Edit == 0 || s.Kind == format.Wrong {
			continue
		}
		text := augment.Masked(g, s.Text)
		whole += text + " | "
		add(openings, s.Kind.String(), opening(text))
		add(forms, s.Kind.String(), text)
	}
	add(forms, "edit", whole)
}

func add(m map[string]map[string]int, part, key string) {
	if m[part] == nil {
		m[part] = map[string]int{}
	}
	m[part][key]++
}

func opening(text string) string {
	words := strings.Fields(strings.ToLower(text))
	for i := range words {
		words[i] = strings.Trim(words[i], ".,:;?!")
	}
	return strings.Join(words[:min(3, len(words))], " ")
}

func sorted(m map[string]map[string]int) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func top(m map[string]int, of int) string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(m[b], m[a]), cmp.Compare(a, b)) })
	var parts []string
	for _, k := range keys[:min(3, len(keys))] {
		parts = append(parts, fmt.Sprintf("%.2f%% %q", 100*float64(m[k])/float64(of), k))
	}
	return strings.Join(parts, ", ")
}
