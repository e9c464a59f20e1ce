package cli

import (
	"context"
	"fmt"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/augment/distance"
	"github.com/seed-cdf14512/graft/format/answer"
)

// statsErrors prints how far the wrong steps of two sets are apart.
func (a *app) statsErrors(ctx context.Context, one, two string, asJSON bool) error {
	var sets [2]*augment.ErrorsSeen
	for i, path := range []string{one, two} {
		e, err := augment.ReadErrors(ctx, path)
		if err != nil {
			return err
		}
		if len(e.Errors) == 0 {
			return fmt.Errorf("%s: holds no wrong step that can be judged (%s seen)", path, num(e.Other+e.Right))
		}
		sets[i] = e
	}
	r := distance.Between(sets[0], sets[1])
	if asJSON {
		return a.printJSON(r)
	}
	rows := [][]string{{"", "A: " + one, "B: " + two}, {"wrong steps", num(int64(r.A.Errors)), num(int64(r.B.Errors))},
		{"right samples", num(r.A.Right), num(r.B.Right)}, {"not judged", num(r.A.Unjudged), num(r.B.Unjudged)}}
	both := func(name string, m, n int) {
		rows = append(rows, []string{name, percent(int64(m), int64(r.A.Errors)), percent(int64(n), int64(r.B.Errors))})
	}
	for _, c := range answer.Classes {
		both(c, r.A.Classes[c], r.B.Classes[c])
	}
	for i := range distance.Bins {
		both(fmt.Sprintf("at %d%% to %d%% of the steps", 100*i/distance.Bins, 100*(i+1)/distance.Bins), r.A.Positions[i], r.B.Positions[i])
	}
	a.table(rows)
	fmt.Fprintf(a.out, "\n  classes    %.3f bits apart (Jensen-Shannon: 0 the same, 1 nothing in common)\n  positions  %.3f bits apart\n", r.JSClasses, r.JSPositions)
	if r.Magnitude != nil {
		fmt.Fprintf(a.out, "  values     %.2f decades apart (Wasserstein, relative error of the value)\n", *r.Magnitude)
	} else {
		fmt.Fprintf(a.out, "  values     not compared: a set does not say what is right\n")
	}
	if r.AUC != nil {
		fmt.Fprintf(a.out, "  classifier AUC %.3f (0.5: cannot tell A from B, 1: always can; cross-validated)\n", *r.AUC)
	} else {
		fmt.Fprintf(a.out, "  classifier not trained: it takes 10 wrong steps a set\n")
	}
	if r.PolicyShare != nil {
		fmt.Fprintf(a.out, "  policy     makes %s of %s errors of A itself, in 5%% or more of its samples at that site (%.1f%%)\n",
			num(int64(r.MadeByPolicy)), num(int64(r.Covered)), 100**r.PolicyShare)
	} else {
		fmt.Fprintf(a.out, "  policy     not known: B has no samples at the sites of A's errors; graft sample --prefix-steps makes them\n")
	}
	_, err := fmt.Fprintf(a.out, "\n%s\n", r.Interpretation)
	return err
}
