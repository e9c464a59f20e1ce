package train

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/cpu"
)

var update = flag.Bool("update", false, "rewrite testdata/curve.txt")

const curveFile = "testdata/curve.txt"

// A curve is loss, length of the gradient and validation loss, step after step.
type curve []float64

func curveOf(t *testing.T, build, family string) (c curve) {
	t.Setenv("GRAFT_CPU", family)
	run := toyRun(t, build, "steps: 8\nevery: {validate: 1}")
	_, err := run.Train(context.Background(), Options{Progress: func(p Progress) {
		for _, m := range p.Metrics {
			if m.Name == "loss" || m.Name == "gradient" || m.Name == "validation" {
				c = append(c, m.Value)
			}
		}
	}})
	must(t, err)
	return c
}

// storedCurves are the curves of testdata/curve.txt by kernel family: a line has
// the family and the bits of a number, in hexadecimal.
func storedCurves(t *testing.T) map[string]curve {
	f, err := os.Open(curveFile)
	must(t, err)
	defer f.Close()
	curves := map[string]curve{}
	for in := bufio.NewScanner(f); in.Scan(); {
		var family string
		var bits uint64
		if _, err := fmt.Sscanf(in.Text(), "%s %x", &family, &bits); err != nil {
			t.Fatalf("%s: %q: %v", curveFile, in.Text(), err)
		}
		curves[family] = append(curves[family], math.Float64frombits(bits))
	}
	return curves
}

// The course of a run is the stored one, bit for bit in each kernel family, and
// the families agree to 1e-5.
func TestCurveIsTheStoredOne(t *testing.T) {
	build := toyBuild(t, toySplits())
	got := map[string]curve{}
	for _, family := range cpu.Families() {
		got[family] = curveOf(t, build, family)
	}
	if *update {
		var text []byte
		for _, family := range sortedKeys(got) {
			for _, v := range got[family] {
				text = fmt.Appendf(text, "%s %016x\n", family, math.Float64bits(v))
			}
		}
		must(t, os.WriteFile(curveFile, text, 0o666))
	}
	stored := storedCurves(t)
	for family, c := range got {
		if want, ok := stored[family]; !ok {
			t.Logf("no curve of %s is stored", family)
		} else if !slices.Equal(c, want) {
			t.Errorf("%s: the curve is not the stored one:\n%v\n%v", family, c, want)
		}
		for i, v := range c {
			if want := stored["go"][i]; math.Abs(v-want) > 1e-5*math.Abs(want) {
				t.Errorf("%s: number %d is %.8g, pure Go gives %.8g", family, i, v, want)
			}
		}
	}
	if len(got["go"]) != 24 {
		t.Errorf("pure Go gave %d numbers, want 24: every machine has this family", len(got["go"]))
	}
}
