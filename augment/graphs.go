package augment

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
	"github.com/seed-cdf14512/graft/format/ingest"
)

// A TextGraph is what somebody read in one trace: a line of the files that graft
// graph extract writes and a recipe names under graphs. A build uses it in place of
// the value graph that it would derive, if answer.Bind finds that all of it holds.
type TextGraph struct {
	TraceID    string            `json:"trace_id" jsonschema:"identity of the trace, as records have it, without the number of a duplicate"`
	Text       string            `json:"text" jsonschema:"SHA-256 of the question and the steps that it was read in, in hex"`
	Model      string            `json:"model,omitempty" jsonschema:"who read it"`
	Quantities []answer.Quantity `json:"quantities" jsonschema:"the numbers of the question and of the steps, and how they rest on each other"`
}

// codeStale is the reason why a graph of another text is refused.
const codeStale = "stale"

// Graphs are the graphs that a recipe names, by trace. They are read-only; a nil
// *Graphs has none.
type Graphs struct {
	Path   string
	Digest string // SHA-256 over the graphs, whatever their order
	byID   map[string]*TextGraph
}

// ReadGraphs reads a file of graphs, JSON lines, compressed or not. An error names
// the file and the line of what is wrong.
func ReadGraphs(ctx context.Context, path string) (*Graphs, error) {
	g := &Graphs{Path: path, byID: map[string]*TextGraph{}}
	var o ingest.Options
	err := ingest.Frames(ctx, path, o, func(f ingest.Frame) error {
		it, err := o.Parse(path, f)
		if err != nil {
			return err
		}
		t := new(TextGraph)
		if err := json.Unmarshal(it.Canonical, t, json.RejectUnknownMembers(true)); err != nil {
			return fmt.Errorf("%s:%d: no graph: %w", path, f.Line, err)
		}
		if t.TraceID == "" || len(t.Quantities) == 0 {
			return fmt.Errorf("%s:%d: no graph: trace_id and quantities must be there", path, f.Line)
		}
		if g.byID[graphKey(t.TraceID)] != nil {
			return fmt.Errorf("%s:%d: a second graph of trace %s", path, f.Line, t.TraceID)
		}
		g.byID[graphKey(t.TraceID)] = t
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(g.byID) == 0 {
		return nil, fmt.Errorf("%s: holds no graph", path)
	}
	sum := sha256.Sum256(g.lines(slices.Sorted(maps.Keys(g.byID))))
	g.Digest = hex.EncodeToString(sum[:])
	return g, nil
}

// graphKey is a trace's identity without the number that tells equal records apart.
func graphKey(id string) string {
	const digits = 32 // of a record's digest
	if len(id) > digits && id[digits] == '-' {
		rest := strings.TrimLeft(id[digits+1:], "0123456789")
		return id[:digits] + rest
	}
	return id
}

// lines are the graphs of some traces as a file has them.
func (g *Graphs) lines(keys []string) []byte {
	var b bytes.Buffer
	for _, k := range keys {
		line, err := json.Marshal(g.byID[k], json.Deterministic(true))
		if err != nil {
			panic(err) // it was read from JSON
		}
		b.Write(append(line, '\n'))
	}
	return b.Bytes()
}

func (g *Graphs) find(trace string) *TextGraph {
	if g == nil {
		return nil
	}
	return g.byID[graphKey(trace)]
}

// of is the value graph of an attempt: the one that was read in it, where there is
// one that holds, and else the derived one, with the reason. A build asks whether
// the text is the one it was read in; a check has the question as it was rendered,
// and holds the graph to that.
func (g *Graphs) of(d *answer.Deriver, p *format.Problem, a *format.Attempt, strict bool) (*format.Graph, *answer.Misfit) {
	steps := a.Trace.Steps
	t := g.find(a.Trace.ID)
	if t == nil {
		return graphOf(d, p, steps), nil
	}
	if p.Checker == paramChecker {
		if own := graphOf(d, p, steps); params(own) {
			return own, &answer.Misfit{Reason: answer.MisfitParams, Detail: "the question defines its parameters, and nothing else is believed"}
		}
	}
	if strict && t.Text != textDigest(p.Question, steps) {
		return graphOf(d, p, steps), &answer.Misfit{Reason: codeStale, Detail: "it was read in another question, or in other steps"}
	}
	return d.Bind(p.Question, steps, t.Quantities)
}

// textDigest is the digest of what a graph is read in.
func textDigest(question string, steps []format.Step) string {
	h := sha256.New()
	put := func(s string) {
		h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(s))))
		h.Write([]byte(s))
	}
	put(question)
	for i := range steps {
		put(steps[i].Text)
	}
	return hex.EncodeToString(h.Sum(nil))
}
