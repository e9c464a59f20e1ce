package augment

import (
	"strings"
	"testing"
)

func TestValidateNamesTheCulprit(t *testing.T) {
	if err := demoSuite().Validate(); err != nil {
		t.Fatalf("a good suite is refused: %v", err)
	}
	first := func(f func(*Behavior)) func(*Suite) { return func(s *Suite) { f(s.Behaviors[0]) } }
	for _, c := range []struct {
		name  string
		spoil func(*Suite)
		want  string
	}{
		{"nil", func(s *Suite) { s.Behaviors[1] = nil }, "behavior 1 of the suite is nil"},
		{"name", first(func(b *Behavior) { b.Name = "Alpha" }), `behavior "Alpha": the name must be one lower-case word`},
		{"taken name", first(func(b *Behavior) { b.Name = "source" }), "taken by the engine"},
		{"double", func(s *Suite) { s.Behaviors[1].Name = "alpha" }, `behavior "alpha" stands twice`},
		{"doc", first(func(b *Behavior) { b.Doc = "" }), "summary line"},
		{"doc shape", first(func(b *Behavior) { b.Doc = "One.\nTwo." }), "blank line"},
		{"version", first(func(b *Behavior) { b.Version = 0 }), "version is 0"},
		{"sites", first(func(b *Behavior) { b.Sites = nil }), "Sites is nil"},
		{"write", first(func(b *Behavior) { b.Write = nil }), "Write is nil"},
		{"verify", first(func(b *Behavior) { b.Verify = nil }), "Verify is nil"},
		{"phrases", first(func(b *Behavior) { b.Phrases = "[open]\n{nope}\n" }), "phrases: alpha:2: {nope} is neither"},
		{"no params", first(func(b *Behavior) { b.Params = nil }), "must be a pointer to a struct"},
		{"params by value", first(func(b *Behavior) { b.Params = demoParams{} }), "must be a pointer to a struct"},
		{"float", first(func(b *Behavior) {
			b.Params = &struct {
				P float64 `json:"p" jsonschema:"a chance"`
			}{}
		}), "a float64 cannot stand in a recipe"},
		{"no key", first(func(b *Behavior) { b.Params = &struct{ P int }{} }), "a json tag must give a lower-case key"},
		{"no words", first(func(b *Behavior) {
			b.Params = &struct {
				P int `json:"p"`
			}{}
		}), "a jsonschema tag must say what it is"},
		{"bad range", first(func(b *Behavior) {
			b.Params = &struct {
				P int `json:"p" jsonschema:"it" range:"1-4"`
			}{}
		}), `range tag "1-4"`},
		{"default out of bounds", first(func(b *Behavior) { b.Params.(*demoParams).Depth = 7 }), "default of depth: 7 is above the maximum, 4"},
		{"default not in enum", first(func(b *Behavior) { b.Params.(*demoParams).Mode = "" }), `default of mode: "" is not one of`},
		{"defaults", first(func(b *Behavior) { b.Params = &demoParams{Depth: 1, Mode: "loud", Strict: true} }), "exclude each other"},
		{"order unknown", func(s *Suite) { s.Order[0].Then = "gamma" }, `there is no behavior "gamma"`},
		{"order why", func(s *Suite) { s.Order[0].Why = "" }, "does not say why"},
		{"order broken", func(s *Suite) { s.Order[0] = Constraint{"beta", "alpha", "b is first"} }, `"beta" must stand before "alpha" in the suite: b is first`},
		{"order circle", func(s *Suite) { s.Order = append(s.Order, Constraint{"beta", "alpha", "b is first"}) }, "goes in a circle"},
	} {
		s := demoSuite()
		c.spoil(&s)
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
}
