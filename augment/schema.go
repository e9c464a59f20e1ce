package augment

import (
	"fmt"
	"maps"
	"reflect"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/shard"
	"github.com/seed-cdf14512/graft/format/strict"
)

// Schemas are the JSON Schemas of everything that graft reads and writes as
// data, by the name of their file without .schema.json.
func Schemas(s Suite) (map[string][]byte, error) {
	recipe, err := RecipeSchema(s)
	if err != nil {
		return nil, err
	}
	all := map[string][]byte{"recipe": recipe}
	for name, v := range map[string]any{"trace": format.Trace{}, "record": format.Record{}, "manifest": shard.Manifest{}, "graph": TextGraph{}, "rollout": Rollout{}} {
		if all[name], err = typeSchema(name, reflect.TypeOf(v)); err != nil {
			return nil, fmt.Errorf("schema of %s: %w", name, err)
		}
	}
	if s.Schemas == nil {
		return all, nil
	}
	more, err := s.Schemas()
	maps.Copy(all, more)
	return all, err
}

// ParamsSchema is the JSON Schema of what a recipe may write under with: for
// the behavior: a closed object with its defaults and bounds.
func ParamsSchema(b *Behavior) ([]byte, error) {
	s, err := paramsSchema(b)
	if err != nil {
		return nil, err
	}
	s.Schema, s.Title = strict.Dialect, b.Name
	return strict.PrintSchema(s)
}

// RecipeSchema is the JSON Schema of recipes for this suite.
func RecipeSchema(suite Suite) ([]byte, error) {
	w := strict.Schema{Names: suite.names()}
	s, err := w.Object(reflect.TypeFor[Recipe](), reflect.Value{})
	if err != nil {
		return nil, err
	}
	s.Schema, s.Title = strict.Dialect, "graft recipe"
	use := s.Properties["behaviors"].Items
	named := use.Properties["use"]
	use.Properties["use"] = &jsonschema.Schema{Description: named.Description, AnyOf: []*jsonschema.Schema{
		{Type: "string", Enum: named.Enum}, {Type: "string", Pattern: `\.ya?ml$`},
	}}
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
	derive := s.Properties["variants"].Items
	for _, v := range suite.Variants {
		with, err := paramsSchema(v.plugin())
		if err != nil {
			return nil, err
		}
		name := any(v.Name)
		derive.AllOf = append(derive.AllOf, &jsonschema.Schema{
			If:   &jsonschema.Schema{Properties: map[string]*jsonschema.Schema{"use": {Const: &name}}},
			Then: &jsonschema.Schema{Properties: map[string]*jsonschema.Schema{"with": with}},
		})
	}
	return strict.PrintSchema(s)
}

// VariantSchema is the JSON Schema of what a recipe may write under with: for the
// variant.
func VariantSchema(v *Variant) ([]byte, error) { return ParamsSchema(v.plugin()) }

func paramsSchema(b *Behavior) (*jsonschema.Schema, error) {
	v := reflect.ValueOf(b.Params).Elem()
	s, err := strict.Schema{}.Object(v.Type(), v)
	if err != nil {
		return nil, fmt.Errorf("parameters of %s: %w", b.Name, err)
	}
	s.Required, s.Description = nil, firstLine(b.Doc)
	return s, nil
}

// typeSchema describes what graft writes, from the Go type.
func typeSchema(title string, t reflect.Type) ([]byte, error) {
	s, err := jsonschema.ForType(t, &jsonschema.ForOptions{TypeSchemas: writtenAs()})
	if err != nil {
		return nil, err
	}
	denull(s)
	s.Schema, s.Title = strict.Dialect, "graft "+title
	return strict.PrintSchema(s)
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
		reflect.TypeFor[format.Num]():      {Type: "string", Pattern: `^-?[0-9]+(\.[0-9]+|/[0-9]+)?$`},
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
