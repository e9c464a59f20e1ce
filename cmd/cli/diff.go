package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-cdf14512/graft/format/shard"
)

// A buildDiff is how two builds differ, record by record.
type buildDiff struct {
	A         string            `json:"a"`
	B         string            `json:"b"`
	Same      bool              `json:"same"`
	Manifest  []string          `json:"manifest"`
	Tables    []string          `json:"tables"` // whose files differ
	Records   map[string]int64  `json:"records"`
	Behaviors map[string]change `json:"behaviors"`
	Tokens    change            `json:"tokens"`
	Examples  []recordDiff      `json:"examples"`
}

// A change is a count in both builds.
type change struct {
	A int64 `json:"a"`
	B int64 `json:"b"`
}

type recordDiff struct {
	Record string `json:"record"`
	What   string `json:"what"`
}

func (a *app) diffVerb() *cobra.Command {
	var asJSON bool
	var examples int
	cmd := &cobra.Command{
		Use:   "diff FOLDER FOLDER",
		Short: "Say how two builds differ: records, behaviors, tokens, weights",
		Long: `Diff compares two builds record by record, by the identity of the source record:
which are in one only, which have other text, other edits, another grade or
split; how many edits and tokens each behavior has; and what of the headers
differs. The exit code is 1 if they differ, as that of diff is.`,
		Example: "  graft diff out1 out2\n  graft diff --json out1 out2",
		Args:    exactArgs(2, "two folders of builds"),
		RunE: func(_ *cobra.Command, args []string) error {
			d, err := diffBuilds(args[0], args[1], examples)
			if err != nil {
				return err
			}
			if asJSON {
				err = a.printJSON(d)
			} else {
				a.printDiff(d)
			}
			if err == nil && !d.Same {
				err = errReported
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().IntVar(&examples, "examples", 10, "how many differing records to name")
	return cmd
}

func diffBuilds(a, b string, examples int) (*buildDiff, error) {
	ma, err := shard.ReadManifest(a)
	if err != nil {
		return nil, err
	}
	mb, err := shard.ReadManifest(b)
	if err != nil {
		return nil, err
	}
	d := &buildDiff{A: ma.BuildID, B: mb.BuildID, Manifest: diffManifests(ma, mb), Tables: diffTables(ma, mb), Records: map[string]int64{}, Behaviors: map[string]change{}, Examples: []recordDiff{}}
	for p, err := range shard.Join(a, b) {
		if err != nil {
			return nil, err
		}
		what := diffRecords(p)
		d.Records[what]++
		if what != "equal" && len(d.Examples) < examples {
			d.Examples = append(d.Examples, recordDiff{p.ID, what})
		}
		d.count(p)
	}
	d.Same = ma.BuildID == mb.BuildID && len(d.Manifest) == 0 && d.Records["equal"] == sumOf(d.Records)
	return d, nil
}

func sumOf(m map[string]int64) (n int64) {
	for _, k := range m {
		n += k
	}
	return n
}

// diffRecords names the first thing that differs, the weightiest first.
func diffRecords(p shard.Pair) string {
	switch {
	case p.A == nil:
		return "only in the second"
	case p.B == nil:
		return "only in the first"
	case p.A.SourceSum != p.B.SourceSum:
		return "other source"
	case !slices.Equal(edits(p.A), edits(p.B)):
		return "other edits"
	case p.A.Text != p.B.Text:
		return "other text"
	case !slices.Equal(p.A.Spans, p.B.Spans):
		return "other spans"
	case p.A.NTokens != p.B.NTokens:
		return "other tokens"
	case p.A.Grade != p.B.Grade || p.A.Answer != p.B.Answer || p.A.Checker != p.B.Checker:
		return "other grade"
	case p.A.Split != p.B.Split:
		return "other split"
	}
	return "equal"
}

// edits are what identifies each edit of a record.
func edits(r *shard.Record) []string {
	var all []string
	for _, e := range r.Edits {
		all = append(all, fmt.Sprint(e.Behavior, e.Version, e.Params, e.Step, e.After, e.Phrases))
	}
	return all
}

func (d *buildDiff) count(p shard.Pair) {
	for i, r := range []*shard.Record{p.A, p.B} {
		if r == nil {
			continue
		}
		add := func(c *change, n int64) {
			if i == 0 {
				c.A += n
			} else {
				c.B += n
			}
		}
		add(&d.Tokens, int64(r.NTokens))
		for _, e := range r.Edits {
			c := d.Behaviors[e.Behavior]
			add(&c, 1)
			d.Behaviors[e.Behavior] = c
		}
	}
}

// diffManifests compares the headers: the recipe as it was resolved, versions,
// tokenizer and weights.
func diffManifests(a, b *shard.Manifest) []string {
	differ := []string{}
	say := func(what string, x, y any) {
		if fmt.Sprint(x) != fmt.Sprint(y) {
			differ = append(differ, what)
		}
	}
	say("graft version", a.Graft, b.Graft)
	say("seed", a.Seed, b.Seed)
	say("recipe", string(a.Recipe), string(b.Recipe))
	say("code versions", a.Stages, b.Stages)
	say("tokenizer", a.Tokenizer.SHA256, b.Tokenizer.SHA256)
	say("capacity", a.Capacity, b.Capacity)
	say("weights", a.Weights, b.Weights)
	return differ
}

// diffTables names the tables and data files that are not the same, byte for
// byte: equal records can be packed in another way.
func diffTables(a, b *shard.Manifest) []string {
	digests := func(m *shard.Manifest) map[string]string {
		by := map[string]string{}
		for _, f := range m.Files {
			if f.Role == shard.RoleData {
				table, _, _ := strings.Cut(f.Path, "/")
				by[table] += f.Path + f.SHA256
			}
		}
		return by
	}
	da, db := digests(a), digests(b)
	differ := []string{}
	for _, table := range slices.Sorted(maps.Keys(da)) {
		if da[table] != db[table] {
			differ = append(differ, table)
		}
	}
	for _, table := range slices.Sorted(maps.Keys(db)) {
		if da[table] == "" {
			differ = append(differ, table)
		}
	}
	return differ
}

func (a *app) printDiff(d *buildDiff) {
	fmt.Fprintf(a.out, "a %s\nb %s\n", d.A, d.B)
	if d.Same {
		fmt.Fprintf(a.out, "%s: %s records\n", a.paint("32", "equal"), num(d.Records["equal"]))
		return
	}
	if len(d.Manifest) > 0 {
		fmt.Fprintf(a.out, "headers differ in %s\n", strings.Join(d.Manifest, ", "))
	}
	if len(d.Tables) > 0 {
		fmt.Fprintf(a.out, "files differ in %s\n", strings.Join(d.Tables, ", "))
	}
	fmt.Fprintf(a.out, "\nrecords\n")
	var table [][]string
	for _, what := range slices.Sorted(maps.Keys(d.Records)) {
		table = append(table, []string{what, num(d.Records[what])})
	}
	a.table(table)
	fmt.Fprintf(a.out, "\nedits and tokens\n")
	table = [][]string{{"", "a", "b"}}
	for _, name := range slices.Sorted(maps.Keys(d.Behaviors)) {
		c := d.Behaviors[name]
		table = append(table, []string{name, num(c.A), num(c.B)})
	}
	a.table(append(table, []string{"tokens", num(d.Tokens.A), num(d.Tokens.B)}))
	if len(d.Examples) > 0 {
		fmt.Fprintf(a.out, "\nfor instance\n")
	}
	table = nil
	for _, e := range d.Examples {
		table = append(table, []string{e.Record, e.What})
	}
	a.table(table)
}
