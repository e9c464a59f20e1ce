package augment

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/seed-cdf14512/graft/format/shard"
)

// SourceName is what a behavior's own file is called where a build keeps it.
const SourceName = "behavior.yaml"

// keepSources writes what behaviors without Go were read from into the build, as
// behaviors/DIGEST/…: without it nobody could prove their edits again.
func (b *builder) keepSources() (files []shard.File, err error) {
	for _, u := range b.plan.Uses {
		f := u.Behavior.File
		if f == nil {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(f.Kept)) {
			path := filepath.Join(b.dir, sourcesName, f.Digest, filepath.FromSlash(name))
			out, err := shard.WriteFile(path, shard.RoleData, bytes.NewReader(f.Kept[name]))
			if err != nil {
				return nil, err
			}
			files = append(files, within(b.dir, out))
		}
	}
	return files, nil
}

// withSources is the suite with the behaviors whose files the build keeps.
func (c *checker) withSources() (Suite, error) {
	var recipe struct {
		Behaviors []struct {
			Use    string `json:"use"`
			Digest string `json:"digest"`
		} `json:"behaviors"`
	}
	if err := json.Unmarshal(c.m.Recipe, &recipe); err != nil {
		return c.suite, fmt.Errorf("manifest: recipe: %w", err)
	}
	var opened []*Behavior
	for _, u := range recipe.Behaviors {
		if u.Digest == "" || c.suite.Open == nil {
			continue
		}
		if b := c.reopen(u.Use, u.Digest); b != nil {
			opened = append(opened, b)
		}
	}
	return c.suite.With(opened), nil
}

// reopen reads one behavior from the build. Nothing that it names is run.
func (c *checker) reopen(name, digest string) *Behavior {
	fault := func(text string, args ...any) *Behavior {
		c.find(Finding{Law: "truth", Detail: fmt.Sprintf("behavior %s: ", name) + fmt.Sprintf(text, args...)})
		return nil
	}
	folder := filepath.Join(sourcesName, digest)
	if !fs.ValidPath(filepath.ToSlash(folder)) || filepath.Dir(folder) != sourcesName {
		return fault("digest %q is none", digest)
	}
	path := filepath.Join(c.dir, folder, SourceName)
	data, err := readSmall(path)
	if err != nil {
		return fault("its file is not in the build: %v", err)
	}
	b, found := c.suite.Open(Source{Name: path, Data: data, Beside: os.DirFS(filepath.Dir(path))})
	switch {
	case found.Failed() || b == nil:
		return fault("%s", found)
	case b.Name != name || b.File.Digest != digest:
		return fault("the build keeps %s with digest %s, the manifest names %s", b.Name, b.File.Digest, digest)
	case len(b.faults()) > 0 || c.suite.Find(name) != nil:
		return fault("%v", b.faults())
	}
	return b
}
