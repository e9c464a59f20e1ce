package augment

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// A decoder turns YAML into Go values and gathers everything that is wrong on
// the way, instead of stopping at the first fault. Where a value is at fault it
// stays as it was, so that later rules find a sane recipe.
type decoder struct {
	file  string
	names names
	nodes map[string]*yaml.Node // by pointer, so that rules between values find their place
	ds    Diagnostics
	loose bool // no key is required: there are defaults
}

// maxRecipe bounds the size of a recipe file. YAML needs many times its size in
// memory, and no person writes this much.
const maxRecipe = 4 << 20

func newDecoder(file string, n names) *decoder {
	return &decoder{file: file, names: n, nodes: map[string]*yaml.Node{}}
}

// parse reads data as one YAML document and returns its root, or nil.
func (d *decoder) parse(data []byte) *yaml.Node {
	if len(data) > maxRecipe {
		d.add(nil, "", NotYAML, "%d bytes is more than a recipe may have, %d", len(data), maxRecipe)
		return nil
	}
	if !utf8.Valid(data) {
		d.add(&yaml.Node{Line: 1 + bytes.Count(validPrefix(data), []byte("\n")), Column: 1}, "", NotYAML, "invalid UTF-8")
		return nil
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, next yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		d.add(&yaml.Node{Line: 1, Column: 1}, "", NotYAML, "the file is empty; graft init writes a recipe to start from")
		return nil
	case err != nil:
		d.syntax(err)
		return nil
	}
	switch err := dec.Decode(&next); {
	case err == nil:
		d.add(&next, "", NotAllowed, "a second document begins here; a recipe is one document")
	case !errors.Is(err, io.EOF):
		d.syntax(err)
	}
	return doc.Content[0]
}

func validPrefix(b []byte) []byte {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return b[:i]
		}
		i += n
	}
	return b
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

func (d *decoder) syntax(err error) {
	at, text := &yaml.Node{Line: 1, Column: 1}, err.Error()
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		text = text[len(m[0]):]
		if line, err := strconv.Atoi(m[1]); err == nil {
			at.Line = line
		}
	}
	d.add(at, "", NotYAML, "%s", text)
}

// add reports a fault at a node.
func (d *decoder) add(n *yaml.Node, ptr string, kind DiagnosticKind, text string, args ...any) {
	diag := Diagnostic{File: d.file, Pointer: ptr, Kind: kind, Text: fmt.Sprintf(text, args...)}
	if n != nil {
		diag.Line, diag.Col = n.Line, n.Column
	}
	d.ds = append(d.ds, diag)
}

// at reports a fault at the value with the given pointer, or at the nearest
// thing around it that the file has.
func (d *decoder) at(ptr string, kind DiagnosticKind, text string, args ...any) {
	around := ptr
	for d.nodes[around] == nil && around != "" {
		around = around[:max(0, strings.LastIndexAny(around, ".["))]
	}
	d.add(d.nodes[around], ptr, kind, text, args...)
}

// value decodes n into v, which rule bounds.
func (d *decoder) value(n *yaml.Node, v reflect.Value, ptr string, f *field) {
	d.nodes[ptr] = n
	if !d.plain(n, ptr) {
		return
	}
	switch t := v.Type(); {
	case t == rawType:
		if d.kind(n, ptr, yaml.MappingNode, "a mapping") {
			quiet := newDecoder(d.file, d.names) // faults are reported when the parameters are decoded
			v.SetBytes(quiet.json(n, ptr, nil))
		}
	case t == numType:
		d.scalar(n, v, ptr, f)
	case t.Kind() == reflect.Pointer:
		to := reflect.New(t.Elem())
		if t.Elem().Kind() == reflect.Struct && t.Elem() != numType && !d.loose {
			setDefaults(to.Elem())
		}
		faults := len(d.ds)
		d.value(n, to.Elem(), ptr, f)
		if len(d.ds) == faults {
			v.Set(to)
		}
	case t.Kind() == reflect.Struct:
		d.object(n, v, ptr)
	case t.Kind() == reflect.Map:
		d.table(n, v, ptr, f)
	case t.Kind() == reflect.Slice:
		d.list(n, v, ptr, f)
	default:
		d.scalar(n, v, ptr, f)
	}
}

// plain refuses the parts of YAML that make one text stand for another.
func (d *decoder) plain(n *yaml.Node, ptr string) bool {
	switch {
	case n.Kind == yaml.AliasNode:
		d.add(n, ptr, NotAllowed, "*%s is an alias; recipes do without, write the value out", n.Value)
	case n.Anchor != "":
		d.add(n, ptr, NotAllowed, "&%s is an anchor; recipes do without, write the value out", n.Anchor)
	case n.Style&yaml.TaggedStyle != 0:
		d.add(n, ptr, NotAllowed, "%s is a tag; recipes do without", n.ShortTag())
	default:
		return true
	}
	return false
}

func (d *decoder) kind(n *yaml.Node, ptr string, want yaml.Kind, what string) bool {
	if n.Kind != want {
		d.add(n, ptr, WrongType, "found %s; it must be %s", found(n), what)
	}
	return n.Kind == want
}

// pairs calls f for every key of a mapping, once.
func (d *decoder) pairs(n *yaml.Node, ptr string, f func(key, val *yaml.Node)) {
	lines := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind == yaml.ScalarNode && key.ShortTag() == "!!merge":
			d.add(key, ptr, NotAllowed, "<< is a merge key; recipes do without, write the keys out")
		case !d.plain(key, ptr):
		case key.Kind != yaml.ScalarNode || key.ShortTag() != "!!str":
			d.add(key, ptr, WrongType, "found %s for a key; it must be text", found(key))
		case lines[key.Value] > 0:
			d.add(key, ptr, DuplicateKey, "key %q stands twice, first on line %d", key.Value, lines[key.Value])
		default:
			lines[key.Value] = key.Line
			f(key, val)
		}
	}
}

func (d *decoder) object(n *yaml.Node, v reflect.Value, ptr string) {
	if !d.kind(n, ptr, yaml.MappingNode, "a mapping") {
		return
	}
	fields, err := fieldsOf(v.Type())
	if err != nil {
		panic(err)
	}
	var keys []string
	for _, f := range fields {
		keys = append(keys, f.key)
	}
	seen := make([]bool, len(fields))
	d.pairs(n, ptr, func(key, val *yaml.Node) {
		i := slices.Index(keys, key.Value)
		if i < 0 {
			d.add(key, ptr, UnknownKey, "unknown key %q%s", short(key.Value), Suggest("keys", key.Value, keys))
			return
		}
		seen[i] = true
		d.value(val, v.Field(fields[i].index), join(ptr, key.Value), &fields[i])
	})
	for i, f := range fields {
		if f.required && !seen[i] && !d.loose {
			d.add(n, ptr, MissingKey, "missing key %q: %s", f.key, f.doc)
		}
	}
}

func (d *decoder) table(n *yaml.Node, v reflect.Value, ptr string, f *field) {
	if !d.kind(n, ptr, yaml.MappingNode, "a mapping") {
		return
	}
	m := reflect.MakeMap(v.Type())
	d.pairs(n, ptr, func(key, val *yaml.Node) {
		e := reflect.New(v.Type().Elem()).Elem()
		d.value(val, e, join(ptr, key.Value), f)
		m.SetMapIndex(reflect.ValueOf(key.Value).Convert(v.Type().Key()), e)
	})
	v.Set(m)
}

func (d *decoder) list(n *yaml.Node, v reflect.Value, ptr string, f *field) {
	if !d.kind(n, ptr, yaml.SequenceNode, "a list") {
		return
	}
	d.size(n, ptr, len(n.Content), f.rule, "entries")
	inner := &field{names: f.names, rule: rule{enum: f.rule.enum}}
	list := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, c := range n.Content {
		e := list.Index(i)
		if e.Kind() == reflect.Struct && e.Type() != numType && !d.loose {
			setDefaults(e)
		}
		d.value(c, e, fmt.Sprintf("%s[%d]", ptr, i), inner)
	}
	v.Set(list)
}

var word = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// join is the pointer of a key under ptr.
func join(ptr, key string) string {
	switch {
	case !word.MatchString(key):
		return ptr + "[" + strconv.Quote(short(key)) + "]"
	case ptr == "":
		return key
	}
	return ptr + "." + key
}
