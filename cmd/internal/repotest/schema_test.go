package repotest

import (
	"context"
	stdjson "encoding/json"
	"path/filepath"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors"
	"github.com/seed-cdf14512/graft/format/ingest"
	"github.com/seed-cdf14512/graft/schemas"
)

// obeys checks a document against one of the embedded schemas.
func obeys(t *testing.T, name string, document []byte) {
	t.Helper()
	text, err := schemas.Files.ReadFile(name + ".schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var s jsonschema.Schema
	if err := stdjson.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	schema, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := stdjson.Unmarshal(document, &v); err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(v); err != nil {
		t.Errorf("%s schema: %v\n%s", name, err, document)
	}
	v.(map[string]any)["surely_no_key"] = true
	if schema.Validate(v) == nil {
		t.Errorf("the %s schema accepts any key", name)
	}
}

// What graft writes obeys the schemas that it publishes.
func TestOutputsObeyTheirSchemas(t *testing.T) {
	plan, ds, err := augment.Load(filepath.Join(root, "testdata/example/corpus.yaml"), behaviors.Suite)
	if err != nil || plan == nil {
		t.Fatal(err, ds)
	}
	out := filepath.Join(t.TempDir(), "out")
	if _, err := augment.Build(context.Background(), plan, out, augment.BuildOptions{Version: "test"}); err != nil {
		t.Fatal(err)
	}
	obeys(t, "manifest", read(t, filepath.Join(out, "manifest.json")))

	seen, err := ingest.Peek(context.Background(), filepath.Join(root, "testdata/example/traces.jsonl"), 1, ingest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rec := seen.Records[0].Record
	for name, v := range map[string]any{"record": rec, "trace": rec.Attempts[0].Trace} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		obeys(t, name, b)
	}
}
