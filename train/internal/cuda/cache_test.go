package cuda

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestCacheMakesDamagedEntriesAnew: an entry cut short, flipped or emptied is
// compiled again and mended; a sound one is not compiled.
func TestCacheMakesDamagedEntriesAnew(t *testing.T) {
	c := cache{filepath.Join(t.TempDir(), "deep", "folder")}
	k := key("text", "sm_90")
	made := 0
	get := func() string {
		b, err := c.get(k, func() ([]byte, error) { made++; return []byte("machine code"), nil })
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	get()
	if get(); made != 1 {
		t.Fatalf("built %d times, want 1", made)
	}
	path := filepath.Join(c.folder, k)
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	flipped := append([]byte(nil), sound...)
	flipped[len(flipped)-1] ^= 1
	for i, bad := range [][]byte{nil, sound[:20], sound[:len(sound)-1], flipped} {
		if err := os.WriteFile(path, bad, 0o644); err != nil {
			t.Fatal(err)
		}
		if got := get(); got != "machine code" || made != i+2 {
			t.Errorf("damage %d: got %q after %d builds", i, got, made)
		}
		if mended, _ := os.ReadFile(path); string(mended) != string(sound) {
			t.Errorf("damage %d was not mended", i)
		}
	}
	if left, _ := os.ReadDir(c.folder); len(left) != 1 {
		t.Errorf("%d files in the cache, want 1", len(left))
	}
}

func TestCacheKeepsNoErrors(t *testing.T) {
	c := cache{t.TempDir()}
	if _, err := c.get("k", func() ([]byte, error) { return nil, errors.New("no") }); err == nil {
		t.Error("no error")
	}
	if b, err := c.get("k", func() ([]byte, error) { return []byte("x"), nil }); string(b) != "x" || err != nil {
		t.Errorf("got %q, %v", b, err)
	}
}

func TestKeysDiffer(t *testing.T) {
	if key("ab", "c") == key("a", "bc") || key("a") == key("a", "") {
		t.Error("two lists of parts have one key")
	}
}

// A cache that cannot be written compiles each time.
func TestCacheInAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if b, err := (cache{file}).get("k", func() ([]byte, error) { return []byte("x"), nil }); string(b) != "x" || err != nil {
		t.Errorf("got %q, %v", b, err)
	}
}
