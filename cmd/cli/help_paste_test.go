package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
)

// pasted is the run file that the help of a verb shows.
func pasted(t *testing.T, verb ...string) string {
	t.Helper()
	a := &app{out: &trackedWriter{w: &bytes.Buffer{}}}
	cmd, _, err := a.root().Find(verb)
	if err != nil {
		t.Fatal(err)
	}
	var run []string
	for line := range strings.Lines(cmd.Long) {
		if text, ok := strings.CutPrefix(line, "  "); ok {
			run = append(run, text)
		}
	}
	return strings.Join(run, "")
}

// The run files in the help work as they stand, one after the other, on what the
// quickstart recipe builds; here with fewer steps and smaller batches.
func TestPastedRunsWork(t *testing.T) {
	dir := t.TempDir()
	recipe, err := os.ReadFile("../../testdata/recipes/quickstart.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text, rest, _ := strings.Cut(string(recipe), "\nbehaviors:") // this graft has none
	_, rest, _ = strings.Cut(rest, "\nrender:")
	rest, _, _ = strings.Cut(rest, "\ntests:")
	rest = strings.NewReplacer("  backtracking.retract: 1.5\n", "", "  \"*.wrong\": 0\n", "").Replace(rest)
	shorter := strings.NewReplacer("epochs: 2 ", "steps: 2 ", "steps: 200", "steps: 1", "prompts: 32, samples: 16, max_tokens: 512", "prompts: 2, samples: 2, max_tokens: 8",
		"limit: 64, samples: 8", "limit: 2, samples: 2")
	for name, text := range map[string]string{
		"recipe.yaml": text + "\nrender:" + rest,
		"sft.yaml":    shorter.Replace(pasted(t, "train", "sft")),
		"rft.yaml":    shorter.Replace(pasted(t, "train", "rft")),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"build", "recipe.yaml", "-o", "out"}, {"train", "sft", "sft.yaml"}, {"train", "rft", "rft.yaml"},
	} {
		for i, a := range args {
			if strings.HasSuffix(a, ".yaml") || a == "out" {
				args[i] = filepath.Join(dir, a)
			}
		}
		var out, errs bytes.Buffer
		if code := Run(context.Background(), augment.Suite{}, args, nil, &out, &errs); code != 0 {
			t.Fatalf("%v: exit code %d\n%s%s", args, code, out.String(), errs.String())
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "runs", "reinforced", "model", "model.safetensors")); err != nil {
		t.Error(err)
	}
}
