package augment_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The recipes of behavior injection build from what their first lines generate,
// and what they built is proved again.
func TestBridgeRecipes(t *testing.T) {
	recipes, err := filepath.Glob("../testdata/recipes/bridge/*.yaml")
	if err != nil || len(recipes) < 8 {
		t.Fatal(recipes, err)
	}
	run, dir := graft(t), t.TempDir()
	for _, recipe := range recipes {
		text := read(t, recipe)
		_, gen, ok := strings.Cut(text, "./cmd/graft gen ")
		gen, _, _ = strings.Cut(gen, " -o ")
		if !ok {
			t.Fatalf("%s does not say how its problems are made", recipe)
		}
		args := strings.Fields(strings.Replace(gen, "-n 2000", "-n 40", 1))
		_, data, _ := strings.Cut(text, "- path: ")
		data, _, _ = strings.Cut(data, "\n")
		run(dir, append([]string{"gen"}, append(args, "-o", data)...)...)
		name := filepath.Base(recipe)
		write(t, dir, map[string]string{name: text})
		out := strings.TrimSuffix(name, ".yaml")
		run(dir, "build", name, "-o", out)
		run(dir, "check", out)
		if err := os.Remove(filepath.Join(dir, data)); err != nil {
			t.Fatal(err)
		}
	}
}
