package strict

import (
	"reflect"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/seed-cdf14512/graft/format"
)

// Dialect is the version of JSON Schema that graft writes.
const Dialect = "https://json-schema.org/draft/2020-12/schema"

// A Schema describes what the decoder accepts, from the same fields that
// the decoder reads.
type Schema struct{ Names Names }

// Object describes a struct; defaults, if valid, holds its default values.
func (w Schema) Object(t reflect.Type, defaults reflect.Value) (*jsonschema.Schema, error) {
	fields, err := FieldsOf(t)
	if err != nil {
		return nil, err
	}
	s := &jsonschema.Schema{Type: "object", AdditionalProperties: never(), Properties: map[string]*jsonschema.Schema{}}
	for _, f := range fields {
		p, err := w.value(t.Field(f.Index).Type, f.Rule, f.Names)
		if err != nil {
			return nil, err
		}
		p.Description = f.Doc
		if f.Default != "" {
			p.Default = literal(f.Default, p.Type)
		}
		if defaults.IsValid() {
			if p.Default, err = Canonical(defaults.Field(f.Index).Interface()); err != nil {
				return nil, err
			}
		}
		if f.Required {
			s.Required = append(s.Required, f.Key)
		}
		s.Properties[f.Key] = p
		s.PropertyOrder = append(s.PropertyOrder, f.Key)
	}
	return s, nil
}

func (w Schema) value(t reflect.Type, r Rule, table string) (*jsonschema.Schema, error) {
	switch {
	case t == rawType:
		return &jsonschema.Schema{Type: "object"}, nil
	case t == numType:
		return bounded("number", r), nil
	case t.Kind() == reflect.Pointer:
		return w.value(t.Elem(), r, table)
	case t.Kind() == reflect.Struct:
		return w.Object(t, reflect.Value{})
	case t.Kind() == reflect.Slice:
		items, err := w.value(t.Elem(), Rule{Enum: r.Enum}, table)
		return &jsonschema.Schema{Type: "array", Items: items, MinItems: whole(r.Lo), MaxItems: whole(r.Hi)}, err
	case t.Kind() == reflect.Map:
		each, err := w.value(t.Elem(), r, table)
		return &jsonschema.Schema{Type: "object", AdditionalProperties: each}, err
	case t.Kind() == reflect.Bool:
		return &jsonschema.Schema{Type: "boolean"}, nil
	case t.Kind() == reflect.String:
		s := &jsonschema.Schema{Type: "string", MinLength: whole(r.Lo), MaxLength: whole(r.Hi)}
		for _, e := range append(r.Enum, w.Names[table]...) {
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
func bounded(kind string, r Rule) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: kind}
	for _, b := range []struct {
		n  *format.Num
		to **float64
	}{{r.Lo, &s.Minimum}, {r.Hi, &s.Maximum}} {
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

// PrintSchema writes a schema for people: indented, with a line break at the
// end, the same every time.
func PrintSchema(s *jsonschema.Schema) ([]byte, error) {
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

// Describe is the JSON Schema of files that are decoded into the type of v.
func Describe(title string, v any) ([]byte, error) {
	s, err := Schema{}.Object(reflect.TypeOf(v), reflect.Value{})
	if err != nil {
		return nil, err
	}
	s.Schema, s.Title = Dialect, title
	return PrintSchema(s)
}
