package cli

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format/strict"
)

// An explanation is what graft says of a name.
type explanation struct {
	Kind    string          `json:"kind"`
	Name    string          `json:"name"`
	Version int             `json:"version,omitempty"`
	Edition string          `json:"edition,omitempty"`
	Doc     string          `json:"doc"`
	Params  []augment.Param `json:"params,omitempty"`
	Phrases string          `json:"phrases,omitempty"`
}

func (a *app) explainVerb() *cobra.Command {
	var asJSON, phrases bool
	var recipe string
	cmd := &cobra.Command{
		Use:   "explain NAME",
		Short: "Explain a behavior, with its parameters, or any other name of a recipe",
		Long: `Explain prints the documentation of a behavior, its parameters with their
defaults and bounds, and how a recipe uses it. It also knows the readers,
checkers, templates and the other tables of graft list.`,
		Example:           "  graft explain backtracking\n  graft explain reflection --phrases\n  graft explain gsm8k",
		Args:              exactArgs(1, "one name"),
		ValidArgsFunction: a.completeNames(a.everything),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := a.withRecipe(recipe); err != nil {
				return err
			}
			found, err := a.explain(args[0])
			if err != nil {
				return err
			}
			for i := range found {
				if !phrases {
					found[i].Phrases = ""
				}
			}
			if asJSON {
				return a.printJSON(found)
			}
			for i, e := range found {
				if i > 0 {
					fmt.Fprintln(a.out)
				}
				a.printExplanation(e)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().StringVar(&recipe, "recipe", "", recipeFlag)
	cmd.Flags().BoolVar(&phrases, "phrases", false, "print the behavior's phrase bank too")
	return cmd
}

func (a *app) everything() (all []named) {
	for _, c := range a.catalogs() {
		all = append(all, c.entries()...)
	}
	return all
}

// explain finds a name in every table: a reader and a checker may share one.
func (a *app) explain(name string) ([]explanation, error) {
	var found []explanation
	for _, c := range a.catalogs() {
		for _, e := range c.entries() {
			if e.Name != name {
				continue
			}
			x := explanation{Kind: strings.TrimSuffix(c.Name, "s"), Name: name, Doc: e.Doc}
			if b := a.suite.Find(name); b != nil && c.Name == "behaviors" {
				params, err := b.ParamList()
				if err != nil {
					return nil, err
				}
				x.Version, x.Doc, x.Params, x.Phrases = b.Version, b.Doc, params, b.Phrases
				if b.File != nil {
					x.Edition = b.Edition()
				}
			}
			if v := a.suite.FindVariant(name); v != nil && c.Name == "variants" {
				params, err := v.ParamList()
				if err != nil {
					return nil, err
				}
				x.Version, x.Doc, x.Params, x.Phrases = v.Version, v.Doc, params, v.Phrases
			}
			found = append(found, x)
		}
	}
	if found == nil {
		return nil, usagef("nothing is called %q%s", name, strict.Suggest("names", name, namesOf(a.everything())))
	}
	return found, nil
}

func (a *app) printExplanation(e explanation) {
	if e.Version == 0 {
		fmt.Fprintf(a.out, "%s %s: %s\n", e.Kind, a.paint("1", e.Name), e.Doc)
		return
	}
	fmt.Fprintf(a.out, "%s %s, %s\n\n%s\n", e.Kind, a.paint("1", e.Name), cmp.Or(e.Edition, fmt.Sprintf("version %d", e.Version)), strings.TrimRight(e.Doc, "\n"))
	if len(e.Params) > 0 {
		fmt.Fprintf(a.out, "\nParameters (with:):\n")
	}
	var rows [][]string
	for _, p := range e.Params {
		rows = append(rows, []string{p.Name, p.Type, "default " + p.Default, p.Doc})
	}
	a.table(rows)
	fmt.Fprintf(a.out, "\nIn a recipe:\n  %ss:\n    - use: %s\n      select: {per: trace, rate: 0.3}\n", e.Kind, e.Name)
	if len(e.Params) > 0 {
		fmt.Fprintf(a.out, "      with: {%s: %s}\n", e.Params[0].Name, e.Params[0].Default)
	}
	if e.Phrases != "" {
		fmt.Fprintf(a.out, "\nPhrases:\n%s", indent(e.Phrases))
	}
}

func indent(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n  ") + "\n"
}
