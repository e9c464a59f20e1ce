package cli

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format/answer"
	"github.com/seed-cdf14512/graft/format/shard"
)

// printReport writes what a build did, with the identities that must hold.
func (a *app) printReport(r *augment.Report) {
	title := func(t string) { fmt.Fprintf(a.out, "\n%s\n", a.paint("1", t)) }
	fmt.Fprintf(a.out, "build %s\n", a.paint("1", r.BuildID))

	title("sources")
	rows := [][]string{{"file", "reader", "records", "compiled", "prompts", "refused"}}
	for _, f := range r.Files {
		rows = append(rows, []string{f.Path, f.Reader, num(f.In), num(f.Out), num(f.Prompts), num(total(f.Rejected))})
	}
	a.table(rows)
	kept := []count{{"compiled", r.Records.Out}, {"prompts only", r.Records.Prompts}}
	if n := r.Records.Derived; n > 0 {
		kept = append(kept, count{"only derived from", n})
	}
	a.identity("records", r.Records.In, kept, r.Records.Rejected)
	a.identity("attempts", r.Attempts.In, []count{{"samples", r.Attempts.Samples}}, r.Attempts.Refused)

	if len(r.Uses) > 0 {
		title("behaviors")
		rows = [][]string{{"behavior", "traces with a site", "sites", "chosen", "edits", "samples edited", "bytes", "refused"}}
		for _, u := range r.Uses {
			rows = append(rows, []string{u.Behavior, num(u.WithSites), num(u.Sites), num(u.Chosen), num(u.Edits),
				fmt.Sprintf("%s (%s)", num(u.Edited), percent(u.Edited, u.Traces)), num(u.Bytes), num(total(u.Rejections))})
		}
		a.table(rows)
		grades := r.ProofGrades()
		for _, g := range augment.ByCount(grades) {
			fmt.Fprintf(a.out, "  %s edits proved: %s\n", num(grades[g]), g)
		}
		for _, u := range r.Uses {
			for _, code := range augment.ByCount(u.Rejections) {
				fmt.Fprintf(a.out, "  %s: %s edits refused for %s\n", u.Behavior, num(u.Rejections[code]), code)
			}
		}
	}

	a.printRollouts(r)
	a.printGraphs(r)
	a.printVariants(r)

	title("tokens")
	a.identity("tokens", r.Tokens.Rendered, []count{{"packed", r.Tokens.Packed}}, r.Tokens.Refused)
	rows = [][]string{{"span", "tokens", "share"}}
	for _, name := range augment.ByCount(r.Tokens.ByName) {
		n := r.Tokens.ByName[name]
		rows = append(rows, []string{name, num(n), percent(n, r.Tokens.Packed)})
	}
	a.table(rows)
	for _, split := range slices.Sorted(maps.Keys(r.Tokens.Packing)) {
		a.printPacking(split, r.Tokens.Packing[split])
	}
}

func (a *app) printPacking(split string, s shard.PackStats) {
	fmt.Fprintf(a.out, "  %s: %s documents in %s rows, %s of the room wasted\n", split, num(s.Docs), num(s.Bins), percent(s.Slots-s.TokensPacked, s.Slots))
}

// printRollouts writes what the samples of a policy were.
func (a *app) printRollouts(r *augment.Report) {
	if o := r.Rollouts; o != nil {
		fmt.Fprintf(a.out, "\n%s\n", a.paint("1", "rollouts"))
		a.identity("rollouts", o.Rollouts, []count{{"after a prefix of a compiled trace", o.Placed}}, o.Unplaced)
		a.identity("samples", o.Samples, []count{{answer.TakeWrong, o.Verdicts[answer.TakeWrong]}}, without(o.Verdicts, answer.TakeWrong))
	}
}

func without(m map[string]int64, key string) map[string]int64 {
	m = maps.Clone(m)
	delete(m, key)
	return m
}

// printGraphs writes what became of the graphs that the recipe names.
func (a *app) printGraphs(r *augment.Report) {
	if g := r.Graphs; g != nil {
		fmt.Fprintf(a.out, "\n%s\n", a.paint("1", "graphs"))
		a.identity("graphs", g.Graphs, []count{{"used", g.Used}, {"of traces of which nothing was made", g.Unasked}}, g.Refused)
	}
}

// printVariants writes what was derived: beside the identities above, which count
// what was read.
func (a *app) printVariants(r *augment.Report) {
	if len(r.Variants) == 0 {
		return
	}
	fmt.Fprintf(a.out, "\n%s\n", a.paint("1", "variants"))
	rows := [][]string{{"variant", "attempts", "chosen", "idle", "records", "prompts", "pairs", "refused"}}
	for _, v := range r.Variants {
		rows = append(rows, []string{v.Variant, num(v.Traces), fmt.Sprintf("%s (%s)", num(v.Chosen), percent(v.Chosen, v.Traces)), num(v.Idle),
			num(v.Records), num(v.Prompts), num(v.Pairs), num(total(v.Rejections))})
	}
	a.table(rows)
	for _, v := range r.Variants {
		for _, code := range augment.ByCount(v.Rejections) {
			fmt.Fprintf(a.out, "  %s: %s refused for %s\n", v.Variant, num(v.Rejections[code]), code)
		}
		for _, class := range augment.ByCount(v.Classes) {
			fmt.Fprintf(a.out, "  %s: %s of class %s\n", v.Variant, num(v.Classes[class]), class)
		}
	}
}

type count struct {
	name string
	n    int64
}

// identity writes in = out + refused, so that a reader can add it up.
func (a *app) identity(what string, in int64, out []count, refused map[string]int64) {
	fmt.Fprintf(a.out, "  %s %s =", num(in), what)
	for i, c := range out {
		if i > 0 {
			fmt.Fprint(a.out, " +")
		}
		fmt.Fprintf(a.out, " %s %s", num(c.n), c.name)
		in -= c.n
	}
	for _, code := range augment.ByCount(refused) {
		fmt.Fprintf(a.out, " + %s %s", num(refused[code]), code)
		in -= refused[code]
	}
	if in != 0 {
		fmt.Fprintf(a.out, "   %s", a.paint("31", num(in)+" unaccounted for"))
	}
	fmt.Fprintln(a.out)
}

func total(m map[string]int64) (n int64) {
	for _, k := range m {
		n += k
	}
	return n
}

// num writes n with commas.
func num(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// percent is n of all in percent, rounded down to tenths, by whole numbers.
func percent(n, all int64) string {
	if all == 0 {
		return "0%"
	}
	tenths := n * 1000 / all
	return fmt.Sprintf("%d.%d%%", tenths/10, tenths%10)
}
