package answer

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/format"
)

// shared is the folder of other people's data, beside the repository or where
// GRAFT_SHARED says; the test is skipped by name where there is none.
func shared(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv("GRAFT_SHARED"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for range 8 {
		for _, at := range []string{filepath.Join(dir, "shared"), filepath.Join(filepath.Dir(dir), "shared")} {
			if _, err := os.Stat(filepath.Join(at, "data")); err == nil {
				return at
			}
		}
		dir = filepath.Dir(dir)
	}
	t.Skip("needs ../shared: real traces")
	return ""
}

// rows reads one set of JSON lines.
func rows[T any](t testing.TB, name string) []T {
	t.Helper()
	f, err := os.Open(filepath.Join(shared(t), "data", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		t.Fatal(err)
	}
	var all []T
	for d := json.NewDecoder(z); ; {
		var row T
		if err := d.Decode(&row); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatalf("%s record %d: %v", name, len(all), err)
		}
		all = append(all, row)
	}
}

type gsmRow struct{ Question, Answer string }

// lines splits a GSM8K answer into steps, one a line.
func lines(text string) []format.Step {
	var steps []format.Step
	for text != "" {
		n := strings.IndexByte(text, '\n') + 1
		if n == 0 {
			n = len(text)
		}
		steps = append(steps, format.Step{ID: len(steps) + 1, Kind: format.Derive, Text: text[:n]})
		text = text[n:]
	}
	return steps
}
