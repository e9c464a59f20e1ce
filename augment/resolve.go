package augment

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/ingest"
	"github.com/seed-cdf14512/graft/format/strict"
)

// recipeKind is what the decoder's messages call a recipe.
var recipeKind = strict.Kind{Noun: "recipe", Start: "graft init writes a recipe to start from"}

// decodeParams decodes n onto a copy of b's defaults, or returns nil after reporting.
func decodeParams(d *strict.Decoder, n *yaml.Node, ptr string, b *Behavior) any {
	p := reflect.New(reflect.TypeOf(b.Params).Elem())
	p.Elem().Set(reflect.ValueOf(b.Params).Elem())
	faults := len(d.Found)
	if n != nil {
		loose := *d
		loose.Loose = true
		loose.Value(n, p.Elem(), ptr)
		d.Found = loose.Found
	}
	if c, ok := p.Interface().(checked); ok && len(d.Found) == faults {
		if err := c.Check(); err != nil {
			d.At(ptr, strict.BadValue, "%v", err)
		}
	}
	if len(d.Found) > faults {
		return nil
	}
	return p.Interface()
}

// A resolver applies the rules between values of a decoded recipe.
type resolver struct {
	*strict.Decoder
	suite  Suite
	dir    string
	recipe *Recipe
	graphs *Graphs
}

func (r *resolver) resolve() []ResolvedUse {
	r.inputs()
	r.tokenizer()
	r.template()
	r.weights()
	r.tests()
	r.errors()
	r.readGraphs()
	if n := r.recipe.Shards.Partition; n&(n-1) != 0 {
		r.At("shards.partition", strict.BadValue, "%d is no power of two; %d is the next", n, nextPower(n))
	}
	uses := r.uses()
	r.order(uses)
	slices.SortStableFunc(uses, func(a, b ResolvedUse) int { return cmp.Compare(a.Rank, b.Rank) })
	return uses
}

func nextPower(n int) int {
	p := 1
	for p < n {
		p *= 2
	}
	return p
}

func (r *resolver) inputs() {
	for i, in := range r.recipe.Traces {
		ptr := fmt.Sprintf("traces[%d]", i)
		if in.Mapping != nil && in.Reader != "auto" {
			r.At(ptr+".mapping", strict.BadValue, "a mapping and the reader %q cannot both read the records; leave one out", in.Reader)
		}
		if in.Mapping != nil && in.Mapping.Question != "" {
			if _, err := in.Mapping.Ingest().Reader(); err != nil {
				r.At(ptr+".mapping", strict.BadValue, "%s", strings.TrimPrefix(err.Error(), "mapping: "))
			}
		}
		name, builtin := strings.CutPrefix(in.Path, "builtin:")
		switch {
		case in.Path == "" || in.Path == ingest.Stdin:
		case builtin:
			r.builtin(ptr+".path", name)
		default:
			r.file(ptr+".path", in.Path)
		}
	}
}

func (r *resolver) builtin(ptr, name string) {
	if !slices.Contains(Builtins(), name) {
		r.At(ptr, strict.UnknownName, "unknown builtin %q%s", strict.Short(name), strict.Suggest("builtins", name, Builtins()))
	}
}

func (r *resolver) file(ptr, pattern string) {
	if _, err := ingest.Expand([]string{pattern}, r.dir); err != nil {
		r.At(ptr, strict.NoFile, "%v", err)
	}
}

// readGraphs reads the graphs that the recipe names: what they hold is part of its
// identity.
func (r *resolver) readGraphs() {
	path := r.recipe.Graphs
	if path == "" {
		return
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.dir, path)
	}
	var err error
	if r.graphs, err = ReadGraphs(context.Background(), path); err != nil {
		r.At(graphsKey, strict.NoFile, "%v", err)
	}
}

func (r *resolver) tokenizer() {
	at := r.recipe.Tokenize.Tokenizer
	if name, builtin := strings.CutPrefix(at, "builtin:"); builtin {
		r.builtin("tokenize.tokenizer", name)
	} else if at != "" {
		r.file("tokenize.tokenizer", at)
	}
}

// weights fills in the defaults and refuses a pattern that no span can match:
// it would be a misspelled name that changes nothing.
func (r *resolver) weights() {
	spans := r.suite.SpanNames()
	for glob, w := range r.recipe.Weights {
		ptr := strict.Join("weights", glob)
		if glob != "default" && !matchesAny(glob, spans) {
			r.At(ptr, strict.UnknownName, "no span is named %q%s", strict.Short(glob), strict.Suggest("engine's spans", glob, append(spans, "default")))
		} else if _, err := (Weights{glob: w}).Shard().Resolve(spans); err != nil && w.Sign() >= 0 {
			r.At(ptr, strict.BadValue, "%s", strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\n", "; "), "weights: "))
		}
	}
	if r.recipe.Weights == nil {
		r.recipe.Weights = Weights{}
	}
	for pattern, w := range (Weights{"default": format.Int(1), "*.wrong": {}}) {
		if _, set := r.recipe.Weights[pattern]; !set {
			r.recipe.Weights[pattern] = w
		}
	}
}

// matchesAny reports whether a glob, in which * stands for any text, matches.
func matchesAny(glob string, names []string) bool {
	re := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(glob), `\*`, ".*") + "$")
	return slices.ContainsFunc(names, re.MatchString)
}

func (r *resolver) tests() {
	for i, t := range r.recipe.Tests {
		for name := range t.Expect.Edits {
			if !slices.ContainsFunc(r.recipe.Behaviors, func(u Use) bool { return u.Use == name }) {
				r.At(strict.Join(fmt.Sprintf("tests[%d].expect.edits", i), name), strict.UnknownName, "the recipe uses no behavior %q", strict.Short(name))
			}
		}
	}
}

func (r *resolver) uses() []ResolvedUse {
	var uses []ResolvedUse
	for i, u := range r.recipe.Behaviors {
		ptr := fmt.Sprintf("behaviors[%d]", i)
		b := r.suite.Find(u.Use)
		if b == nil {
			continue // reported where it was decoded
		}
		if slices.ContainsFunc(uses, func(o ResolvedUse) bool { return o.Behavior == b }) {
			r.At(ptr+".use", strict.BadValue, "%s is used twice; its two uses would draw the same chance", b.Name)
			continue
		}
		use := ResolvedUse{Behavior: b, Rank: slices.Index(r.suite.Behaviors, b), Select: u.Select}
		if use.Params = decodeParams(r.Decoder, r.Node(ptr+".with"), ptr+".with", b); use.Params != nil {
			text, err := strict.Canonical(use.Params)
			if err != nil {
				panic(fmt.Sprintf("behavior %s: parameters: %v", b.Name, err)) // Validate knows the types
			}
			use.ParamsJSON = string(text)
		}
		use.Bank = r.bank(ptr+".phrases", b, u.Phrases)
		uses = append(uses, use)
	}
	return uses
}

// bank builds the phrase bank of one use. A bank in place of the behavior's own
// must have all its sections, because the behavior asks for them by name.
func (r *resolver) bank(ptr string, b *Behavior, p Phrases) *Bank {
	own, err := ParseBank(b.Name, b.Phrases)
	if err != nil {
		panic(err) // Validate has parsed it
	}
	bank := own
	var overlay []string
	if p.Add != "" {
		overlay = []string{p.Add}
	}
	if p.Replace != "" {
		if bank, err = ParseBank("replace", "vars: "+strings.Join(own.vars, " ")+"\n"+p.Replace); err != nil {
			r.At(ptr+".replace", strict.BadValue, "%v", err)
			return nil
		}
		for _, s := range own.sections {
			if _, ok := bank.index[s.name]; !ok {
				r.At(ptr+".replace", strict.BadValue, "the bank has no section [%s], which %s asks for", s.name, b.Name)
			}
		}
	}
	if overlay == nil {
		return bank
	}
	text := b.Phrases
	if p.Replace != "" {
		text = "vars: " + strings.Join(own.vars, " ") + "\n" + p.Replace
	}
	if bank, err = ParseBank(b.Name, text, overlay...); err != nil {
		r.At(ptr+".add", strict.BadValue, "%v", err)
		return nil
	}
	return bank
}

// order warns of a recipe that lists behaviors against the suite's order. It
// changes no text, because edits stand in the order of the suite.
func (r *resolver) order(uses []ResolvedUse) {
	index := func(name string) int {
		return slices.IndexFunc(r.recipe.Behaviors, func(u Use) bool { return u.Use == name })
	}
	for _, c := range r.suite.Order {
		first, then := index(c.First), index(c.Then)
		if first < 0 || then < 0 || first < then {
			continue
		}
		r.At(fmt.Sprintf("behaviors[%d].use", first), AgainstOrder, "%s is listed after %s but its edits will stand before: %s", c.First, c.Then, c.Why)
		r.Found[len(r.Found)-1].Warning = true
	}
}
