package augment

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
	"github.com/seed-cdf14512/graft/format/shard"
)

// A GraphReport accounts for the graphs that a recipe names: Graphs = Used +
// Refused + Unasked.
type GraphReport struct {
	SHA256  string           `json:"sha256" jsonschema:"digest of the graphs"`
	Graphs  int64            `json:"graphs"`
	Used    int64            `json:"used" jsonschema:"graphs that held, and stand in the build"`
	Refused map[string]int64 `json:"refused" jsonschema:"graphs that did not hold, by reason; the derived graph was used in their place"`
	Unasked int64            `json:"unasked" jsonschema:"graphs of traces of which nothing was made"`
}

// graph is the value graph of an attempt. It notes what became of the one that was
// read in it.
func (r *refiner) graph(p *format.Problem, a *format.Attempt, out *refined) *format.Graph {
	gs := r.b.plan.Graphs
	g, m := gs.of(r.deriver, p, a, true)
	if gs.find(a.Trace.ID) == nil || r.weighing || r.looked == a.Trace.ID {
		return g
	}
	r.looked = a.Trace.ID
	if m == nil {
		r.held = a.Trace.ID
		return g
	}
	out.rejects = append(out.rejects, Rejection{Record: a.Trace.ID, Behavior: graphsKey, Code: m.Reason, Detail: m.Detail})
	r.note(a.Trace.ID, m.Reason)
	return g
}

// readsGraphs reports whether anything in the plan reads the graph of an attempt:
// behaviors and variants do, and whoever names graphs is told what became of them.
func (p *Plan) readsGraphs() bool { return len(p.Uses)+len(p.Variants) > 0 || p.Graphs != nil }

// settleGraph notes that the graph of an attempt was used, if anything came of the
// attempt.
func (r *refiner) settleGraph(came bool) {
	if came && r.held != "" {
		r.note(r.held, "")
	}
	r.held = ""
}

// note keeps what became of a graph: that it was used, where one of several equal
// records could use it, else the first reason by name.
func (r *refiner) note(trace, code string) {
	k := graphKey(trace)
	if was, seen := r.graphs[k]; !seen || code < was {
		r.graphs[k] = code
	}
}

// graphsKey is the recipe's key, and what rejections of graphs name.
const graphsKey = "graphs"

// keepGraphs counts what became of the recipe's graphs, and writes those that were
// used into the build: without them nobody could prove its edits again.
func (b *builder) keepGraphs() ([]shard.File, error) {
	gs := b.plan.Graphs
	if gs == nil {
		return nil, nil
	}
	all := map[string]string{}
	for _, r := range b.refiners {
		for k, code := range r.graphs {
			if was, seen := all[k]; !seen || code < was {
				all[k] = code
			}
		}
	}
	rep := &GraphReport{SHA256: gs.Digest, Graphs: int64(len(gs.byID)), Refused: map[string]int64{}, Unasked: int64(len(gs.byID) - len(all))}
	b.report.Graphs = rep
	var used []string
	for _, k := range slices.Sorted(maps.Keys(all)) {
		if code := all[k]; code != "" {
			rep.Refused[code]++
			continue
		}
		rep.Used++
		used = append(used, k)
	}
	if len(used) == 0 {
		return nil, nil
	}
	f, err := shard.WriteFile(filepath.Join(b.dir, graphsName), shard.RoleData, bytes.NewReader(gs.lines(used)))
	return []shard.File{within(b.dir, f)}, err
}

// A keptGraphs are the graphs of a finished build, which its check does not
// believe either.
type keptGraphs struct {
	*Graphs
	mu   sync.Mutex
	seen map[string]bool
}

// readGraphs reads the graphs that the build keeps.
func (c *checker) readGraphs(ctx context.Context) error {
	c.graphs = &keptGraphs{seen: map[string]bool{}}
	path := filepath.Join(c.dir, graphsName)
	if !slices.ContainsFunc(c.m.Files, func(f shard.File) bool { return f.Path == graphsName }) {
		if _, err := os.Stat(path); err == nil {
			c.find(Finding{Law: "files", File: graphsName, Detail: "stands in the build, but not in its manifest"})
		}
		return nil
	}
	gs, err := ReadGraphs(ctx, path)
	if err != nil {
		c.find(Finding{Law: "truth", File: graphsName, Detail: err.Error()})
		return nil
	}
	c.graphs.Graphs = gs
	return nil
}

// of is the value graph of an attempt of the build, held to all rules again.
func (k *keptGraphs) of(p *format.Problem, a *format.Attempt) (*format.Graph, error) {
	if k.find(a.Trace.ID) != nil {
		k.mu.Lock()
		k.seen[graphKey(a.Trace.ID)] = true
		k.mu.Unlock()
	}
	g, m := k.Graphs.of(answer.NewDeriver(), p, a, false)
	if m != nil {
		return g, fmt.Errorf("the graph that the build keeps of it does not hold: %w", m)
	}
	return g, nil
}

// restGraphs finds graphs of traces that are not in the build.
func (c *checker) restGraphs() {
	if c.graphs.Graphs == nil {
		return
	}
	for _, k := range slices.Sorted(maps.Keys(c.graphs.byID)) {
		if !c.graphs.seen[k] {
			c.find(Finding{Law: "provenance", File: graphsName, Record: k, Detail: "a graph of a trace that nothing in the build was made of"})
		}
	}
}
