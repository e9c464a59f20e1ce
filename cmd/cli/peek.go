package cli

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/ingest"
)

func (a *app) peekVerb() *cobra.Command {
	var asJSON bool
	var n int
	var container string
	cmd := &cobra.Command{
		Use:   "peek FILE...",
		Short: "Show how graft reads a file, and the recipe entry to start from",
		Long: `Peek sniffs a file (JSON, JSONL, CSV, Parquet, a text log; plain, gzip or zstd;
- is standard input), says which reader knows its records, shows the first ones
as graft reads them, and prints the traces entry for a recipe. Where no reader
knows the records it proposes a mapping of field paths.`,
		Example: "  graft peek traces.jsonl.gz\n  zcat traces.gz | graft peek -\n  graft peek -n 1 --json data/*.parquet",
		Args:    rangeArgs(1, 1<<20, "at least one file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if n < 0 {
				return usagef("-n is %d; it must be 0 or more", n)
			}
			files, err := ingest.Expand(args, ".")
			if err != nil {
				return err
			}
			all, known := []ingest.Peeked{}, true
			for _, f := range files {
				p, err := ingest.Peek(cmd.Context(), f, n, ingest.Options{Container: container, Stdin: a.in})
				if err != nil {
					return err
				}
				p.Recipe = tracesEntry(&p)
				all, known = append(all, p), known && (p.Reader != "" || p.Mapping != nil)
			}
			if asJSON {
				err = a.printJSON(all)
			} else {
				for i := range all {
					a.printPeek(&all[i])
				}
			}
			if err == nil && !known {
				err = errReported
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().IntVarP(&n, "records", "n", 3, "how many records to show, at most 16")
	cmd.Flags().StringVar(&container, "format", "", "kind of file, instead of sniffing it: "+strings.Join(namesOf(containers()), ", "))
	cmd.RegisterFlagCompletionFunc("format", flagNames(containers))
	return cmd
}

// flagNames completes the value of a flag from a table.
func flagNames(table func() []named) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var out []string
		for _, n := range table() {
			out = append(out, n.Name+"\t"+n.Doc)
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
}

func (a *app) printPeek(p *ingest.Peeked) {
	fmt.Fprintf(a.out, "%s: %s", a.paint("1", p.Path), p.Container)
	if p.Codec != "" {
		fmt.Fprintf(a.out, " in %s", p.Codec)
	}
	switch {
	case p.Reader != "":
		fmt.Fprintf(a.out, ", records of reader %s (%d%% sure)\n", a.paint("1", p.Reader), p.Sure)
	case p.Mapping != nil:
		fmt.Fprintf(a.out, ", records that no reader knows; read by a guessed mapping\n")
	default:
		fmt.Fprintf(a.out, ", records that no reader knows, and no field looks like a question\n")
	}
	for i, s := range p.Records {
		fmt.Fprintf(a.out, "\n%s %d, line %d", a.paint("36", "record"), i+1, s.Line)
		if s.Record == nil {
			fmt.Fprintf(a.out, ": refused: %s\n", s.Error)
			continue
		}
		a.printRecord(s.Record)
	}
	fmt.Fprintf(a.out, "\nIn a recipe:\n\n%s\n", p.Recipe)
}

func (a *app) printRecord(r *format.Record) {
	fmt.Fprintf(a.out, ", id %s\n", r.ID)
	fmt.Fprintf(a.out, "  question  %s\n", oneLine(r.Problem.Question, 100))
	fmt.Fprintf(a.out, "  answer    %s   graded by %s\n", cmp.Or(oneLine(r.Problem.Answer, 60), "(none)"), cmp.Or(r.Problem.Checker, "(no checker)"))
	const most = 2
	for i, t := range r.Attempts {
		if i == most {
			fmt.Fprintf(a.out, "  … %d more attempts\n", len(r.Attempts)-most)
			break
		}
		fmt.Fprintf(a.out, "  attempt   %d steps, %d bytes, %s %s\n", len(t.Trace.Steps), len(t.Trace.Text()), t.Label, t.Author)
		for j, s := range t.Trace.Steps {
			if j == 6 {
				fmt.Fprintf(a.out, "    … %d more steps\n", len(t.Trace.Steps)-j)
				break
			}
			fmt.Fprintf(a.out, "    %s %-8s %s\n", a.paint("2", fmt.Sprintf("%3d", s.ID)), s.Kind, oneLine(s.Text, 90))
		}
	}
	if len(r.Attempts) == 0 {
		fmt.Fprintf(a.out, "  no attempt: a prompt only\n")
	}
}

// tracesEntry is the traces block of a recipe for a peeked file.
func tracesEntry(p *ingest.Peeked) string {
	var b strings.Builder
	fmt.Fprintf(&b, "traces:\n  - path: %s\n", yamlText(p.Path))
	if p.Reader != "" {
		fmt.Fprintf(&b, "    reader: %s\n", p.Reader)
	}
	if why := evalReason(p); why != "" {
		fmt.Fprintf(&b, "    # evaluation data (%s): refused unless the recipe says allow_eval: true\n", why)
	}
	if p.Mapping == nil {
		return b.String()
	}
	b.WriteString("    mapping:             # guessed from names and types: check it\n")
	m := p.Mapping
	for _, row := range [][2]string{
		{"name", m.Name}, {"question", m.Question}, {"system", m.System}, {"answer", m.Answer}, {"choices", m.Choices},
		{"steps", m.Steps}, {"label", m.Label}, {"author", m.Author}, {"final", m.Final}, {"checker", m.Checker}, {"split", m.Split},
	} {
		if row[1] != "" {
			fmt.Fprintf(&b, "      %s: %s\n", row[0], yamlText(row[1]))
		}
	}
	if len(m.Traces) > 0 {
		b.WriteString("      traces:\n")
		for _, t := range m.Traces {
			fmt.Fprintf(&b, "        - %s\n", yamlText(t))
		}
	}
	return b.String()
}

// evalReason says why a peeked file belongs to an evaluation set, if it does.
func evalReason(p *ingest.Peeked) string {
	if r, err := ingest.FindReader(p.Reader); err == nil && r.Eval != "" {
		return r.Eval
	}
	for _, s := range p.Records {
		if s.Record != nil && s.Record.Eval {
			return "its records say so"
		}
	}
	return ""
}
