package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/seed-cdf14512/graft/augment"
)

func (a *app) checkVerb() *cobra.Command {
	var asJSON bool
	var opts augment.CheckOptions
	cmd := &cobra.Command{
		Use:   "check FOLDER...",
		Short: "Prove a finished build again from its files alone",
		Long: `Check reads a build and proves it again: the digest of every file; that taking
the edits out gives the source back; that every edit says what is so, by computing
its claims again from the text; that records and tokens add up; that every span
has its origin; and that the tokens are those of the texts. The exit code is 1 if
anything does not hold.`,
		Example: "  graft check out\n  graft check --json out | jq .findings",
		Args:    rangeArgs(1, 1<<20, "at least one folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ok := true
			var all []*augment.CheckReport
			for _, dir := range args {
				bars := a.newBars()
				opts.Progress = bars.show
				r, err := augment.CheckDir(cmd.Context(), dir, a.suite, opts)
				bars.stop()
				if err != nil {
					return err
				}
				ok = ok && r.OK()
				all = append(all, r)
				if !asJSON {
					a.printCheck(dir, r)
				}
			}
			if asJSON {
				if err := a.printJSON(all); err != nil {
					return err
				}
			}
			if !ok {
				return errReported
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().IntVarP(&opts.Workers, "workers", "j", 0, "goroutines at work; 0 is one a processor")
	cmd.Flags().IntVar(&opts.Most, "most", 0, "findings to list; 0 is 100")
	return cmd
}

func (a *app) printCheck(dir string, r *augment.CheckReport) {
	for _, f := range r.Findings {
		fmt.Fprintf(a.out, "%s: %s\n", dir, f)
	}
	if r.More > 0 {
		fmt.Fprintf(a.out, "%s: %s further findings\n", dir, num(r.More))
	}
	verdict := a.paint("32", "ok")
	if !r.OK() {
		verdict = a.paint("31", "does not hold")
	}
	derived := ""
	if r.Derived > 0 {
		derived = ", " + num(r.Derived) + " derived rows proved on their parents"
	}
	fmt.Fprintf(a.out, "%s: %s: %s files, %s samples, %s edits proved%s, %s tokens encoded again\n",
		dir, verdict, num(int64(r.Files)), num(r.Samples), num(r.Edits), derived, num(r.Tokens))
}
