package augment

import (
	"fmt"
	"reflect"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/shard"
)

const dialect = "https://json-schema.org/draft/2020-12/schema"

// Schemas are the JSON Schemas of everything that graft reads and writes as
// data, by the name of their file without .schema.json.
func Schemas(s Suite) (map[string][]byte, error) {
	recipe, err := RecipeSchema(s)
	if err != nil {
		return nil, err
	}
	all := map[string][]byte{"recipe": recipe}
	for name, v := range map[string]any{"trace": format.Trace{}, "record": format.Record{}, "manifest": shard.Manifest{}} {
		if all[name], err = typeSchema(name, reflect.TypeOf(v)); err != nil {
			return nil, fmt.Errorf("schema of %s: %w", name, err)
		}
	}
	return all, nil
}

// ParamsSchema is the JSON Schema of what a recipe may write under with: for
// the behavior: a closed object with its defaults and bounds.
func ParamsSchema(b *Behavior) ([]byte, error) {
	s, err := paramsSchema(b)
	if err != nil {
		return nil, err
	}
	s.Schema, s.Title = dialect, b.Name
	return printSchema(s)
}

// RecipeSchema is the JSON Schema of recipes for this suite.
func RecipeSchema(suite Suite) ([]byte, error) {
	w := schemaWriter{names: suite.names()}
	s, err := w.object(reflect.TypeFor[Recipe](), reflect.Value{})
	if err != nil {
		return nil, err
	}
	s.Schema, s.Title = dialect, "graft recipe"
	use := s.Properties["behaviors"].Items
	for _, b := range suite.Behaviors {
		with, err := paramsSchema(b)
		if err != nil {
			return nil, err
		}
		name := any(b.Name)
		use.AllOf = append(use.AllOf, &jsonschema.Schema{
			If:   &jsonschema.Schema{Properties: map[string]*jsonschema.Schema{"use": {Const: &name}}},
			Then: &jsonschema.Schema{Properties: map[string]*jsonschema.Schema{"with": with}},
		})
	}
	return printSchema(s)
}

func paramsSchema(b *Behavior) (*jsonschema.Schema, error) {
	v := reflect.ValueOf(b.Params).Elem()
	s, err := schemaWriter{}.object(v.Type(), v)
	if err != nil {
		return nil, fmt.Errorf("parameters of %s: %w", b.Name, err)
	}
	s.Required, s.Description = nil, firstLine(b.Doc)
	return s, nil
}

// A schemaWriter describes what the decoder accepts, from the same fields that
// the decoder reads.
type schemaWriter struct{ names names }

// object describes a struct; defaults, if valid, holds its default values.
func (w schemaWriter) object(t reflect.Type, defaults reflect.Value) (*jsonschema.Schema, error) {
	fields, err := fieldsOf(t)
	if err != nil {
		return nil, err
	}
	s := &jsonschema.Schema{Type: "object", AdditionalProperties: never(), Properties: map[string]*jsonschema.Schema{}}
	for _, f := range fields {
		p, err := w.value(t.Field(f.index).Type, f.rule, f.names)
		if err != nil {
			return nil, err
		}
		p.Description = f.doc
		if f.def != "" {
			p.Default = literal(f.def, p.Type)
		}
		if defaults.IsValid() {
			if p.Default, err = canonicalJSON(defaults.Field(f.index).Interface()); err != nil {
				return nil, err
			}
		}
		if f.required {
			s.Required = append(s.Required, f.key)
		}
		s.Properties[f.key] = p
		s.PropertyOrder = append(s.PropertyOrder, f.key)
	}
	return s, nil
}

func (w schemaWriter) value(t reflect.Type, r rule, table string) (*jsonschema.Schema, error) {
	switch {
	case t == rawType:
		return &jsonschema.Schema{Type: "object"}, nil
	case t == numType:
		return bounded("number", r), nil
	case t.Kind() == reflect.Pointer:
		return w.value(t.Elem(), r, table)
	case t.Kind() == reflect.Struct:
		return w.object(t, reflect.Value{})
	case t.Kind() == reflect.Slice:
		items, err := w.value(t.Elem(), rule{enum: r.enum}, table)
		return &jsonschema.Schema{Type: "array", Items: items, MinItems: whole(r.lo), MaxItems: whole(r.hi)}, err
	case t.Kind() == reflect.Map:
		each, err := w.value(t.Elem(), r, table)
		return &jsonschema.Schema{Type: "object", AdditionalProperties: each}, err
	case t.Kind() == reflect.Bool:
		return &jsonschema.Schema{Type: "boolean"}, nil
	case t.Kind() == reflect.String:
		s := &jsonschema.Schema{Type: "string", MinLength: whole(r.lo), MaxLength: whole(r.hi)}
		for _, e := range append(r.enum, w.names[table]...) {
			s.Enum = append(s.Enum, e)
		}
		return s, nil
	}
	s := bounded("integer", r)
	if s.Minimum == nil && t.Kind() >= reflect.Uint && t.Kind() <= reflect.Uint64 {
		s.Minimum = new(float64)
	}
	return s, nil
}

// bounded states bounds in the floating point of JSON Schema. The decoder does
// not read them back: it compares exact numbers.
func bounded(kind string, r rule) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: kind}
	for _, b := range []struct {
		n  *format.Num
		to **float64
	}{{r.lo, &s.Minimum}, {r.hi, &s.Maximum}} {
		if b.n != nil {
			x, _ := b.n.Rat().Float64()
			*b.to = &x
		}
	}
	return s
}

func whole(n *format.Num) *int {
	if n == nil {
		return nil
	}
	i, _ := n.Int64()
	return jsonschema.Ptr(int(i))
}

func never() *jsonschema.Schema { return &jsonschema.Schema{Not: &jsonschema.Schema{}} }

func literal(def, kind string) []byte {
	if kind == "string" {
		return []byte(strconv.Quote(def))
	}
	return []byte(def)
}

// typeSchema describes what graft writes, from the Go type.
func typeSchema(title string, t reflect.Type) ([]byte, error) {
	s, err := jsonschema.ForType(t, &jsonschema.ForOptions{TypeSchemas: writtenAs()})
	if err != nil {
		return nil, err
	}
	denull(s)
	s.Schema, s.Title = dialect, "graft "+title
	return printSchema(s)
}

// writtenAs are the types that write themselves as text.
func writtenAs() map[reflect.Type]*jsonschema.Schema {
	text := func(names ...fmt.Stringer) *jsonschema.Schema {
		s := &jsonschema.Schema{Type: "string"}
		for _, n := range names {
			s.Enum = append(s.Enum, n.String())
		}
		return s
	}
	var kinds []fmt.Stringer
	for _, k := range format.Kinds() {
		kinds = append(kinds, k)
	}
	return map[reflect.Type]*jsonschema.Schema{
		numType:                            {Type: "string", Pattern: `^-?[0-9]+(\.[0-9]+|/[0-9]+)?$`},
		reflect.TypeFor[format.Kind]():     text(kinds...),
		reflect.TypeFor[format.Label]():    text(format.Unlabelled, format.Right, format.WrongLabel),
		reflect.TypeFor[format.Binding]():  text(format.Ambiguous, format.Given, format.Result, format.Constant),
		reflect.TypeFor[format.NodeKind](): text(format.GivenNode, format.ResultNode, format.ParamNode),
		reflect.TypeFor[jsontext.Value]():  {},
		reflect.TypeFor[shard.Weights]():   {Type: "object", AdditionalProperties: &jsonschema.Schema{Type: "string"}},
	}
}

// denull takes out the null that inference allows for pointers and lists: graft
// leaves such keys out, or writes an empty list.
func denull(s *jsonschema.Schema) {
	if s == nil {
		return
	}
	if len(s.Types) == 2 && s.Types[0] == "null" {
		s.Type, s.Types = s.Types[1], nil
	}
	denull(s.Items)
	denull(s.AdditionalProperties)
	for _, p := range s.Properties {
		denull(p)
	}
}

// printSchema writes a schema for people: indented, with a line break at the
// end, the same every time.
func printSchema(s *jsonschema.Schema) ([]byte, error) {
	b, err := s.MarshalJSON()
	if err != nil {
		return nil, err
	}
	out := jsontext.Value(b)
	if err := out.Indent(jsontext.WithIndent("  ")); err != nil {
		return nil, err
	}
	return append(out, '\n'), nil
}
