package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format"
)

func (a *app) buildVerb() *cobra.Command {
	var out string
	var asJSON, planOnly bool
	var opts augment.BuildOptions
	cmd := &cobra.Command{
		Use:   "build RECIPE",
		Short: "Compile traces into a corpus",
		Long: `Build reads the traces of a recipe, grades them, weaves its behaviors in, proves
every edit, renders, tokenizes and packs, and writes the corpus into a folder:
records/, shards/, lineage/, prompts/, rejects.jsonl, stats.json, a data card and,
last of all, manifest.json.

The same input, recipe and version give the same bytes, whatever the number of
workers. The folder must be new, empty, or hold an earlier build, which is
replaced only when the new one is complete: an interrupted build changes nothing.`,
		Example: "  graft build recipe.yaml -o out\n  graft build recipe.yaml -o taste -n 100\n  graft build recipe.yaml --plan\n  zcat traces.gz | graft build from-stdin.yaml -o out",
		Args:    exactArgs(1, "one recipe"),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case out == "" && !planOnly:
				return usagef("build wants -o FOLDER")
			case opts.Workers < 0 || opts.Limit < 0:
				return usagef("-j and -n must be 0 or more")
			}
			plan, err := a.loadPlan(args[0])
			if err != nil {
				return err
			}
			if planOnly {
				return a.printPlan(plan, asJSON)
			}
			report, took, err := a.build(cmd.Context(), plan, out, opts)
			if err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(timed{report, took.Seconds(), seconds(report)})
			}
			a.printReport(report)
			fmt.Fprintf(a.errs, "\nbuilt in %s; seconds by stage, of all goroutines:", took.Round(time.Millisecond))
			for s, t := range report.Times {
				fmt.Fprintf(a.errs, " %s %.2f", augment.Stage(s), t.Seconds())
			}
			fmt.Fprintln(a.errs)
			if a.inner {
				return nil
			}
			a.printNext(plan, out)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVarP(&out, "out", "o", "", "`FOLDER` to write")
	f.IntVarP(&opts.Limit, "records", "n", 0, "read at most so many records, for a taste; 0 reads all")
	f.IntVarP(&opts.Workers, "workers", "j", 0, "goroutines at work; 0 is one a processor")
	f.BoolVar(&planOnly, "plan", false, "print the resolved pipeline and stop")
	f.BoolVar(&asJSON, "json", false, "print the report as JSON")
	return cmd
}

// timed is a report with what no file of the build has: how long it took.
type timed struct {
	*augment.Report
	Wall   float64            `json:"wall_seconds"`
	Stages map[string]float64 `json:"stage_seconds"`
}

// seconds are a build's times by the names of the stages.
func seconds(r *augment.Report) map[string]float64 {
	by := map[string]float64{}
	for s, t := range r.Times {
		by[augment.Stage(s).String()] = t.Seconds()
	}
	return by
}

// printNext says what can be done with a build, in commands that work on it.
func (a *app) printNext(plan *augment.Plan, out string) {
	lossy := "" // labels say 0 and 1 and nothing else
	for _, w := range plan.Recipe.Weights {
		if w.Sign() != 0 && !w.Equal(format.Int(1)) {
			lossy = " --lossy"
		}
	}
	fmt.Fprintf(a.errs, "\nnext:\n  graft show %s            one record, its edits colored\n  graft stats %s           what every behavior did\n"+
		"  graft check %s           prove the build again from its files\n  graft export %s --to trl%s -o trl\n", out, out, out, out, lossy)
}

func (a *app) build(ctx context.Context, plan *augment.Plan, out string, opts augment.BuildOptions) (*augment.Report, time.Duration, error) {
	begun := time.Now()
	bars := a.newBars()
	opts.Stdin, opts.Version, opts.Progress = interruptible(ctx, a.in), Version, bars.show
	report, err := augment.Build(ctx, plan, out, opts)
	bars.stop()
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		err = fmt.Errorf("interrupted; %s is as it was before: %w", out, err)
	}
	return report, time.Since(begun), err
}

func (a *app) printPlan(p *augment.Plan, asJSON bool) error {
	if !asJSON {
		_, err := fmt.Fprint(a.out, p)
		return err
	}
	return a.printJSON(map[string]any{"recipe_id": p.ID(), "recipe": p.Recipe})
}
