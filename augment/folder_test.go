package augment

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/seed-cdf14512/graft/format/shard"
)

// However far an installation came before its process was killed, the next run
// makes it whole: nothing of the new build is missing, nothing of the old left.
func TestInstallResumes(t *testing.T) {
	for done := range len(outputs) + 1 {
		out := t.TempDir()
		work := filepath.Join(out, workFolder)
		for _, name := range []string{"records/old", "prompts/old", "stats.json", shard.ManifestName} {
			put(t, filepath.Join(out, name), "old")
		}
		m := &shard.Manifest{Capacity: 1, SpanNames: []string{"source"}, Recipe: []byte("{}"), Weights: shard.DefaultWeights(),
			Tokenizer: shard.Tokenizer{SHA256: sum64, Vocab: 1}}
		for _, name := range []string{"records/new", "shards/new", "stats.json"} {
			put(t, filepath.Join(work, name), "new")
			m.Files = append(m.Files, shard.File{Path: name, Role: shard.RoleReport, Bytes: 3, SHA256: sum64})
		}
		if err := m.Write(work); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(filepath.Join(out, shard.ManifestName)); err != nil {
			t.Fatal(err)
		}
		for _, name := range outputs[:done] {
			if err := place(work, out, name, has(m, name)); err != nil {
				t.Fatal(err)
			}
		}
		if err := resume(work, out); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"records/new", "shards/new", "stats.json"} {
			if b, err := os.ReadFile(filepath.Join(out, name)); err != nil || string(b) != "new" {
				t.Errorf("after %d of %d: %s holds %q, %v", done, len(outputs), name, b, err)
			}
		}
		for _, name := range []string{"records/old", "prompts", workFolder} {
			if _, err := os.Lstat(filepath.Join(out, name)); err == nil {
				t.Errorf("after %d of %d: %s is left", done, len(outputs), name)
			}
		}
		if _, err := shard.ReadManifest(out); err != nil {
			t.Errorf("after %d of %d: %v", done, len(outputs), err)
		}
	}
}

const sum64 = "00000000000000000000000000000000000000000000000000000000000000ff"

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
