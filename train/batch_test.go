package train

import (
	"slices"
	"testing"

	"github.com/seed-cdf14512/graft/format/shard"
)

// Worked by hand: two documents, a span without tokens, and a first token that
// nothing predicts. The weight of a token stands where it is the target.
func TestWeightsStandAtTargets(t *testing.T) {
	row := &shard.Row{
		InputIDs: []int32{10, 11, 12, 13, 14, 20, 21}, SeqLengths: []int32{5, 2}, RecordID: []string{"a", "b"},
		SpanEnd: []int32{1, 3, 3, 5, 6, 7}, SpanName: []int32{0, 1, 2, 3, 3, 1}, SpanEdit: make([]int32, 6),
	}
	must(t, row.Check())
	var m micro
	m.add(row, source{Row: 9}, []float32{8, 0.5, 7, 2})
	m.add(row, source{Row: 10}, []float32{8, 0.5, 7, 2})
	// targets:        11   12  13 14 -   21  -
	want := []float32{0.5, 0.5, 2, 2, 0, 0.5, 0}
	names := []int32{1, 1, 3, 3, -1, 1, -1}
	targets := []int32{11, 12, 13, 14, -1, 21, -1}
	for i := range want {
		for _, at := range []int{i, i + 7} {
			if m.weights[at] != want[i] || m.spans[at] != names[i] || m.Targets[at] != targets[i] {
				t.Errorf("token %d: weight %g, span %d, target %d; want %g, %d, %d", at, m.weights[at], m.spans[at], m.Targets[at], want[i], names[i], targets[i])
			}
		}
	}
	if want := []int32{0, 5, 7, 12, 14}; !slices.Equal(m.Starts, want) {
		t.Errorf("documents start at %v, want %v", m.Starts, want)
	}
	if m.total() != 11 || len(m.sources) != 2 || m.sources[1].Row != 10 {
		t.Errorf("total %g, sources %v", m.total(), m.sources)
	}
}

func toyFeed(lengths []int32, tokens, accumulate int, end int64) *feed {
	n := int64(len(lengths))
	return &feed{rows: &split{lengths: lengths}, order: newOrder(3, n).at, tokens: tokens, accumulate: accumulate, end: end}
}

// Steps tile the stream of rows: each begins where the one before ended, no
// micro-batch is too long, none could hold the row after it, and all is a
// function of the position.
func TestStepsTileTheRows(t *testing.T) {
	lengths := []int32{5, 9, 2, 7, 10, 1, 1, 6, 3}
	const tokens, accumulate, epochs = 12, 3, 4
	f := toyFeed(lengths, tokens, accumulate, epochs*9)
	seen := make([]int, len(lengths))
	steps := int64(0)
	for at := int64(0); at < f.end; steps++ {
		cuts := f.cut(at)
		if cuts[0] != at || len(cuts) > accumulate+1 || !slices.Equal(cuts, f.cut(at)) {
			t.Fatalf("step at %d: %v", at, cuts)
		}
		for i, end := range cuts[1:] {
			sum := 0
			for p := cuts[i]; p < end; p++ {
				seen[f.order(p)]++
				sum += int(lengths[f.order(p)])
			}
			if sum > tokens || end < f.end && sum+int(lengths[f.order(end)]) <= tokens {
				t.Errorf("the micro-batch of positions %d to %d has %d tokens; the next row has %d", cuts[i], end, sum, lengths[f.order(end)])
			}
		}
		at = cuts[len(cuts)-1]
	}
	for row, n := range seen {
		if n != epochs {
			t.Errorf("row %d was seen %d times in %d epochs", row, n, epochs)
		}
	}
	if steps != f.steps() {
		t.Errorf("%d steps, counted %d", steps, f.steps())
	}
}
