package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format/answer"
	"github.com/seed-cdf14512/graft/format/chat"
	"github.com/seed-cdf14512/graft/format/ingest"
	"github.com/seed-cdf14512/graft/format/shard/export"
	"github.com/seed-cdf14512/graft/format/token"
)

// A named is an entry of one of graft's tables.
type named struct {
	Name string `json:"name"`
	Doc  string `json:"doc"`
}

func namesOf(list []named) []string {
	var names []string
	for _, n := range list {
		names = append(names, n.Name)
	}
	return names
}

// A catalog is one of the tables that a recipe or a flag can name entries of.
type catalog struct {
	Name, Doc string
	entries   func() []named
}

func (a *app) catalogs() []catalog {
	return []catalog{
		{"behaviors", "what a recipe can weave in (behaviors: use)", a.behaviors},
		{"variants", "what a recipe can derive (variants: use)", a.variants},
		{"filters", "what a recipe can keep (grade: keep)", filters},
		{"readers", "shapes of record (traces: reader)", readers},
		{"containers", "kinds of file (traces: format)", containers},
		{"splitters", "ways to cut a text into steps (traces: mapping: split)", splitters},
		{"checkers", "graders of answers (grade: checker)", checkers},
		{"templates", "chat templates (render: template)", templates},
		{"exporters", "formats of other trainers (export --to)", exporters},
		{"patterns", "pre-tokenizers (tokenizer train --pattern)", patterns},
	}
}

func (a *app) behaviors() (list []named) {
	for _, b := range a.suite.Behaviors {
		list = append(list, named{b.Name, b.Summary()})
	}
	return list
}

func (a *app) variants() (list []named) {
	for _, v := range a.suite.Variants {
		list = append(list, named{v.Name, v.Summary()})
	}
	return list
}

func filters() (list []named) {
	for _, f := range augment.Filters {
		list = append(list, named{f.Name, f.Doc})
	}
	return list
}

func readers() (list []named) {
	for _, r := range ingest.Readers() {
		list = append(list, named{r.Name, r.Doc})
	}
	return list
}

func containers() (list []named) {
	for _, c := range ingest.Containers() {
		list = append(list, named{c.Name, c.Doc})
	}
	return list
}

func splitters() (list []named) {
	for _, s := range ingest.Splitters() {
		list = append(list, named{s.Name, s.Doc})
	}
	return list
}

func checkers() (list []named) {
	for _, c := range answer.Checkers {
		summary, _, _ := strings.Cut(c.Doc, "\n")
		list = append(list, named{c.Name, summary})
	}
	return list
}

func templates() (list []named) {
	for _, t := range chat.Templates {
		list = append(list, named{t.Name, t.Doc})
	}
	return list
}

func exporters() (list []named) {
	for _, f := range export.Formats {
		summary, _, _ := strings.Cut(f.Doc, "\n")
		list = append(list, named{f.Name, summary})
	}
	return list
}

func patterns() (list []named) {
	for _, p := range token.Patterns() {
		list = append(list, named{Name: p})
	}
	return list
}

func (a *app) listVerb() *cobra.Command {
	var asJSON bool
	var recipe string
	cmd := &cobra.Command{
		Use:   "list [TABLE]",
		Short: "List behaviors, readers, checkers, templates and the other tables",
		Long: `List prints the tables whose entries a recipe or a flag can name. Behaviors are
explained at length by graft explain.`,
		Example: "  graft list\n  graft list behaviors\n  graft list --json",
		Args:    rangeArgs(0, 1, "at most one table"),
		ValidArgsFunction: a.completeNames(func() []named {
			var all []named
			for _, c := range a.catalogs() {
				all = append(all, named{c.Name, c.Doc})
			}
			return all
		}),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := a.withRecipe(recipe); err != nil {
				return err
			}
			return a.list(args, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().StringVar(&recipe, "recipe", "", recipeFlag)
	return cmd
}

func (a *app) list(args []string, asJSON bool) error {
	all := a.catalogs()
	if len(args) > 0 {
		at := slices.IndexFunc(all, func(c catalog) bool { return c.Name == args[0] })
		if at < 0 {
			var names []string
			for _, c := range all {
				names = append(names, c.Name)
			}
			return usagef("there is no table %q; there are %s", args[0], strings.Join(names, ", "))
		}
		all = all[at : at+1]
	}
	if asJSON {
		tables := map[string][]named{}
		for _, c := range all {
			tables[c.Name] = c.entries()
		}
		return a.printJSON(tables)
	}
	for i, c := range all {
		if i > 0 {
			fmt.Fprintln(a.out)
		}
		fmt.Fprintf(a.out, "%s: %s\n", a.paint("1", c.Name), c.Doc)
		var rows [][]string
		for _, e := range c.entries() {
			rows = append(rows, []string{e.Name, e.Doc})
		}
		a.table(rows)
	}
	return nil
}

// completeNames completes the first argument from a table.
func (a *app) completeNames(table func() []named) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
		var out []string
		if len(args) == 0 {
			for _, n := range table() {
				if strings.HasPrefix(n.Name, prefix) {
					out = append(out, n.Name+"\t"+n.Doc)
				}
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
}
