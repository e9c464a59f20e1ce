package repotest

import (
	"bytes"
	"crypto/sha256"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// shared is the folder of other people's data, where there is one.
func shared(t *testing.T) string {
	dir := os.Getenv("GRAFT_SHARED")
	if dir == "" {
		dir = filepath.Join(root, "..", "shared")
	}
	if _, err := os.Stat(filepath.Join(dir, "data")); err != nil {
		t.Skip("needs ../shared: other people's data")
	}
	return dir
}

// Other people's data is read where it lies, and never copied into the
// repository.
func TestNothingSharedIsCopied(t *testing.T) {
	const least = 64 // shorter files are equal by chance
	theirs := map[int64]map[[32]byte]string{}
	err := filepath.WalkDir(shared(t), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || strings.Contains(path, "LICENSES") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil || len(data) < least {
			return err
		}
		size := int64(len(data))
		if theirs[size] == nil {
			theirs[size] = map[[32]byte]string{}
		}
		theirs[size][sha256.Sum256(data)] = d.Name()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(theirs) == 0 {
		t.Fatal("the shared folder holds no file: nothing was compared")
	}
	files(t, func(path, name string) {
		info, err := os.Stat(path)
		if err != nil || theirs[info.Size()] == nil {
			return
		}
		if of := theirs[info.Size()][sha256.Sum256(read(t, path))]; of != "" {
			t.Errorf("%s is a copy of the shared %s", name, of)
		}
	})
}

// A path of somebody's machine in the repository works on that machine only.
func TestNoPathsOfThisMachine(t *testing.T) {
	var paths [][]byte
	for _, dir := range []string{"work/main", "work/shared", "root/", "home/"} {
		paths = append(paths, []byte("/"+dir)) // written so that this file does not find itself
	}
	files(t, func(path, name string) {
		data := read(t, path)
		for _, p := range paths {
			if i := bytes.Index(data, p); i >= 0 && !partOfURL(data, i) {
				t.Errorf("%s:%d holds the path %s…", name, 1+bytes.Count(data[:i], []byte("\n")), p)
			}
		}
	})
}

// partOfURL reports whether a letter stands before the path, as in a.org/home/.
func partOfURL(data []byte, i int) bool {
	return i > 0 && (data[i-1] >= 'a' && data[i-1] <= 'z' || data[i-1] >= '0' && data[i-1] <= '9')
}
