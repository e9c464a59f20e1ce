package igsm

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// A solution read beside another one is judged as one read alone, whatever was
// done to its lines and whatever was read before: lines moved, dropped, said
// twice, misprinted, recalled, put off, and parameters named that no premise defines.
func TestReplayerSaysWhatReplaySays(t *testing.T) {
	draw, err := New(Defaults)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, 8))
	var q answer.Replayer
	broken, n := 0, 0
	for range 1000 {
		rec, err := draw(r)
		if err != nil {
			t.Fatal(err)
		}
		p, base := &rec.Problem, rec.Attempts[0].Trace.Text()
		q.Hold(p, base)
		for range 8 {
			text := spoiled(r, p, base)
			got, want := q.Replay(p, text), answer.Replay(p, text)
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("beside another: %+v, alone: %+v\n%s\n%s", got, want, p.Question, text)
			}
			if want != nil {
				broken++
			}
			n++
		}
	}
	t.Logf("%d of %d broken", broken, n)
	if broken < n/4 || broken > n*9/10 {
		t.Errorf("%d of %d broken", broken, n)
	}
}

// spoiled changes up to three lines of a solution.
func spoiled(r *rand.Rand, p *format.Problem, base string) string {
	g, _, _ := answer.ReadParams(p)
	any := func() *format.Node { return &g.Nodes[r.IntN(len(g.Nodes))] }
	lines := strings.SplitAfter(base, "\n")
	for range r.IntN(4) {
		at := r.IntN(len(lines))
		thing, _, _ := strings.Cut(any().Name, " in each ")
		_, box, _ := strings.Cut(any().Name, " in each ")
		switch name := thing + " in each " + box; r.IntN(8) {
		case 0:
			if len(lines) > 1 {
				lines = slices.Delete(lines, at, at+1)
			}
		case 1:
			lines = slices.Insert(lines, at, lines[r.IntN(len(lines))])
		case 2:
			lines = slices.Insert(lines, at, "Start the number of "+name+" [BACK]\n")
		case 3:
			lines = slices.Insert(lines, at, "Let "+string(rune('a'+r.IntN(26)))+" be the number of "+name+". It has to wait for the number of "+any().Name+".\n")
		case 4:
			lines = slices.Insert(lines, at, "I try the number of "+name+". It has to wait for the number of "+any().Name+".\n")
		case 5:
			if b := []byte(lines[at]); len(b) > 0 {
				b[r.IntN(len(b))] = "xyz123 =.\n"[r.IntN(10)]
				lines[at] = string(b)
			}
		case 6:
			if text, ok := answer.Recall(lines[at]); ok {
				lines[at] = text
			}
		case 7:
			lines = slices.Insert(lines, at, "\n")
		}
	}
	return strings.Join(lines, "")
}
