package augment_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors"
)

// FuzzBuild gives whole builds any bytes as a file of traces: no panic, and
// what comes out is in balance and stands up to being proved again. Goroutines
// make coverage vary, so fuzz it with -fuzzminimizetime 1x.
func FuzzBuild(f *testing.F) {
	for _, folder := range []string{"tiny", "unicode", "hostile"} {
		files, err := filepath.Glob("../testdata/corpora/" + folder + "/*.json*")
		if err != nil || len(files) == 0 {
			f.Fatal(files, err)
		}
		for _, name := range files {
			if data, err := os.ReadFile(name); err == nil && len(data) < 4096 {
				f.Add(data)
			}
		}
	}
	recipe := plain + behaviorsAt("1") + "rejects: {quarantine: true}\ngrade: {keep: any}\nprompts: true\n" + traces("in") + "tokenize: {max_tokens: 400, over_length: prompt}\n"
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			t.Skip()
		}
		dir := t.TempDir()
		write(t, dir, map[string]string{"in": string(data)})
		out := filepath.Join(dir, "out")
		rep, err := augment.Build(context.Background(), load(t, dir, recipe), out, augment.BuildOptions{Workers: 2})
		if err != nil {
			if strings.Contains(err.Error(), "a bug in graft") {
				t.Fatal(err)
			}
			return // a file that no reader knows, or that ends too early
		}
		balanced(t, out, rep)
		c, err := augment.CheckDir(context.Background(), out, behaviors.Suite, augment.CheckOptions{Workers: 2})
		if err != nil {
			t.Fatal(err)
		}
		for _, finding := range c.Findings {
			t.Error(finding)
		}
	})
}
