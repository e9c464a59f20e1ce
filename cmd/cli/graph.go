package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/augment/endpoint"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// An extraction is what graft graph extract was asked for.
type extraction struct {
	ask       asking
	out       string
	maxTokens int
	tries     int
	records   int
	asJSON    bool
}

func (a *app) graphVerb() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "graph",
		Short: "Have a model read the quantities of worked answers, for a recipe's graphs",
		Long: `Graph works on graphs of quantities: which numbers a worked answer has, what they
are called, and what each rests on. Behaviors that speak of quantities by name
need them; where the text alone gives none, extract asks a model.`,
		Example: "  graft graph extract traces.jsonl --endpoint http://localhost:8000/v1 --model my-model -o graphs.jsonl",
		RunE: func(cmd *cobra.Command, args []string) error {
			return usagef("graph wants a verb: extract; see graft help graph")
		},
	}
	cmd.AddCommand(a.graphExtract())
	return cmd
}

func (a *app) graphExtract() *cobra.Command {
	var x extraction
	cmd := &cobra.Command{
		Use:   "extract TRACES...",
		Short: "Ask a model for the graph of every answer, and keep those that hold",
		Long: `Extract reads traces of any shape and asks a model behind an OpenAI-compatible
endpoint which quantities each worked answer has, what they are called, in which
step they stand and by which equation they come about. What it replies is not
believed: every value must stand where it is said to, every equation must give its
value exactly and use nothing that comes later, what the text computes itself must
be there as it is computed, and names must be words of the text. A reply that does
not hold is refused and counted by reason, and listed in OUT.refused.jsonl; with
--tries above 1 the model is told what was wrong with it and asked again.

A recipe reads the graphs:

  graphs: graphs.jsonl

A build then uses them in place of the graphs that it derives from the steps, keeps
those that it used, and graft check proves them, and every edit on them, again.
Attempts that a checker grades wrong are not asked about.

Replies are kept as they come, by the digest of what was asked, so that a run that
is interrupted goes on where it was: give the same command again. A key is read from
` + keyVariable + ` and written nowhere. The exit code is 1 if a request failed for good
or no graph holds.`,
		Example: "  graft graph extract traces.jsonl --endpoint http://localhost:8000/v1 --model my-model -o graphs.jsonl\n  graft graph extract *.jsonl.gz --endpoint http://localhost:8000/v1 --model my-model --tries 3 -n 100 -o graphs.jsonl",
		Args:    rangeArgs(1, 1<<20, "at least one file of traces"),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.extract(cmd.Context(), args, &x) },
	}
	x.ask.flags(cmd)
	f := cmd.Flags()
	f.StringVarP(&x.out, "out", "o", "", "`FILE` to write, JSON lines")
	f.IntVar(&x.maxTokens, "max-tokens", 4096, "most tokens of a reply")
	f.IntVar(&x.tries, "tries", 1, "how often a model may mend a graph that does not hold, the first time included")
	f.IntVarP(&x.records, "records", "n", 0, "ask about at most so many records; 0: all")
	f.BoolVar(&x.asJSON, "json", false, "print the counts as JSON")
	return cmd
}

// A reading is one attempt whose graph is asked for.
type reading struct {
	problem *format.Problem
	attempt *format.Attempt
	turns   []endpoint.Message
	reply   string
	graph   *augment.TextGraph
	refusal *answer.Misfit // why the last reply is none
}

func (a *app) extract(ctx context.Context, paths []string, x *extraction) error {
	if x.tries < 1 || x.records < 0 || x.maxTokens < 1 {
		return usagef("--tries and --max-tokens must be above 0, -n 0 or more")
	}
	if err := x.ask.ready(x.out, ""); err != nil {
		return err
	}
	list, skipped, err := x.readings(ctx, paths)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return errors.New("nothing to ask: no attempt has steps and is not graded wrong")
	}
	open := list
	sum := endpoint.Tally{Failed: map[endpoint.Reason]int64{}}
	for try := 0; try < x.tries && len(open) > 0; try++ {
		tally, err := a.round(ctx, x, open)
		sum.Total, sum.Cached = sum.Total+tally.Total, sum.Cached+tally.Cached
		for reason, n := range tally.Failed {
			sum.Failed[reason] += n
		}
		if err != nil {
			return err
		}
		open = slices.DeleteFunc(slices.Clone(open), func(r *reading) bool { return r.refusal == nil })
	}
	return a.extracted(x, list, skipped, sum)
}

// readings are the attempts of the traces that are worth a question, each once.
func (x *extraction) readings(ctx context.Context, paths []string) (list []*reading, skipped int64, err error) {
	enough := errors.New("enough")
	seen, read := map[string]bool{}, 0
	for _, path := range paths {
		err := augment.EachRecord(ctx, path, func(rec *format.Record) error {
			if x.records > 0 && read == x.records {
				return enough
			}
			read++
			for i := range rec.Attempts {
				at := &rec.Attempts[i]
				if seen[at.Trace.ID] {
					continue
				}
				seen[at.Trace.ID] = true
				if !augment.GraphPrefers(&rec.Problem, at) {
					skipped++
					continue
				}
				system, user := augment.GraphTurns(&rec.Problem, at)
				list = append(list, &reading{problem: &rec.Problem, attempt: at,
					turns: []endpoint.Message{{Role: "system", Content: system}, {Role: "user", Content: user}}})
			}
			return nil
		})
		if err != nil && err != enough {
			return nil, 0, err
		}
	}
	return list, skipped, nil
}

// round asks once about each of the readings.
func (a *app) round(ctx context.Context, x *extraction, open []*reading) (endpoint.Tally, error) {
	requests := make([]*endpoint.Request, len(open))
	for i, r := range open {
		if r.refusal != nil {
			r.turns = append(r.turns, endpoint.Message{Role: "assistant", Content: r.reply},
				endpoint.Message{Role: "user", Content: "That does not hold (" + r.refusal.Error() + "). Reply with the whole JSON object again, mended."})
			r.refusal = nil
		}
		requests[i] = &endpoint.Request{Model: x.ask.model, Messages: slices.Clone(r.turns), Temperature: jsontext.Value("0"), MaxTokens: x.maxTokens, Seed: 1}
	}
	bars := a.newBars()
	tally, err := x.ask.client.All(ctx, requests, x.ask.workers, func(i int, ans endpoint.Answer) error {
		r := open[i]
		r.reply = ans.Text
		graph, err := augment.ReadGraph(r.problem, r.attempt, ans.Text, ans.Finish)
		if err != nil && !errors.As(err, &r.refusal) {
			return err
		}
		r.graph = graph
		return nil
	}, func(t endpoint.Tally) { bars.show(augment.Progress{Stage: "read", Done: t.Done, Total: t.Total}) })
	bars.stop()
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("interrupted; %s replies are kept in %s, the same command goes on: %w", num(tally.Done), x.ask.cache, err)
	}
	return tally, err
}

// A refusedGraph is a line of the file of refusals.
type refusedGraph struct {
	TraceID string `json:"trace_id"`
	Reason  string `json:"reason"`
	Detail  string `json:"detail"`
	Reply   string `json:"reply"`
}

// extracted writes what holds and what does not, and tells how many of each.
func (a *app) extracted(x *extraction, list []*reading, skipped int64, t endpoint.Tally) error {
	var graphs, refused []any
	reasons := map[string]int64{}
	for _, r := range list {
		switch {
		case r.graph != nil:
			r.graph.Model = x.ask.model
			graphs = append(graphs, r.graph)
		case r.refusal != nil:
			reasons[r.refusal.Reason]++
			refused = append(refused, refusedGraph{r.attempt.Trace.ID, r.refusal.Reason, r.refusal.Detail, r.reply})
		}
	}
	if err := errors.Join(writeLines(x.out, graphs), writeLines(x.out+".refused.jsonl", refused)); err != nil {
		return err
	}
	failed := failures(t)
	for reason, n := range failed {
		reasons[reason] += n
	}
	if x.asJSON {
		err := a.printJSON(map[string]any{"traces": len(list), "graphs": len(graphs), "refused": reasons, "skipped": skipped, "requests": t.Total, "cached": t.Cached, "file": x.out})
		if err == nil && (len(failed) > 0 || len(graphs) == 0) {
			err = errReported
		}
		return err
	}
	fmt.Fprintf(a.out, "%s traces = %s graphs that hold", num(int64(len(list))), num(int64(len(graphs))))
	for _, reason := range augment.ByCount(reasons) {
		fmt.Fprintf(a.out, " + %s %s", num(reasons[reason]), reason)
	}
	fmt.Fprintf(a.out, "; %s requests, %s of them answered from the cache", num(t.Total), num(t.Cached))
	if skipped > 0 {
		fmt.Fprintf(a.out, "; %s attempts not asked about: graded wrong, or empty", num(skipped))
	}
	fmt.Fprintf(a.out, "\n%s\n", strings.Join([]string{x.out, x.out + ".refused.jsonl"}, "\n"))
	if len(failed) > 0 || len(graphs) == 0 {
		return errReported
	}
	return nil
}

// writeLines writes values as JSON lines, so that the file is there whole or not at
// all.
func writeLines(path string, list []any) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".graft-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	w := bufio.NewWriterSize(f, 1<<16)
	for _, v := range list {
		line, err := json.Marshal(v, json.Deterministic(true))
		if err != nil {
			return err
		}
		w.Write(append(line, '\n'))
	}
	if err := errors.Join(w.Flush(), f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
