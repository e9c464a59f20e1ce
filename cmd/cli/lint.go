package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/seed-cdf14512/graft/augment"
)

// A lintReport is what lint found in one recipe.
type lintReport struct {
	Recipe      string               `json:"recipe"`
	OK          bool                 `json:"ok"`
	Diagnostics augment.Diagnostics  `json:"diagnostics"`
	Tests       []augment.TestResult `json:"tests"`
	RecipeID    string               `json:"recipe_id,omitempty"`
}

func (a *app) lintVerb() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "lint RECIPE...",
		Short: "Check recipes and run their own tests",
		Long: `Lint reads recipes as strictly as a build does and prints everything that is
wrong, one problem a line with file, line and column: unknown and doubled keys,
values of the wrong type or out of bounds, names that stand for nothing, paths
that lead nowhere. Then it runs the tests that the recipes hold. It reads no
data. The exit code is 1 if any recipe has more than warnings.`,
		Example: "  graft lint recipe.yaml\n  graft lint --json recipes/*.yaml",
		Args:    rangeArgs(1, 1<<20, "at least one recipe"),
		RunE: func(_ *cobra.Command, args []string) error {
			reports := make([]lintReport, len(args))
			ok := true
			for i, path := range args {
				var err error
				if reports[i], err = a.lint(path); err != nil {
					return err
				}
				ok = ok && reports[i].OK
			}
			if asJSON {
				if err := a.printJSON(reports); err != nil {
					return err
				}
			} else {
				for _, r := range reports {
					a.printLint(r)
				}
			}
			if !ok {
				return errReported
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) lint(path string) (lintReport, error) {
	plan, ds, err := augment.Load(path, a.suite)
	if err != nil {
		return lintReport{}, err
	}
	r := lintReport{Recipe: path, Diagnostics: ds, OK: plan != nil}
	if plan == nil {
		return r, nil
	}
	r.RecipeID = plan.ID()
	r.Tests = augment.RunTests(plan)
	for _, t := range r.Tests {
		r.OK = r.OK && t.OK()
		r.Diagnostics = append(r.Diagnostics, t.Failures...)
	}
	return r, nil
}

func (a *app) printLint(r lintReport) {
	for _, d := range r.Diagnostics {
		fmt.Fprintln(a.out, d)
	}
	if !r.OK {
		return
	}
	tests := ""
	if n := len(r.Tests); n > 0 {
		tests = fmt.Sprintf(", %d of its own tests passed", n)
	}
	fmt.Fprintf(a.out, "%s: %s%s\n", r.Recipe, a.paint("32", "ok"), tests)
}
