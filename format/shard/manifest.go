package shard

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// ManifestName is the name of a build's manifest. It is written last: a folder
// without one is no build.
const ManifestName = "manifest.json"

// The roles of files. Data files make the build id. Lineage files say where
// records came from, and reports what happened: their digests are recorded, but
// renaming an input changes no build id.
const (
	RoleData    = "data"
	RoleLineage = "lineage"
	RoleReport  = "report"
)

// A File is a file of the build.
type File struct {
	Path   string `json:"path"` // with slashes, within the build's folder
	Role   string `json:"role"`
	Bytes  int64  `json:"bytes"`
	Rows   int64  `json:"rows"` // 0 for files that are no tables
	SHA256 string `json:"sha256"`
}

// A Tokenizer says which tokenizer made the ids.
type Tokenizer struct {
	Name    string `json:"name,omitempty"`
	SHA256  string `json:"sha256"`            // of tokenizer.json
	Unicode string `json:"unicode,omitempty"` // version of the character tables
	Vocab   int    `json:"vocab"`             // ids are below it
}

// An Identity is a law of conservation: In = Out + what was refused, by reason.
type Identity struct {
	In      int64            `json:"in"`
	Out     int64            `json:"out"`
	Refused map[string]int64 `json:"refused"`
}

// Check reports whether the numbers add up.
func (i Identity) Check() error {
	sum := i.Out
	for reason, n := range i.Refused {
		if n < 0 || reason == "" {
			return fmt.Errorf("%d refused for reason %q", n, reason)
		}
		if sum += n; sum < 0 {
			return errors.New("refusals overflow")
		}
	}
	if i.In < 0 || i.Out < 0 || sum != i.In {
		return fmt.Errorf("%d in, but %d out and %d refused", i.In, i.Out, sum-i.Out)
	}
	return nil
}

// A Manifest describes a finished build.
type Manifest struct {
	Format    int               `json:"format"`
	Graft     string            `json:"graft"` // version of the program
	BuildID   string            `json:"build_id"`
	Seed      int64             `json:"seed"`
	Recipe    jsontext.Value    `json:"recipe"` // canonical, as it was resolved
	Stages    map[string]string `json:"stages"` // code version of each stage
	Tokenizer Tokenizer         `json:"tokenizer"`
	Capacity  int               `json:"capacity"`   // tokens in a row of shards/, at most
	SpanNames []string          `json:"span_names"` // what span_name in shards/ counts from 0
	Records   Identity          `json:"records"`    // source records: in, kept, refused
	Attempts  Identity          `json:"attempts"`   // attempts of decoded records and variants: in, rows of records/, refused
	Tokens    Identity          `json:"tokens"`     // tokens: rendered, packed, refused
	Counts    map[string]int64  `json:"counts,omitempty"`
	Files     []File            `json:"files"` // in order of path
	Weights   Weights           `json:"weights"`
}

// Write completes m and writes it as dir/manifest.json: durable, atomic, last.
// It sorts the files, makes their paths relative to dir and computes the build
// id; so m is what ReadManifest will return.
func (m *Manifest) Write(dir string) error {
	m.Format = Version
	for i := range m.Files {
		f := &m.Files[i]
		if rel, err := filepath.Rel(dir, f.Path); err == nil && filepath.IsLocal(rel) {
			f.Path = rel
		}
		f.Path = filepath.ToSlash(f.Path)
	}
	slices.SortFunc(m.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	if err := m.Recipe.Canonicalize(); err != nil {
		return fmt.Errorf("recipe in the manifest: %w", err)
	}
	for _, i := range []*Identity{&m.Records, &m.Tokens} {
		if i.Refused == nil {
			i.Refused = map[string]int64{}
		}
	}
	m.BuildID = m.Root()
	if err := m.check(); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(dir, ManifestName), err)
	}
	b, err := json.Marshal(m, json.Deterministic(true), jsontext.WithIndent("  "))
	if err != nil {
		return err
	}
	_, err = WriteFile(filepath.Join(dir, ManifestName), RoleReport, strings.NewReader(string(b)+"\n"))
	return err
}

// ReadManifest reads dir/manifest.json, strictly, and checks all that can be
// checked without reading the files: identities, rows, paths, build id, weights.
func ReadManifest(dir string) (*Manifest, error) {
	name := filepath.Join(dir, ManifestName)
	b, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: no manifest: the build did not finish, or this is no build folder: %w", name, err)
	}
	if err != nil {
		return nil, err
	}
	return ParseManifest(name, b)
}

// ParseManifest is ReadManifest on bytes; name serves errors only.
func ParseManifest(name string, b []byte) (*Manifest, error) {
	var head struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, corrupt(name, "%v", err)
	}
	if head.Format != Version {
		return nil, wrongVersion(name, fmt.Sprint(head.Format))
	}
	m := new(Manifest)
	if err := json.Unmarshal(b, m, json.RejectUnknownMembers(true)); err != nil {
		return nil, corrupt(name, "%v", err)
	}
	if err := errors.Join(m.Recipe.Canonicalize(), m.check()); err != nil {
		return nil, corrupt(name, "%v", err)
	}
	return m, nil
}

// SetWeights replaces the weights of a finished build and nothing else.
func SetWeights(dir string, w Weights) error {
	m, err := ReadManifest(dir)
	if err != nil {
		return err
	}
	if _, err := w.Resolve(m.SpanNames); err != nil {
		return err
	}
	m.Weights = w
	return m.Write(dir)
}

// FilesOf lists the files of a table, in order of path.
func (m *Manifest) FilesOf(table string) []File {
	var out []File
	for _, f := range m.Files {
		if strings.HasPrefix(f.Path, table+"/") && path.Ext(f.Path) == ".parquet" {
			out = append(out, f)
		}
	}
	return out
}

func (m *Manifest) check() error {
	if err := m.Records.Check(); err != nil {
		return fmt.Errorf("records: %w", err)
	}
	if err := m.Attempts.Check(); err != nil {
		return fmt.Errorf("attempts: %w", err)
	}
	if err := m.Tokens.Check(); err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	rows := map[string]int64{}
	for i, f := range m.Files {
		if err := f.check(); err != nil {
			return err
		}
		if i > 0 && f.Path <= m.Files[i-1].Path {
			return fmt.Errorf("files: %q after %q: given twice or out of order", f.Path, m.Files[i-1].Path)
		}
		folder, _, _ := strings.Cut(f.Path, "/")
		rows[folder] += f.Rows
	}
	if n := rows[Records.Name]; n != m.Attempts.Out {
		return fmt.Errorf("%d rows in records/, but %d attempts out", n, m.Attempts.Out)
	}
	if n := rows[Lineages.Name]; n != m.Records.Out {
		return fmt.Errorf("%d rows in lineage/, but %d records out", n, m.Records.Out)
	}
	for i, n := range m.SpanNames {
		if n == "" || slices.Contains(m.SpanNames[:i], n) {
			return fmt.Errorf("span_names: %q is empty or given twice", n)
		}
	}
	if m.Capacity < 1 || m.Capacity > 1<<28 || m.Tokenizer.Vocab < 0 {
		return fmt.Errorf("capacity %d, vocabulary %d", m.Capacity, m.Tokenizer.Vocab)
	}
	if id := m.Root(); id != m.BuildID {
		return fmt.Errorf("build_id is %s, its files and header give %s", cut(m.BuildID, 80), id)
	}
	_, err := m.Weights.Resolve(m.SpanNames)
	return err
}

func (f File) check() error {
	switch {
	case !filepath.IsLocal(f.Path) || path.Clean(f.Path) != f.Path || strings.ContainsAny(f.Path, "\\\x00") || f.Path == ManifestName:
		return fmt.Errorf("files: path %q, want a clean one within the folder", cut(f.Path, 200))
	case f.Role != RoleData && f.Role != RoleLineage && f.Role != RoleReport:
		return fmt.Errorf("files: %s has role %q", f.Path, cut(f.Role, 40))
	case f.Bytes < 0 || f.Rows < 0 || f.Rows > 1<<40 || !isHex(f.SHA256, 64):
		return fmt.Errorf("files: %s has %d bytes, %d rows, digest %q", f.Path, f.Bytes, f.Rows, cut(f.SHA256, 80))
	}
	return nil
}
