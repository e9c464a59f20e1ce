package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// A corpus is built like code: go generate makes it, and a second go generate
// changes no byte.
func TestGoGenerateTwice(t *testing.T) {
	if testing.Short() {
		t.Skip("short: go generate")
	}
	dir, err := filepath.Abs("../../testdata/generate")
	if err != nil {
		t.Fatal(err)
	}
	var builds [2]map[string]string
	for i := range builds {
		cmd := exec.Command("go", "generate", ".")
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go generate: %v\n%s", err, out)
		}
		builds[i] = corpus(t, filepath.Join(dir, "corpus"))
	}
	if len(builds[0]) < 8 {
		t.Errorf("go generate made %d files, want a whole build", len(builds[0]))
	}
	for name, data := range builds[0] {
		if builds[1][name] != data {
			t.Errorf("%s changed in the second go generate", name)
		}
	}
	if len(builds[1]) != len(builds[0]) {
		t.Errorf("%d files after the first go generate, %d after the second", len(builds[0]), len(builds[1]))
	}
}

// corpus reads the files of a build by name.
func corpus(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	below, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(names, below...) {
		if data, err := os.ReadFile(name); err == nil {
			files[name] = string(data)
		}
	}
	return files
}
