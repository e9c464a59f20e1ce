package cuda

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// bandwidth is the memory's of an H200, in bytes a second.
const bandwidth = 4.8e12

// What stands beside a kernel about its bytes and its time is what its launches
// count, and every kernel has it.
func TestCostsBesideKernels(t *testing.T) {
	bytes := map[string]int{}
	files := map[string]string{}
	for _, c := range Costs() {
		for _, s := range c.Work.Steps {
			bytes[s.Launch.Name] = 0 // that of the last operation that has it
		}
		for _, s := range c.Work.Steps {
			if s.Launch.Moves <= 0 {
				t.Errorf("%s launches %s and does not say what it moves", c.Name, s.Launch.Name)
			}
			bytes[s.Launch.Name] += s.Launch.Moves
			files[s.Launch.Name] = s.Launch.File
		}
	}
	for name, n := range bytes {
		text, err := Source(files[name])
		if err != nil {
			t.Fatal(err)
		}
		m := regexp.MustCompile(`((?://[^\n]*\n)+)extern "C" __global__ void ` + name + `\(`).FindStringSubmatch(text)
		want := fmt.Sprintf("// 0.5B: %.1f MB, %.1f µs.\n", float64(n)/1e6, float64(n)/bandwidth*1e6)
		if m == nil || !strings.Contains(m[1], want) {
			t.Errorf("%s: above %s must stand %q", files[name], name, want)
		}
	}
	if len(bytes) < 18 {
		t.Errorf("%d kernels have a cost", len(bytes))
	}
}

// TestLogitsComeInChunks: a step's tokens never have more than 4,096 rows of logits and
// of their gradient at once, whatever their number.
func TestLogitsComeInChunks(t *testing.T) {
	const most = 4096 * costV * (4 + 2) // 3.7 GB
	for _, c := range Costs() {
		if n := c.Work.ScratchBytes(); n > most {
			t.Errorf("%s of %d tokens has %d bytes of scratch, want %d at most", c.Name, costT, n, most)
		} else if c.Name == "ScoreBoth" && n != most {
			t.Errorf("ScoreBoth has %d bytes of scratch, want those of 4,096 tokens, %d", n, most)
		}
	}
}
