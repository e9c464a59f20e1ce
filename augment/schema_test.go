package augment

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/seed-cdf14512/graft/format/strict"
)

func resolved(t testing.TB, text []byte) *jsonschema.Resolved {
	t.Helper()
	var s jsonschema.Schema
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	r, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// asJSON is a recipe as an editor sees it when it applies the schema.
func asJSON(t testing.TB, text string) any {
	t.Helper()
	d := strict.New("r.yaml", recipeKind, nil)
	root := d.Parse([]byte(text))
	if root == nil {
		t.Fatalf("no YAML:\n%s", d.Found)
	}
	var v any
	if err := json.Unmarshal(d.JSON(root, "", nil), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// An editor that checks by the schema and graft itself must agree.
func TestSchemaAgreesWithDecoder(t *testing.T) {
	text, err := RecipeSchema(demoSuite())
	if err != nil {
		t.Fatal(err)
	}
	schema := resolved(t, text)
	for _, c := range badRecipes {
		if c.schema && schema.Validate(asJSON(t, c.text)) == nil {
			t.Errorf("%s: the decoder refuses it, the schema does not", c.name)
		}
	}
	for _, good := range []string{demoRecipe, head} {
		if err := schema.Validate(asJSON(t, good)); err != nil {
			t.Errorf("the schema refuses what the decoder accepts: %v\n%s", err, good)
		}
	}
}

func TestParamsSchema(t *testing.T) {
	text, err := ParamsSchema(demoSuite().Behaviors[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"default": 2`, `"maximum": 4`, `"default": 0.5`, `"description": "how deep"`, `"additionalProperties": false`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("schema has no %s:\n%s", want, text)
		}
	}
	schema := resolved(t, text)
	for instance, ok := range map[string]bool{`{}`: true, `{"depth": 4}`: true, `{"dept": 2}`: false, `{"depth": 9}`: false, `{"mode": "x"}`: false} {
		var v any
		if err := json.Unmarshal([]byte(instance), &v); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); (err == nil) != ok {
			t.Errorf("%s: %v, want valid %v", instance, err, ok)
		}
	}
}
