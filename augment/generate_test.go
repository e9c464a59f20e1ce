package augment_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-cdf14512/graft/augment"
)

// These tests run commands as documents tell people to, with a graft built
// from this source.

// graft builds the command once and returns a function that runs it in dir.
func graft(t *testing.T) func(dir string, args ...string) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "graft")
	if text, err := exec.Command("go", "build", "-buildvcs=false", "-o", bin, "../cmd/graft").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, text)
	}
	return func(dir string, args ...string) string {
		t.Helper()
		cmd := exec.Command(bin, args...)
		cmd.Dir = dir
		text, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("graft %s: %v\n%s", strings.Join(args, " "), err, text)
		}
		return string(text)
	}
}

// documented is the command line after "go run …cmd/graft" in a text, and fails
// where there is none.
func documented(t *testing.T, file, verb string) []string {
	t.Helper()
	m := regexp.MustCompile(`go run \S*cmd/graft (` + verb + ` [^\x60\n]+)`).FindStringSubmatch(read(t, file))
	if m == nil {
		t.Fatalf("%s has no command graft %s", file, verb)
	}
	return strings.Fields(m[1])
}

// redirected is args with the argument of -o replaced.
func redirected(t *testing.T, args []string, out string) (_ []string, was string) {
	t.Helper()
	for i := range args {
		if args[i] == "-o" && i+1 < len(args) {
			was, args[i+1] = args[i+1], out
			return args, was
		}
	}
	t.Fatalf("%q has no -o", args)
	return nil, ""
}

// A second go generate of the example changes no byte of what is checked in.
func TestExampleIsReproduced(t *testing.T) {
	const dir = "../testdata/example"
	out := filepath.Join(t.TempDir(), "corpus")
	args, checkedIn := redirected(t, documented(t, dir+"/example.go", "build"), out)
	graft(t)(dir, args...)
	was := digests(t, filepath.Join(dir, checkedIn), everything)
	if diff := cmp.Diff(was, digests(t, out, everything)); diff != "" {
		t.Errorf("go generate ./testdata/example changes what is checked in (-was +now):\n%s", diff)
	}
}

// The set and the tokenizer that ship with graft are what the commands in
// builtin/README.md make.
func TestQuickstartIsReproduced(t *testing.T) {
	out := filepath.Join(t.TempDir(), "tokenizer.json")
	args, checkedIn := redirected(t, documented(t, "builtin/README.md", "tokenizer train"), out)
	graft(t)("..", args...)
	if read(t, out) != read(t, filepath.Join("..", checkedIn)) {
		t.Errorf("graft %s gives other bytes than %s", strings.Join(args, " "), checkedIn)
	}

	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("needs python3 for quickstart.py: " + err.Error())
	}
	var said strings.Builder
	cmd := exec.Command(python, "../testdata/corpora/quickstart.py")
	cmd.Stderr = &said
	text, err := cmd.Output()
	if err != nil {
		t.Fatal(err, said.String())
	}
	if string(text) != read(t, "builtin/quickstart.jsonl") {
		t.Error("quickstart.py gives other bytes than builtin/quickstart.jsonl")
	}
}

// The recipes that are shown to newcomers pass their own tests.
func TestRecipesPass(t *testing.T) {
	recipes, err := filepath.Glob("../testdata/recipes/*.yaml")
	if err != nil || len(recipes) < 3 {
		t.Fatal(recipes, err)
	}
	run := graft(t)
	for _, recipe := range recipes {
		if strings.Contains(read(t, recipe), "../shared/") {
			if _, err := os.Stat("../../shared/data"); err != nil {
				continue // lint looks for the files that a recipe names
			}
		}
		if strings.Contains(read(t, recipe), "../../out/") {
			if _, err := os.Stat("../out/igsm.jsonl"); err != nil {
				continue // it is generated first, as the recipe says
			}
		}
		run(".", "lint", recipe)
	}
}

// The recipe in README.md is one that a build accepts.
func TestRecipeOfReadme(t *testing.T) {
	m := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindStringSubmatch(read(t, "../README.md"))
	if m == nil {
		t.Fatal("README.md shows no recipe")
	}
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"traces/a.jsonl.gz": zipped(t, read(t, "../testdata/corpora/tiny/three.jsonl")),
		"tokenizer.json":    read(t, "builtin/quickstart.tokenizer.json"),
	})
	if _, rep := build(t, dir, m[1], augment.BuildOptions{}); rep.Records.Out != 3 {
		t.Errorf("%d records of 3 came out", rep.Records.Out)
	}
}
