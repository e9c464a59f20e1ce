package augment

import (
	"bytes"
	"embed"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// What ships with graft, so that a fresh machine can build something: a small
// trace set of our own, and a byte-level BPE trained on it by a plain
// graft tokenizer train (builtin/README.md has the command).
//
//go:embed builtin
var builtins embed.FS

const builtinPrefix = "builtin:"

// openBuiltin opens the traces that builtin:NAME names; ok is false for every
// other path.
func openBuiltin(path string) (r io.Reader, ok bool, err error) {
	name, ok := strings.CutPrefix(path, builtinPrefix)
	if !ok {
		return nil, false, nil
	}
	b, err := builtins.ReadFile("builtin/" + name + ".jsonl")
	if err != nil {
		return nil, true, fmt.Errorf("%s: there is no such set; builtin:quickstart is the one that ships with graft", path)
	}
	return bytes.NewReader(b), true, nil
}

// ReadTokenizer reads a tokenizer as a recipe names it: builtin:NAME, or a file,
// relative to dir.
func ReadTokenizer(name, dir string) ([]byte, error) { return readTokenizer(name, dir) }

// readTokenizer reads a tokenizer.json: a builtin, or a file beside the recipe.
func readTokenizer(name, dir string) ([]byte, error) {
	if builtin, ok := strings.CutPrefix(name, builtinPrefix); ok {
		b, err := builtins.ReadFile("builtin/" + builtin + ".tokenizer.json")
		if err != nil {
			return nil, fmt.Errorf("%s: there is no such tokenizer; builtin:quickstart is the one that ships with graft", name)
		}
		return b, nil
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(dir, name)
	}
	return os.ReadFile(name)
}
