package augment_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors"
	"github.com/seed-cdf14512/graft/format/shard"
)

// One byte of the source is changed in each of 240 samples, and the manifest made
// to agree: check finds every one of them by the digest of the source (law 1).
func TestChangedSourceBytesAreFound(t *testing.T) {
	dir := t.TempDir()
	out, _ := build(t, dir, plain+behaviorsAt("1")+traces("builtin:quickstart"), augment.BuildOptions{})
	samples := tableRows(t, &shard.Records, filepath.Join(out, "records/part-00000.parquet"))
	const batch, batches = 80, 3 // a check lists at most 100 problems of the tables
	for b := range batches {
		want := map[string]bool{}
		tampered, err := shard.Records.Create(filepath.Join(out, "records/part-00000.parquet"))
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range samples {
			row := *s
			if i/batch == b {
				row.Text = changed(t, s, i)
				want[s.RecordID] = true
			}
			if err := tampered.Write(&row); err != nil {
				t.Fatal(err)
			}
		}
		f, err := tampered.Close()
		if err != nil {
			t.Fatal(err)
		}
		m := manifest(t, out)
		for k := range m.Files {
			if strings.HasPrefix(m.Files[k].Path, "records/") {
				f.Path = m.Files[k].Path
				m.Files[k] = f
			}
		}
		if err := m.Write(out); err != nil {
			t.Fatal(err)
		}
		c, err := augment.CheckDir(context.Background(), out, behaviors.Suite, augment.CheckOptions{Most: 10000})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range c.Findings {
			if id, rest, ok := strings.Cut(afterRecord(x.Detail), ":"); ok && strings.Contains(rest, "without its edits") {
				delete(want, id)
			}
		}
		if len(want) > 0 {
			t.Errorf("batch %d: %d of %d changed samples were not found", b, len(want), batch)
		}
	}
}

// changed is the text of a sample with one digit or letter of its source, not
// the first, made another.
func changed(t *testing.T, s *shard.Record, nth int) string {
	t.Helper()
	var places []int
	for _, sp := range s.Spans {
		if sp.Origin != "source" || sp.Name != "source" {
			continue
		}
		for at := sp.Start; at < sp.End; at++ {
			if c := s.Text[at]; c >= '0' && c <= '8' || c >= 'a' && c <= 'y' {
				places = append(places, int(at))
			}
		}
	}
	at := places[nth*7919%len(places)]
	return s.Text[:at] + string(s.Text[at]+1) + s.Text[at+1:]
}

func afterRecord(detail string) string {
	_, rest, _ := strings.Cut(detail, "record ")
	return rest
}
