package shard

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// A Difference is one way in which a folder is not what its manifest says.
type Difference struct {
	Path string `json:"path"`
	Kind string `json:"kind"` // missing, extra or changed
	Want string `json:"want,omitempty"`
	Got  string `json:"got,omitempty"`
}

func (d Difference) String() string {
	switch d.Kind {
	case "missing":
		return d.Path + ": missing"
	case "extra":
		return d.Path + ": not in the manifest"
	}
	return fmt.Sprintf("%s: changed: %s, want %s", d.Path, d.Got, d.Want)
}

// Verify reads every file of a build again and compares it with the manifest.
// It returns all differences, in order of path; an error means that it could
// not look. Links are not followed out of the folder.
func Verify(dir string) (*Manifest, []Difference, error) {
	m, err := ReadManifest(dir)
	if err != nil {
		return nil, nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, err
	}
	defer root.Close()
	diffs, err := extras(root, m)
	if err != nil {
		return nil, nil, err
	}
	for _, f := range m.Files {
		d, err := compare(root, f)
		if err != nil {
			return nil, nil, err
		}
		if d != nil {
			diffs = append(diffs, *d)
		}
	}
	slices.SortFunc(diffs, func(a, b Difference) int { return strings.Compare(a.Path, b.Path) })
	return m, diffs, nil
}

func extras(root *os.Root, m *Manifest) ([]Difference, error) {
	listed := map[string]bool{ManifestName: true}
	for _, f := range m.Files {
		listed[f.Path] = true
	}
	var diffs []Difference
	err := fs.WalkDir(root.FS(), ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !listed[p] {
			diffs = append(diffs, Difference{Path: p, Kind: "extra"})
		}
		return err
	})
	return diffs, err
}

func compare(root *os.Root, f File) (*Difference, error) {
	in, err := root.Open(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return &Difference{Path: f.Path, Kind: "missing"}, nil
	}
	if err != nil {
		return nil, err
	}
	defer in.Close()
	st, err := in.Stat()
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return &Difference{f.Path, "changed", "a file", st.Mode().Type().String()}, nil
	}
	if st.Size() != f.Bytes {
		return &Difference{f.Path, "changed", fmt.Sprintf("%d bytes", f.Bytes), fmt.Sprintf("%d bytes", st.Size())}, nil
	}
	h := sha256.New()
	if _, err := io.Copy(h, in); err != nil {
		return nil, err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != f.SHA256 {
		return &Difference{f.Path, "changed", "SHA-256 " + f.SHA256, "SHA-256 " + got}, nil
	}
	return nil, nil
}
