package repotest

import (
	"bytes"
	"go/format"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors"
	"github.com/seed-cdf14512/graft/schemas"
	"github.com/seed-cdf14512/graft/train"
)

const root = "../../.."

// command runs a command at the root of the repository and returns its output.
func command(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), env...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, errs.Bytes())
	}
	return string(out)
}

// files calls f for every file of the repository: those that git tracks, or
// without git those that are not hidden.
func files(t *testing.T, f func(path, name string)) {
	t.Helper()
	names := tracked()
	if names == nil {
		names = visible(t)
	}
	for _, name := range names {
		path := filepath.Join(root, filepath.FromSlash(name))
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			f(path, name)
		}
	}
}

func tracked() []string {
	cmd := exec.Command("git", "ls-files", "-z")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil || len(out) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}

func visible(t *testing.T) (names []string) {
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := strings.HasPrefix(d.Name(), ".") && path != root
		if hidden && d.IsDir() {
			return fs.SkipDir
		}
		if !hidden && d.Type().IsRegular() {
			name, err := filepath.Rel(root, path)
			names = append(names, filepath.ToSlash(name))
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestGofmt(t *testing.T) {
	files(t, func(path, name string) {
		if !strings.HasSuffix(name, ".go") {
			return
		}
		src := read(t, path)
		if out, err := format.Source(src); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !bytes.Equal(src, out) {
			t.Errorf("%s: not formatted; run gofmt -w %s", name, name)
		}
	})
}

func TestVet(t *testing.T) {
	if testing.Short() {
		t.Skip("short: go vet")
	}
	command(t, nil, "go", "vet", "./...")
}

func TestStaticcheck(t *testing.T) {
	if os.Getenv("CI") != "true" {
		t.Skip("CI only: staticcheck, which takes minutes where nothing is cached")
	}
	command(t, nil, "go", "tool", "staticcheck", "./...")
}

func packages(t *testing.T) []pkg {
	t.Helper()
	var all []pkg
	for line := range strings.Lines(command(t, nil, "go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...")) {
		words := strings.Fields(line)
		all = append(all, pkg{words[0], words[1:]})
	}
	return all
}

func TestLayers(t *testing.T) {
	for _, bad := range badEdges(packages(t), layers) {
		t.Errorf("%s: not allowed by the layers", bad)
	}
}

// The checker must find an edge that is wrong, and name it.
func TestLayersFindPlantedEdges(t *testing.T) {
	for _, c := range []struct{ from, imp, want string }{
		{"/format", module + "/augment", "format imports augment"},
		{"/format", "github.com/spf13/cobra", "format imports github.com/spf13/cobra"},
		{"/behaviors/reflection", module + "/behaviors/backtracking", "behaviors/reflection imports behaviors/backtracking"},
		{"/augment", module + "/behaviors", "augment imports behaviors"},
		{"/augment", module + "/train", "augment imports train"},
		{"/train", module + "/augment", "train imports augment"},
		{"/cmd/cli", module + "/behaviors", "cmd/cli imports behaviors"},
		{"/format/token", module + "/format/shard", "format/token imports format/shard"},
		{"/format/shard/export", "github.com/parquet-go/parquet-gone", "format/shard/export imports github.com/parquet-go/parquet-gone"},
		{"/util", "fmt", "util stands in no layer"},
	} {
		bad := badEdges([]pkg{{module + c.from, []string{"fmt", c.imp}}}, layers)
		if len(bad) != 1 || bad[0] != c.want {
			t.Errorf("%s -> %s: got %q, want %q", c.from, c.imp, bad, c.want)
		}
	}
	fine := pkg{module + "/behaviors", []string{"fmt", module + "/augment", module + "/behaviors/reflection"}}
	if bad := badEdges([]pkg{fine}, layers); bad != nil {
		t.Errorf("an allowed edge is refused: %v", bad)
	}
}

func TestSchemasAreFresh(t *testing.T) {
	all, err := augment.Schemas(behaviors.Suite)
	if err != nil {
		t.Fatal(err)
	}
	runs, err := train.Schemas()
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(all, runs)
	entries, err := fs.ReadDir(schemas.Files, ".")
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(all) {
		t.Errorf("schemas/ holds %d schemas, want %d", len(entries), len(all))
	}
	for name, want := range all {
		got, err := schemas.Files.ReadFile(name + ".schema.json")
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("schemas/%s.schema.json is stale (%v); run go generate ./schemas", name, err)
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)#\s]+)[^)]*\)`)

func TestLinksResolve(t *testing.T) {
	files(t, func(path, name string) {
		if !strings.HasSuffix(name, ".md") {
			return
		}
		for _, m := range link.FindAllSubmatch(read(t, path), -1) {
			to := string(m[1])
			if strings.Contains(to, "://") || strings.HasPrefix(to, "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), filepath.FromSlash(to))); err != nil {
				t.Errorf("%s links to %s, which is not there", name, to)
			}
		}
	})
}

// A file is one idea; beyond the ceiling it is two.
func TestFileSizes(t *testing.T) {
	const ceiling = 500
	generated := regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)
	files(t, func(path, name string) {
		if !strings.HasSuffix(name, ".go") {
			return
		}
		src := read(t, path)
		if lines := bytes.Count(src, []byte("\n")); lines > ceiling && !generated.Match(src) {
			t.Errorf("%s has %d lines, more than %d: split it by ideas", name, lines, ceiling)
		}
	})
}

// No cgo anywhere below us: the binary must build and run wherever Go does.
func TestNoCgo(t *testing.T) {
	for line := range strings.Lines(command(t, []string{"CGO_ENABLED=1"}, "go", "list", "-deps", "-f", `{{if and .CgoFiles (not .Standard)}}{{.ImportPath}}{{end}}`, "./...")) {
		// purego opens libraries by cgo where there is cgo, and without it by itself:
		// nothing of ours asks for a compiler of C.
		if line = strings.TrimSpace(line); line != "" && line != "github.com/ebitengine/purego/internal/cgo" {
			t.Errorf("%s uses cgo", line)
		}
	}
}

// The systems that the binary is for; long, so only where CI asks for it.
func TestCrossBuilds(t *testing.T) {
	if os.Getenv("CI") != "true" {
		t.Skip("CI only: builds for every system")
	}
	for _, system := range []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64"} {
		goos, arch, _ := strings.Cut(system, "/")
		command(t, []string{"CGO_ENABLED=0", "GOOS=" + goos, "GOARCH=" + arch}, "go", "build", "./...")
	}
}
