package train

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/train/internal/model"
	"github.com/seed-cdf14512/graft/train/internal/weights"
)

// A state is what a run needs, beside weights and moments, to go on as if it had
// never stopped. There is no state of a random generator: all chance is a
// function of the seed and of these numbers.
type state struct {
	Step     int64             `json:"step"`     // updates done
	Position int64             `json:"position"` // rows or prompts consumed
	Extra    json.RawMessage   `json:"extra,omitempty"`
	Base     string            `json:"base,omitempty"` // with adapters: digest of the model that they belong to
	Files    map[string]string `json:"files"`          // SHA-256 of every file, by its path in the checkpoint
	Sum      string            `json:"sum"`            // SHA-256 of all this, with an empty sum
}

// sealed is s with its sum, and the text of the two.
func (s state) sealed() (state, []byte, error) {
	s.Sum = ""
	text, err := json.Marshal(s)
	if err != nil {
		return s, nil, err
	}
	s.Sum = digestOf(text)
	text, err = json.MarshalIndent(s, "", "  ")
	return s, append(text, '\n'), err
}

// readState reads a state.json, whose every byte must be what was written.
func readState(path string) (s state, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return s, fmt.Errorf("%s: %w", stateName, err)
	}
	sealed, text, err := s.sealed()
	if err == nil && (sealed.Sum != s.Sum || !bytes.Equal(text, b)) {
		err = fmt.Errorf("%s is not what was written: its sum is %.12s, want %.12s", stateName, s.Sum, sealed.Sum)
	}
	return s, err
}

// The parts of a checkpoint: model/ is a checkpoint of Hugging Face in F32, or
// adapters as PEFT has them, with the moments beside it; state.json is written last.
const (
	stateName    = "state.json"
	modelName    = "model"
	checkpoints  = "checkpoints"
	checkpointAs = "step-%010d"
)

// A shelf is the folder of a run's checkpoints.
type shelf struct {
	dir  string
	keep int
}

// save writes a checkpoint. It gets its name when all of it is on disk; then
// the oldest are removed, down to keep. x says what goes along with the weights.
func (h shelf) save(m *model.Model, s state, x model.Export) error {
	x.Type, x.Optimizer, x.Adapter = weights.F32, true, m.Plan().LoRA != nil
	dir := filepath.Join(h.dir, fmt.Sprintf(checkpointAs, s.Step))
	if _, err := os.Stat(dir); err == nil {
		return nil // this very step was saved before
	}
	err := weights.Replace(dir, func(tmp string) error {
		err := m.Save(filepath.Join(tmp, modelName), x)
		if err == nil {
			s.Files, err = digests(tmp)
		}
		if err != nil {
			return err
		}
		_, text, err := s.sealed()
		if err != nil {
			return err
		}
		return weights.WriteText(filepath.Join(tmp, stateName), text)
	})
	if err != nil {
		return fmt.Errorf("checkpoint of step %d: %w", s.Step, err)
	}
	return h.prune()
}

// list is the names of the checkpoints, oldest first.
func (h shelf) list() ([]string, error) {
	entries, err := os.ReadDir(h.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "step-") && e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, err // ReadDir sorts, and the numbers have leading zeros
}

// prune removes all but the newest checkpoints, and what killed runs left. A
// checkpoint loses its name before its files, so that no half of one is left.
func (h shelf) prune() error {
	names, err := h.list()
	if err != nil {
		return err
	}
	for _, name := range names[:max(0, len(names)-h.keep)] {
		gone := filepath.Join(h.dir, "."+name+".partial-old")
		if err := os.Rename(filepath.Join(h.dir, name), gone); err != nil {
			return err
		}
	}
	left, err := filepath.Glob(filepath.Join(h.dir, ".step-*.partial-*"))
	for _, path := range left {
		err = errors.Join(err, os.RemoveAll(path))
	}
	return err
}

// newest is the state and folder of the newest checkpoint; the folder is empty
// where there is none. One whose bytes are not those that were written is
// refused by name: to train on from an older one is for a person to decide.
func (h shelf) newest() (s state, dir string, err error) {
	names, err := h.list()
	if err != nil || len(names) == 0 {
		return s, "", err
	}
	dir = filepath.Join(h.dir, names[len(names)-1])
	s, err = readState(filepath.Join(dir, stateName))
	var got map[string]string
	if err == nil {
		got, err = digests(dir)
	}
	if err == nil && fmt.Sprintf(checkpointAs, s.Step) != filepath.Base(dir) {
		err = fmt.Errorf("its state is that of step %d", s.Step)
	}
	for _, name := range sortedKeys(s.Files) {
		if err == nil && got[name] != s.Files[name] {
			err = fmt.Errorf("%s is not what was written: SHA-256 %.12s, want %.12s", name, got[name], s.Files[name])
		}
	}
	if err == nil && len(got) != len(s.Files) {
		err = fmt.Errorf("%d files, want %d", len(got), len(s.Files))
	}
	if err != nil {
		return s, "", fmt.Errorf("checkpoint %s: %w; remove that folder to go on from the one before", dir, err)
	}
	return s, dir, nil
}

// digests are the SHA-256 of all files below dir but state.json.
func digests(dir string) (map[string]string, error) {
	sums := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || name == stateName {
			return err
		}
		sums[filepath.ToSlash(name)], err = digest(path)
		return err
	})
	return sums, err
}

func digest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is no plain file", path)
	}
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
