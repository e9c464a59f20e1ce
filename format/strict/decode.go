package strict

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

// Names are the tables that names tags refer to.
type Names map[string][]string

// A Kind says what sort of file is read, in the words of its messages.
type Kind struct {
	Noun  string // what one is called, like "recipe"
	Start string // what somebody who has none yet should do
}

// A Decoder turns YAML into Go values and gathers everything that is wrong on
// the way, instead of stopping at the first fault. Where a value is at fault it
// stays as it was, so that later rules find sane values.
type Decoder struct {
	Found Diagnostics // what was wrong so far
	Loose bool        // no key is required: there are defaults
	Names Names

	file  string
	what  Kind
	nodes map[string]*yaml.Node // by pointer, so that rules between values find their place
}

// MaxBytes bounds the size of a file. YAML needs many times its size in memory,
// and no person writes this much.
const MaxBytes = 4 << 20

// New is a decoder of the file that diagnostics call file.
func New(file string, kind Kind, n Names) *Decoder {
	return &Decoder{file: file, what: kind, Names: n, nodes: map[string]*yaml.Node{}}
}

// Decode reads data as one YAML document into the struct that to points to,
// after setting its defaults. It reports false where the text is no YAML at all.
// What else is wrong stands in Found.
func (d *Decoder) Decode(data []byte, to any) bool {
	root := d.Parse(data)
	if root != nil {
		v := reflect.ValueOf(to).Elem()
		SetDefaults(v)
		d.Value(root, v, "")
	}
	return root != nil
}

// Node is the value with the given pointer, or nil where the file has none.
func (d *Decoder) Node(ptr string) *yaml.Node { return d.nodes[ptr] }

// Value decodes n, which stands at ptr, into v.
func (d *Decoder) Value(n *yaml.Node, v reflect.Value, ptr string) { d.value(n, v, ptr, &Field{}) }

// Parse reads data as one YAML document and returns its root, or nil.
func (d *Decoder) Parse(data []byte) *yaml.Node {
	if len(data) > MaxBytes {
		d.Add(nil, "", NotYAML, "%d bytes is more than a %s may have, %d", len(data), d.what.Noun, MaxBytes)
		return nil
	}
	if !utf8.Valid(data) {
		d.Add(&yaml.Node{Line: 1 + bytes.Count(validPrefix(data), []byte("\n")), Column: 1}, "", NotYAML, "invalid UTF-8")
		return nil
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, next yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		d.Add(&yaml.Node{Line: 1, Column: 1}, "", NotYAML, "the file is empty; %s", d.what.Start)
		return nil
	case err != nil:
		d.syntax(err)
		return nil
	}
	switch err := dec.Decode(&next); {
	case err == nil:
		d.Add(&next, "", NotAllowed, "a second document begins here; a %s is one document", d.what.Noun)
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

func (d *Decoder) syntax(err error) {
	at, text := &yaml.Node{Line: 1, Column: 1}, err.Error()
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		text = text[len(m[0]):]
		if line, err := strconv.Atoi(m[1]); err == nil {
			at.Line = line
		}
	}
	d.Add(at, "", NotYAML, "%s", text)
}

// Add reports a fault at a node.
func (d *Decoder) Add(n *yaml.Node, ptr string, kind DiagnosticKind, text string, args ...any) {
	diag := Diagnostic{File: d.file, Pointer: ptr, Kind: kind, Text: fmt.Sprintf(text, args...)}
	if n != nil {
		diag.Line, diag.Col = n.Line, n.Column
	}
	d.Found = append(d.Found, diag)
}

// At reports a fault at the value with the given pointer, or at the nearest
// thing around it that the file has.
func (d *Decoder) At(ptr string, kind DiagnosticKind, text string, args ...any) {
	around := ptr
	for d.nodes[around] == nil && around != "" {
		around = around[:max(0, strings.LastIndexAny(around, ".["))]
	}
	d.Add(d.nodes[around], ptr, kind, text, args...)
}

// value decodes n into v, which rule bounds.
func (d *Decoder) value(n *yaml.Node, v reflect.Value, ptr string, f *Field) {
	d.nodes[ptr] = n
	if !d.plain(n, ptr) {
		return
	}
	switch t := v.Type(); {
	case t == rawType:
		if d.kind(n, ptr, yaml.MappingNode, "a mapping") {
			quiet := New(d.file, d.what, d.Names) // faults are reported when the parameters are decoded
			v.SetBytes(quiet.JSON(n, ptr, nil))
		}
	case t == numType:
		d.scalar(n, v, ptr, f)
	case t.Kind() == reflect.Pointer:
		to := reflect.New(t.Elem())
		if t.Elem().Kind() == reflect.Struct && t.Elem() != numType && !d.Loose {
			SetDefaults(to.Elem())
		}
		faults := len(d.Found)
		d.value(n, to.Elem(), ptr, f)
		if len(d.Found) == faults {
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
func (d *Decoder) plain(n *yaml.Node, ptr string) bool {
	switch {
	case n.Kind == yaml.AliasNode:
		d.Add(n, ptr, NotAllowed, "*%s is an alias; %ss do without, write the value out", n.Value, d.what.Noun)
	case n.Anchor != "":
		d.Add(n, ptr, NotAllowed, "&%s is an anchor; %ss do without, write the value out", n.Anchor, d.what.Noun)
	case n.Style&yaml.TaggedStyle != 0:
		d.Add(n, ptr, NotAllowed, "%s is a tag; %ss do without", n.ShortTag(), d.what.Noun)
	default:
		return true
	}
	return false
}

func (d *Decoder) kind(n *yaml.Node, ptr string, want yaml.Kind, what string) bool {
	if n.Kind != want {
		d.Add(n, ptr, WrongType, "found %s; it must be %s", found(n), what)
	}
	return n.Kind == want
}

// pairs calls f for every key of a mapping, once.
func (d *Decoder) pairs(n *yaml.Node, ptr string, f func(key, val *yaml.Node)) {
	lines := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind == yaml.ScalarNode && key.ShortTag() == "!!merge":
			d.Add(key, ptr, NotAllowed, "<< is a merge key; %ss do without, write the keys out", d.what.Noun)
		case !d.plain(key, ptr):
		case key.Kind != yaml.ScalarNode || key.ShortTag() != "!!str":
			d.Add(key, ptr, WrongType, "found %s for a key; it must be text", found(key))
		case lines[key.Value] > 0:
			d.Add(key, ptr, DuplicateKey, "key %q stands twice, first on line %d", key.Value, lines[key.Value])
		default:
			lines[key.Value] = key.Line
			f(key, val)
		}
	}
}

func (d *Decoder) object(n *yaml.Node, v reflect.Value, ptr string) {
	if !d.kind(n, ptr, yaml.MappingNode, "a mapping") {
		return
	}
	fields, err := FieldsOf(v.Type())
	if err != nil {
		panic(err)
	}
	var keys []string
	for _, f := range fields {
		keys = append(keys, f.Key)
	}
	seen := make([]bool, len(fields))
	d.pairs(n, ptr, func(key, val *yaml.Node) {
		i := slices.Index(keys, key.Value)
		if i < 0 {
			d.Add(key, ptr, UnknownKey, "unknown key %q%s", Short(key.Value), Suggest("keys", key.Value, keys))
			return
		}
		seen[i] = true
		d.value(val, v.Field(fields[i].Index), Join(ptr, key.Value), &fields[i])
	})
	for i, f := range fields {
		if f.Required && !seen[i] && !d.Loose {
			d.Add(n, ptr, MissingKey, "missing key %q: %s", f.Key, f.Doc)
		}
	}
}

func (d *Decoder) table(n *yaml.Node, v reflect.Value, ptr string, f *Field) {
	if !d.kind(n, ptr, yaml.MappingNode, "a mapping") {
		return
	}
	m := reflect.MakeMap(v.Type())
	d.pairs(n, ptr, func(key, val *yaml.Node) {
		e := reflect.New(v.Type().Elem()).Elem()
		d.value(val, e, Join(ptr, key.Value), f)
		m.SetMapIndex(reflect.ValueOf(key.Value).Convert(v.Type().Key()), e)
	})
	v.Set(m)
}

func (d *Decoder) list(n *yaml.Node, v reflect.Value, ptr string, f *Field) {
	if !d.kind(n, ptr, yaml.SequenceNode, "a list") {
		return
	}
	d.size(n, ptr, len(n.Content), f.Rule, "entries")
	inner := &Field{Names: f.Names, Rule: Rule{Enum: f.Rule.Enum}}
	list := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, c := range n.Content {
		e := list.Index(i)
		if e.Kind() == reflect.Struct && e.Type() != numType && !d.Loose {
			SetDefaults(e)
		}
		d.value(c, e, fmt.Sprintf("%s[%d]", ptr, i), inner)
	}
	v.Set(list)
}

var word = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Join is the pointer of a key under ptr.
func Join(ptr, key string) string {
	switch {
	case !word.MatchString(key):
		return ptr + "[" + strconv.Quote(Short(key)) + "]"
	case ptr == "":
		return key
	}
	return ptr + "." + key
}
