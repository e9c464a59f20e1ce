package cli

import (
	"fmt"
	"strings"

	"github.com/seed-cdf14512/graft/augment"
)

// printSets writes what every behavior and variant did in every set: a behavior's
// sites, how many of them or of the traces chance chose, and what came of it.
func (a *app) printSets(sets []augment.SetReport) {
	rows := [][]string{{"set", "behavior or variant", "sites", "chosen", "written", "refused", "for"}}
	for _, s := range sets {
		name := s.Set
		row := func(what string, sites, chosen, written int64, refused map[string]int64) {
			rows = append(rows, []string{name, what, num(sites), num(chosen), num(written), num(total(refused)), reasons(refused)})
			name = ""
		}
		for _, u := range s.Uses {
			row(u.Behavior, u.Sites, u.Chosen, u.Edits, u.Rejections)
		}
		for _, v := range s.Variants {
			row(v.Variant, v.Traces, v.Chosen, v.Records+v.Prompts+v.Pairs, v.Rejections)
		}
	}
	fmt.Fprintf(a.out, "\n%s\n", a.paint("1", "by set"))
	a.table(rows)
}

// reasons lists why something was refused, the commonest first.
func reasons(refused map[string]int64) string {
	var list []string
	for _, code := range augment.ByCount(refused) {
		list = append(list, fmt.Sprintf("%s %s", num(refused[code]), code))
	}
	return strings.Join(list, ", ")
}
