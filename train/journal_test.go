package train

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Going on from a step leaves the bytes of a run that was never interrupted,
// also where the last line was cut short.
func TestJournalGoesOn(t *testing.T) {
	dir := t.TempDir()
	write := func(after int64, steps ...int64) {
		j, err := openJournal(dir, after, true)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range steps {
			if err := j.log(s, []Metric{{"loss", 1 / float64(s)}, {"odd", math.NaN()}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := j.close(); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, metricsName)
	write(0, 1, 2, 3)
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if text := `{"step":2,"loss":0.5,"odd":"NaN"}` + "\n"; !strings.Contains(string(want), text) {
		t.Errorf("no line %s in %s", text, want)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	f.WriteString(`{"step":4,"lo`)
	f.Close()
	write(1, 2, 3)
	if got, _ := os.ReadFile(path); string(got) != string(want) {
		t.Errorf("after going on from step 1:\n%swant\n%s", got, want)
	}
}
