package ingest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/seed-cdf14512/graft/format"
)

// Any record given to any reader, not only to the one that likes it: a record
// that keeps the law of the IR comes out, or a refusal.
func FuzzDecode(f *testing.F) {
	for _, tt := range shapes {
		f.Add([]byte(tt.text))
	}
	mapping, err := Mapping{Question: "a.b[0]", Traces: []string{"x[].y[]"}, Label: "x[].z", Split: "numbered"}.Reader()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		it, err := Options{}.Parse("x", Frame{Raw: raw, Line: 1})
		if err != nil {
			return
		}
		for _, r := range append(Readers(), *mapping) {
			r.Sniff(mustParse(t, it.Canonical))
			rec, err := Decode(&r, it.Canonical, it.Digest)
			if err != nil {
				if ReasonOf(err) == "" {
					t.Fatalf("%s: an error that is no refusal: %v", r.Name, err)
				}
				continue
			}
			checkRecord(t, r.Name, &rec)
			for _, a := range rec.Attempts {
				if err := format.CheckTrace(a.Trace); err != nil {
					t.Fatalf("%s: %v", r.Name, err)
				}
			}
		}
		if m, ok := guess([]Frame{{Raw: raw}}); ok {
			if _, err := m.Reader(); err != nil {
				t.Fatalf("guessed a mapping that is refused: %v", err)
			}
		}
	})
}

// Whatever the bytes of a Parquet file: rows, or an error of ours.
func FuzzParquet(f *testing.F) {
	whole, err := os.ReadFile(writeParquet(f, []nested{{Question: "q", Steps: []string{"a"}}, {Question: "r"}}))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !strings.HasPrefix(string(raw), "PAR1") {
			return
		}
		path := filepath.Join(t.TempDir(), "x.parquet")
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := parquetFrames(path); err != nil && !strings.Contains(err.Error(), path) {
			t.Fatalf("%v does not name the file", err)
		}
	})
}

// Parse and Decode keep no state: many goroutines get what one gets. (Run with
// -race for the other half of the promise.)
func TestConcurrentUse(t *testing.T) {
	one := make([]string, len(shapes))
	for i, tt := range shapes {
		_, rec, err := decoded(t, tt.text)
		one[i] = fmt.Sprint(rec.ID, brief(rec), err)
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for k := range 5 * len(shapes) {
				i := (k*7 + g) % len(shapes)
				_, rec, err := decoded(t, shapes[i].text)
				if got := fmt.Sprint(rec.ID, brief(rec), err); got != one[i] {
					t.Errorf("%s: differs on another goroutine", shapes[i].reader)
				}
			}
		})
	}
	wg.Wait()
}
