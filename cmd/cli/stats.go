package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format/shard"
)

func (a *app) statsVerb() *cobra.Command {
	var asJSON, errs, sets bool
	var most int64
	cmd := &cobra.Command{
		Use:   "stats FOLDER",
		Short: "Say what every behavior did, and how varied its words are",
		Long: `Stats prints the counts of a build: sources, behaviors, tokens by span, packing,
each as an identity that adds up. Then it looks at the words of the edits: the
commonest three-word openings and the commonest whole forms of each behavior,
with numbers and names masked. A model learns by heart what it reads too often.

With --errors it compares the wrong steps of A and B, each a build, a file of
rollouts, or a set with labelled errors: how far apart their classes, positions and
values are, how well a classifier tells them apart, and, where B is rollouts, how
many errors of A the policy makes itself.`,
		Example: "  graft stats out\n  graft stats --sets out\n  graft stats --json out\n  graft stats --errors out rollouts.jsonl",
		Args:    rangeArgs(1, 2, "one folder of a build, or with --errors two sets"),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case errs && len(args) != 2:
				return usagef("stats --errors wants two sets: builds, rollouts or traces with labelled errors")
			case errs:
				return a.statsErrors(cmd.Context(), args[0], args[1], asJSON)
			case len(args) != 1:
				return usagef("stats wants one folder of a build; see graft help stats")
			}
			m, err := shard.ReadManifest(args[0])
			if err != nil {
				return err
			}
			data, err := os.ReadFile(filepath.Join(args[0], "stats.json"))
			if err != nil {
				return err
			}
			var report augment.Report
			if err := json.Unmarshal(data, &report); err != nil {
				return fmt.Errorf("%s: %w", filepath.Join(args[0], "stats.json"), err)
			}
			if report.BuildID != m.BuildID {
				return fmt.Errorf("%s: stats.json is of build %s, the manifest of %s", args[0], report.BuildID, m.BuildID)
			}
			variety, err := augment.VarietyOf(args[0], most)
			if err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(map[string]any{"report": report, "variety": variety})
			}
			a.printReport(&report)
			if sets {
				a.printSets(report.Sets)
			}
			a.printVariety(variety)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&sets, "sets", false, "print, too, what was done in each set, and why what was refused")
	cmd.Flags().BoolVar(&errs, "errors", false, "compare the wrong steps of two sets")
	cmd.Flags().Int64Var(&most, "edits", 10000, "how many edits of each behavior to look at")
	return cmd
}

func (a *app) printVariety(all []augment.Variety) {
	for _, v := range all {
		fmt.Fprintf(a.out, "\n%s in %s edits\n", a.paint("1", "words of "+v.Behavior), num(v.Edits))
		for _, part := range []struct {
			name   string
			shares []augment.Share
		}{{"opening", v.Openings}, {"form", v.Forms}} {
			var rows [][]string
			for i, s := range part.shares {
				if i == 3 {
					break
				}
				rows = append(rows, []string{part.name, percent(s.Count, v.Edits), oneLine(s.Text, 90)})
			}
			a.table(rows)
		}
	}
}
