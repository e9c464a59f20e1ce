package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/shard"
)

// A showOptions says which record to show, and what of it.
type showOptions struct {
	behavior               string
	source, tokens, asJSON bool
}

func (a *app) showVerb() *cobra.Command {
	var o showOptions
	cmd := &cobra.Command{
		Use:   "show FOLDER [RECORD]",
		Short: "Show one record, with who wrote what",
		Long: `Show prints a record of a build with the origin of every span in the margin:
the source, the template, or the behavior and the edit that wrote it; then the
edits with their proofs, and where the record came from. Of a record that a variant
derived, the margin names the parent, its part and the bytes of each segment. RECORD is a record id
or the beginning of one. Without it, the first record with an edit is shown.`,
		Example: "  graft show out\n  graft show out --behavior backtracking\n  graft show out 2173057648a0 --source\n  graft show out 2173057648a0 --tokens",
		Args:    rangeArgs(1, 2, "a folder and at most one record id"),
		RunE: func(_ *cobra.Command, args []string) error {
			m, err := shard.ReadManifest(args[0])
			if err != nil {
				return err
			}
			r, err := findRecord(args[0], m, args[1:], o)
			if err != nil {
				return err
			}
			return a.show(args[0], m, r, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.behavior, "behavior", "", "show the first record that this behavior edited, or this variant derived")
	f.BoolVar(&o.source, "source", false, "print the text without what graft put in, and nothing else")
	f.BoolVar(&o.tokens, "tokens", false, "print ids, loss weights and spans, a token a line")
	f.BoolVar(&o.asJSON, "json", false, "print JSON")
	cmd.RegisterFlagCompletionFunc("behavior", flagNames(a.behaviors))
	return cmd
}

var errNoRecord = errors.New("no such record")

func findRecord(dir string, m *shard.Manifest, id []string, o showOptions) (*shard.Record, error) {
	wanted := func(r *shard.Record) bool {
		switch {
		case len(id) > 0:
			return strings.HasPrefix(r.RecordID, id[0])
		case o.behavior != "":
			return slices.ContainsFunc(r.Edits, func(e shard.Edit) bool { return e.Behavior == o.behavior })
		}
		return len(r.Edits) > 0
	}
	var first *shard.Record
	for r, err := range shard.Records.Rows(dir, m) {
		if err != nil {
			return nil, err
		}
		if wanted(r) {
			return r, nil
		}
		if first == nil {
			copied := *r
			first = &copied
		}
	}
	switch {
	case len(id) > 0:
		return nil, fmt.Errorf("%w: %s holds none whose id begins with %q", errNoRecord, dir, id[0])
	case o.behavior != "":
		return nil, fmt.Errorf("%w: %s holds none that %q edited", errNoRecord, dir, o.behavior)
	case first == nil:
		return nil, fmt.Errorf("%w: %s holds none", errNoRecord, dir)
	}
	return first, nil
}

func (a *app) show(dir string, m *shard.Manifest, r *shard.Record, o showOptions) error {
	switch {
	case o.source:
		_, err := fmt.Fprintln(a.out, sourceText(r))
		return err
	case o.tokens:
		return a.showTokens(dir, m, r, o.asJSON)
	case o.asJSON:
		return a.printJSON(r)
	}
	fmt.Fprintf(a.out, "record  %s  (%s, %d tokens, answer %s graded %s by %s)\n", a.paint("1", r.RecordID), r.Split, r.NTokens, r.Answer, r.Grade, r.Checker)
	l, err := lineageOf(dir, m, r.RecordID)
	if err != nil {
		return err
	}
	if l != nil {
		fmt.Fprintf(a.out, "from    %s:%d, bytes %d to %d\n", l.File, l.Line, l.Start, l.End)
	}
	if r.Variant != "" {
		return a.showDerived(dir, m, r)
	}
	a.margin(r)
	for _, e := range r.Edits {
		side := "before"
		if e.After {
			side = "after"
		}
		fmt.Fprintf(a.out, "\nedit %d  %s v%d, %s step %d, params %s\n", e.ID, a.paint(a.colorOf(e.Behavior), e.Behavior), e.Version, side, e.Step, e.Params)
		fmt.Fprintf(a.out, "  proof    %s: %s\n  phrases  %s\n", e.Proof.Grade, oneLine(e.Proof.Detail, 400), strings.Join(e.Phrases, " "))
	}
	return nil
}

// margin prints the text line by line with the name of each span beside it.
func (a *app) margin(r *shard.Record) {
	label := func(s shard.Span) string {
		if s.Edit > 0 {
			return fmt.Sprintf("%s #%d", s.Name, s.Edit)
		}
		return s.Name
	}
	width := 0
	for _, s := range r.Spans {
		width = max(width, len(label(s)))
	}
	fmt.Fprintln(a.out)
	for _, s := range r.Spans {
		behavior, _, _ := strings.Cut(s.Name, ".")
		code := a.colorOf(behavior)
		text := strings.TrimSuffix(r.Text[s.Start:s.End], "\n")
		name := label(s)
		for line := range strings.SplitSeq(text, "\n") {
			fmt.Fprintf(a.out, "%s │ %s\n", a.paint("2", fmt.Sprintf("%*s", width, name)), a.paint(code, printable(line)))
			name = ""
		}
	}
}

// printable keeps control characters of a trace from reaching the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r >= 0x7f && r < 0xa0 {
			return '\uFFFD'
		}
		return r
	}, s)
}

// colorOf is the color of a behavior: its place in the suite picks it. Source
// text has none; what the template wrote is dim.
func (a *app) colorOf(behavior string) string {
	codes := []string{"32", "35", "33", "36", "34", "31"}
	for i, b := range a.suite.Behaviors {
		if b.Name == behavior {
			return codes[i%len(codes)]
		}
	}
	switch behavior {
	case format.SpanTemplate, format.SpanEnd:
		return "2"
	case format.SpanUser, format.SpanSystem:
		return "3"
	}
	return "0"
}

// sourceText is the last message as its source wrote it.
func sourceText(r *shard.Record) string {
	var b strings.Builder
	for _, s := range r.Spans {
		if s.Name == format.SpanSource {
			b.WriteString(r.Text[s.Start:s.End])
		}
	}
	return b.String()
}

// lineageOf finds where a record came from. A sample's id is its source
// record's, and more after a hyphen or a dot.
func lineageOf(dir string, m *shard.Manifest, id string) (*shard.Lineage, error) {
	var best *shard.Lineage
	for l, err := range shard.Lineages.Rows(dir, m) {
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(id, l.RecordID) && (best == nil || len(l.RecordID) > len(best.RecordID)) {
			copied := *l
			best = &copied
		}
	}
	return best, nil
}
