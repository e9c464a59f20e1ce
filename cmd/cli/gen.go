package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/augment/tasks"
	"github.com/seed-cdf14512/graft/format/strict"
)

func (a *app) genVerb() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "gen TASK",
		Short: "Make problems with a known graph, and traces that solve them",
		Long: `Gen draws problems whose dependency graph or search tree is known and writes
them, with traces that solve them, as JSON lines that graft build reads. Every
set comes with what a program scores on it that always says 0, or always the
commonest answer: a set on which a constant does well measures little.

The same seed gives the same bytes with any number of workers, and a longer set
begins with the shorter one. The tasks:
` + taskList(),
		FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true}, // the flags of a task that does not exist
		Example:            "  graft gen igsm -n 2000 --seed 100 -o train.jsonl\n  graft gen igsm -n 500 --op 25 --no-zero-answers -o test.jsonl\n  graft gen igsm -n 10 --min-op 1 --max-op 3 -o - | graft peek -",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("gen wants a task; see graft help gen")
			}
			return usagef("unknown task %q%s", args[0], strict.Suggest("tasks", args[0], taskNames()))
		},
	}
	cmd.Flags().Bool("json", false, "print the summary as JSON")
	for i := range tasks.Tasks {
		cmd.AddCommand(a.genTask(&tasks.Tasks[i]))
	}
	return cmd
}

func taskNames() (names []string) {
	for i := range tasks.Tasks {
		names = append(names, tasks.Tasks[i].Name)
	}
	return names
}

func taskList() string {
	var b strings.Builder
	for _, t := range tasks.Tasks {
		line, _, _ := strings.Cut(t.Doc, "\n")
		fmt.Fprintf(&b, "\n  %-10s %s", t.Name, line)
	}
	return b.String()
}

func (a *app) genTask(t *tasks.Task) *cobra.Command {
	var out string
	var asJSON bool
	opts := tasks.Options{}
	params := t.Copy()
	short, long, _ := strings.Cut(t.Doc, "\n\n")
	cmd := &cobra.Command{
		Use:     t.Name,
		Short:   strings.ToUpper(short[:1]) + short[1:],
		Long:    cmp.Or(long, short),
		Example: "  graft gen " + t.Name + " -n 1000 --seed 1 -o " + t.Name + ".jsonl\n  graft gen " + t.Name + " -n 3 -o - | graft peek -",
		Args:    exactArgs(0, "no further argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case out == "":
				return usagef("gen wants -o FILE, or -o - for standard output")
			case opts.N < 0 || opts.Workers < 0:
				return usagef("-n and -j must be 0 or more")
			}
			if err := checkRanges(params); err != nil {
				return err
			}
			sum, took, err := a.generate(cmd.Context(), t, params, opts, out)
			if err != nil {
				return err
			}
			report := io.Writer(a.out)
			if out == "-" {
				report = a.errs // standard output has the problems
			}
			if asJSON {
				err = (&app{out: &trackedWriter{w: report}}).printJSON(sum)
			} else {
				err = printSummary(report, sum)
			}
			fmt.Fprintf(a.errs, "made in %s\n", took.Round(time.Millisecond))
			return err
		},
	}
	f := cmd.Flags()
	f.StringVarP(&out, "out", "o", "", "`FILE` to write; - is standard output")
	f.Int64VarP(&opts.N, "problems", "n", 1000, "how many problems")
	f.Uint64Var(&opts.Seed, "seed", 1, "the one source of chance")
	f.IntVarP(&opts.Workers, "workers", "j", 0, "goroutines at work; 0 is one a processor")
	f.BoolVar(&asJSON, "json", false, "print the summary as JSON")
	addParams(f, params)
	return cmd
}

// generate writes the set so that it is there whole or not at all.
func (a *app) generate(ctx context.Context, t *tasks.Task, params any, opts tasks.Options, out string) (*tasks.Summary, time.Duration, error) {
	begun := time.Now()
	bars := a.newBars()
	opts.Progress = func(done int64) { bars.show(augment.Progress{Stage: "draw", Done: done, Total: opts.N}) }
	defer bars.stop()
	if out == "-" {
		w := bufio.NewWriterSize(a.out, 1<<16)
		sum, err := tasks.Generate(ctx, t, params, opts, w)
		return sum, time.Since(begun), errors.Join(err, w.Flush())
	}
	f, err := os.CreateTemp(filepath.Dir(out), ".graft-*")
	if err != nil {
		return nil, 0, err
	}
	defer os.Remove(f.Name())
	w := bufio.NewWriterSize(f, 1<<16)
	sum, err := tasks.Generate(ctx, t, params, opts, w)
	if err := errors.Join(err, w.Flush(), f.Chmod(0o644), f.Close()); err != nil {
		return nil, 0, err
	}
	return sum, time.Since(begun), os.Rename(f.Name(), out)
}

// addParams makes a flag of every field of a parameter struct, named as its
// JSON key with dashes.
func addParams(f *pflag.FlagSet, params any) {
	v := reflect.ValueOf(params).Elem()
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name := flagOf(field)
		usage := field.Tag.Get("jsonschema")
		if r := field.Tag.Get("range"); r != "" {
			usage += " (" + strings.ReplaceAll(r, ",", " to ") + ")"
		}
		switch p := v.Field(i).Addr().Interface().(type) {
		case *int:
			f.IntVar(p, name, *p, usage)
		case *bool:
			f.BoolVar(p, name, *p, usage)
		case *string:
			f.StringVar(p, name, *p, usage)
		default:
			panic(fmt.Sprintf("%T.%s: no flag for a %s", params, field.Name, field.Type))
		}
	}
}

func flagOf(field reflect.StructField) string {
	key, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return strings.ReplaceAll(key, "_", "-")
}

// checkRanges holds parameters to the bounds in their tags.
func checkRanges(params any) error {
	v := reflect.ValueOf(params).Elem()
	for i := range v.NumField() {
		field := v.Type().Field(i)
		var lo, hi int
		if n, _ := fmt.Sscanf(field.Tag.Get("range"), "%d,%d", &lo, &hi); n != 2 || v.Field(i).Kind() != reflect.Int {
			continue
		}
		if got := v.Field(i).Int(); got < int64(lo) || got > int64(hi) {
			return usagef("--%s is %d; it must be %d to %d", flagOf(field), got, lo, hi)
		}
	}
	return nil
}

func printSummary(w io.Writer, s *tasks.Summary) error {
	n := max(s.Problems, 1)
	_, err := fmt.Fprintf(w, "%s: %s problems, %s bytes; %.1f steps and %.0f bytes a trace\n", s.Task, num(s.Problems), num(s.Bytes),
		float64(s.Steps)/float64(n), float64(s.TraceBytes)/float64(n))
	fmt.Fprintf(w, "  baseline: the constant 0 scores %s", percent(s.Zero, n))
	if s.Constant != "0" {
		fmt.Fprintf(w, ", the constant %s scores %s", oneLine(s.Constant, 30), percent(s.Score, n))
	}
	if s.Copies > 0 {
		fmt.Fprintf(w, ", the draft as it stands scores %s", percent(s.CopyScore, n))
	}
	fmt.Fprintf(w, "\n  repeated questions: %s\n", num(s.Repeated))
	if len(s.By) > 0 && len(s.By) <= 64 {
		fmt.Fprint(w, "  by size:")
		for i, l := range s.By {
			if i > 0 {
				fmt.Fprint(w, ",")
			}
			fmt.Fprintf(w, " %s %s", l.Size, percent(l.N, n))
		}
		fmt.Fprintln(w)
	}
	return err
}
