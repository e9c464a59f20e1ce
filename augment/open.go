package augment

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seed-cdf14512/graft/format/strict"
)

// isFile reports whether a recipe's use names a file.
func isFile(use string) bool {
	return strings.HasSuffix(use, ".yaml") || strings.HasSuffix(use, ".yml")
}

// openAll reads the behaviors that a recipe names by their files, and returns the
// suite with them. In the tree the file's path gives way to the behavior's name,
// which is what the rest of the recipe calls it: where a file lies changes no
// data.
func openAll(d *strict.Decoder, root *yaml.Node, dir string, suite Suite) Suite {
	o := opener{d: d, dir: dir, suite: suite}
	for i, use := range items(child(root, "behaviors")) {
		if n := child(use, "use"); n != nil && n.Kind == yaml.ScalarNode && isFile(n.Value) {
			o.open(n, fmt.Sprintf("behaviors[%d].use", i))
		}
	}
	d.Names = o.with().names()
	d.Names["behavior"] = append(d.Names["behavior"], o.failed...) // told once
	return o.with()
}

// An opener reads the behaviors of one recipe.
type opener struct {
	d      *strict.Decoder
	dir    string
	suite  Suite
	opened []*Behavior
	failed []string
}

func (o *opener) open(n *yaml.Node, ptr string) {
	path := n.Value
	o.failed = append(o.failed, path)
	if o.suite.Open == nil {
		o.d.Add(n, ptr, strict.BadValue, "this graft reads no behaviors from files")
		return
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(o.dir, path)
	}
	data, err := readSmall(path)
	if err != nil {
		o.d.Add(n, ptr, strict.NoFile, "%v", err)
		return
	}
	folder := filepath.Dir(path)
	b, found := o.suite.Open(Source{Name: path, Data: data, Beside: os.DirFS(folder), Dir: folder})
	o.d.Found = append(o.d.Found, found...)
	if found.Failed() || b == nil {
		return
	}
	if errs := b.faults(); len(errs) > 0 {
		o.d.Add(n, ptr, strict.BadValue, "%s: %v", path, errors.Join(errs...))
		return
	}
	same := func(x *Behavior) bool { return x.Name == b.Name }
	switch at := slices.IndexFunc(o.opened, same); {
	case slices.ContainsFunc(o.suite.Behaviors, same):
		o.d.Add(n, ptr, strict.BadValue, "%s is called %s, as a behavior of this graft is; give it a name of its own", path, b.Name)
		return
	case at >= 0 && o.opened[at].File.Digest != b.File.Digest:
		o.d.Add(n, ptr, strict.BadValue, "%s is called %s, as another file's behavior is", path, b.Name)
		return
	case at < 0:
		o.opened = append(o.opened, b)
	}
	o.failed = o.failed[:len(o.failed)-1]
	n.Value = b.Name
}

// with is the suite with what was opened.
func (o *opener) with() Suite { return o.suite.With(o.opened) }

// With is the suite with behaviors that were read from files. Where edits meet in
// one gap, those of files stand by name before the behavior of the suite that they
// ask for, so that the order of a recipe shows nowhere.
func (s Suite) With(opened []*Behavior) Suite {
	opened = slices.SortedFunc(slices.Values(opened), func(a, b *Behavior) int { return cmp.Compare(a.Name, b.Name) })
	list := slices.Clone(s.Behaviors)
	at := 0
	for _, b := range opened {
		if i := slices.IndexFunc(list, func(x *Behavior) bool { return x.Name == b.File.Before }); i >= 0 {
			list = slices.Insert(list, i, b)
		} else {
			list = slices.Insert(list, at, b)
			at++
		}
	}
	s.Behaviors = list
	return s
}

// maxSource bounds a file of a behavior.
const maxSource = 1 << 20

func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSource+1))
	if err == nil && len(data) > maxSource {
		err = fmt.Errorf("%s: more than %d bytes is more than a behavior's file may have", path, maxSource)
	}
	return data, err
}

// child is the value of a key of a mapping, or nil.
func child(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func items(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}
