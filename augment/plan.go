package augment

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-cdf14512/graft/format/strict"
)

// A Plan is a recipe resolved against a suite: every default filled in, every
// name found, every parameter typed. It is read-only once made.
type Plan struct {
	File      string            // the recipe's file, as given
	Dir       string            // what the recipe's paths are relative to
	Recipe    Recipe            // with defaults
	Suite     Suite             // with the behaviors that the recipe names by their files
	Uses      []ResolvedUse     // in the order of the suite, which is where edits stand
	Variants  []ResolvedVariant // in the order of the suite
	Graphs    *Graphs           // what was read in the traces; nil where the recipe names none
	Canonical []byte            // identity of the recipe: canonical JSON without paths, weights and tests

	places *strict.Decoder // where the recipe's values stand, for what is found wrong later
}

// Load reads the recipe at path. The plan is nil where the diagnostics have
// more than warnings; an error means that there was nothing to judge: the file
// cannot be read, or the suite itself is broken.
func Load(path string, suite Suite) (*Plan, Diagnostics, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, strict.MaxBytes+1))
	if err != nil {
		return nil, nil, err
	}
	return Parse(path, data, filepath.Dir(path), suite)
}

// Parse is Load for a recipe in memory: name is what diagnostics call it, dir
// is what its paths are relative to.
func Parse(name string, data []byte, dir string, suite Suite) (*Plan, Diagnostics, error) {
	if err := suite.Validate(); err != nil {
		return nil, nil, err
	}
	d := strict.New(name, recipeKind, suite.names())
	recipe := new(Recipe)
	root := d.Parse(data)
	if root == nil {
		return nil, d.Found, nil
	}
	suite = openAll(d, root, dir, suite)
	strict.SetDefaults(reflect.ValueOf(recipe).Elem())
	d.Value(root, reflect.ValueOf(recipe).Elem(), "")
	r := resolver{Decoder: d, suite: suite, dir: dir, recipe: recipe}
	uses := r.resolve()
	variants := r.variants()
	d.Found.Sort()
	if d.Found.Failed() {
		return nil, d.Found, nil
	}
	p := &Plan{File: name, Dir: dir, Recipe: *recipe, Suite: suite, Uses: uses, Variants: variants, Graphs: r.graphs, places: d}
	var err error
	if p.Canonical, err = p.canonical(); err != nil {
		return nil, d.Found, fmt.Errorf("canonical form of %s: %w", name, err)
	}
	return p, d.Found, nil
}

// ID is the SHA-256 of the canonical recipe in hex.
func (p *Plan) ID() string {
	sum := sha256.Sum256(p.Canonical)
	return hex.EncodeToString(sum[:])
}

// identity is what of a recipe can change a build's bytes. Where files lie
// cannot, nor in how many globs they are listed; what they hold is hashed
// elsewhere.
type identity struct {
	Recipe
	Traces    []jsontext.Value  `json:"traces"`
	Behaviors []useIdentity     `json:"behaviors"`
	Variants  []variantIdentity `json:"variants,omitempty"`
	Tokenize  struct {
		MaxTokens  int    `json:"max_tokens"`
		OverLength string `json:"over_length"`
	} `json:"tokenize"`
}

type inputIdentity struct {
	Input
	Path string `json:"path,omitempty"` // hides that of Input, and is left empty
}

type useIdentity struct {
	Use     string         `json:"use"`
	Version int            `json:"version"`
	Params  jsontext.Value `json:"params"`
	Select  Select         `json:"select"`
	Digest  string         `json:"digest,omitempty"` // of a behavior's file
	Phrases string         `json:"phrases"`          // digest of the bank and what the recipe adds
}

type variantIdentity struct {
	Use     string         `json:"use"`
	Version int            `json:"version"`
	Params  jsontext.Value `json:"params"`
	Select  Portion        `json:"select"`
	Keep    string         `json:"keep"`
	Phrases string         `json:"phrases"`
}

func (p *Plan) canonical() ([]byte, error) {
	id := identity{Recipe: p.Recipe}
	id.Recipe.Weights, id.Recipe.Tests = nil, nil
	if p.Graphs != nil {
		id.Recipe.Graphs = p.Graphs.Digest
	}
	id.Recipe.Errors.Rollouts, id.Recipe.Errors.Attempts = nil, nil // paths; what they hold stands in the manifest
	if path, ok := p.Recipe.Render.templatePath(p.Dir); ok {
		id.Recipe.Render.Template = filepath.Base(path) // what it says stands in the texts
	}
	id.Tokenize.MaxTokens, id.Tokenize.OverLength = p.Recipe.Tokenize.MaxTokens, p.Recipe.Tokenize.OverLength
	for _, in := range p.Recipe.Traces {
		b, err := strict.Canonical(inputIdentity{Input: in})
		if err != nil {
			return nil, err
		}
		id.Traces = append(id.Traces, b)
	}
	slices.SortFunc(id.Traces, func(a, b jsontext.Value) int { return slices.Compare(a, b) })
	id.Traces = slices.CompactFunc(id.Traces, func(a, b jsontext.Value) bool { return slices.Equal(a, b) })
	for _, u := range p.Uses {
		id.Behaviors = append(id.Behaviors, useIdentity{
			Use: u.Behavior.Name, Version: u.Behavior.Version, Params: jsontext.Value(u.ParamsJSON),
			Select: u.Select, Phrases: p.phrases(u), Digest: u.Behavior.File.digest(),
		})
	}
	for i := range p.Variants {
		u := &p.Variants[i]
		id.Variants = append(id.Variants, variantIdentity{
			Use: u.Variant.Name, Version: u.Variant.Version, Params: jsontext.Value(u.ParamsJSON),
			Select: u.Select, Keep: u.Keep, Phrases: digestOf(u.Variant.Phrases, u.Phrases),
		})
	}
	return strict.Canonical(id)
}

func (p *Plan) phrases(u ResolvedUse) string {
	for _, use := range p.Recipe.Behaviors {
		if use.Use == u.Behavior.Name {
			return digestOf(u.Behavior.Phrases, use.Phrases)
		}
	}
	return digestOf("", Phrases{})
}

// digestOf is the digest of a bank and of what a recipe adds to it.
func digestOf(own string, p Phrases) string {
	h := sha256.New()
	for _, text := range []string{own, p.Add, p.Replace} {
		fmt.Fprintf(h, "%d\n%s", len(text), text)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// ParseParams reads parameters of b as canonical JSON, as they stand in a
// stamp, onto a copy of the defaults.
func (b *Behavior) ParseParams(text string) (any, error) {
	d := strict.New(b.Name, recipeKind, nil)
	root := d.Parse([]byte(text))
	var p any
	if root != nil {
		p = decodeParams(d, root, "", b)
	}
	if len(d.Found) > 0 {
		return nil, errors.New(d.Found[0].String())
	}
	return p, nil
}
