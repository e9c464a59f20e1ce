package augment

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/format"
)

type demoParams struct {
	Depth  int        `json:"depth" range:"1,4" jsonschema:"how deep"`
	Mode   string     `json:"mode" enum:"plain,loud" jsonschema:"how it speaks"`
	Ratio  format.Num `json:"ratio" range:"0,1" jsonschema:"how often"`
	Words  []string   `json:"words" range:"0,3" jsonschema:"what to say"`
	Strict bool       `json:"strict" jsonschema:"whether to be strict"`
}

func (p *demoParams) Check() error {
	if p.Strict && p.Mode == "loud" {
		return errors.New("strict and loud exclude each other")
	}
	return nil
}

const demoPhrases = "vars: value\n[open]\nWait, {value}.\nHold on, {tail}\n[tail]\nno.\n"

// demoSuite is a suite of behaviors that do nothing, for tests of everything
// around them.
func demoSuite() Suite {
	half, _ := format.ParseNum("0.5")
	plain := func(name string, params any) *Behavior {
		return &Behavior{
			Name: name, Doc: "Does " + name + ".\n\nAt length.", Version: 1, Params: params, Phrases: demoPhrases,
			Sites:  func(*Pass) []Site { return nil },
			Write:  func(*Pass, Site) (Edit, error) { return Edit{}, nil },
			Verify: func(*Pass, Site, Edit) error { return nil },
		}
	}
	return Suite{
		Behaviors: []*Behavior{
			plain("alpha", &demoParams{Depth: 2, Mode: "plain", Ratio: half}),
			plain("beta", &struct{}{}),
		},
		Order: []Constraint{{First: "alpha", Then: "beta", Why: "a comes first"}},
	}
}

// parseDemo parses a recipe in a folder that holds a.jsonl and b.jsonl.
func parseDemo(t testing.TB, text string) (*Plan, Diagnostics) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"a.jsonl", "b.jsonl"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("{}\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	plan, ds, err := Parse("r.yaml", []byte(text), dir, demoSuite())
	if err != nil {
		t.Fatal(err)
	}
	return plan, ds
}

const demoRecipe = `version: 1
seed: 9007199254740991
traces: [{path: "*.jsonl"}]
behaviors:
  - use: beta
    select: {per: site, rate: 0.10, gap: 1}
  - use: alpha
    select: {rate: 3e-1, max: 2}
    with: {depth: 3, words: [so, then]}
    phrases: {add: "[tail]\nyes."}
weights: {"alpha.*": 1.5}
`

func TestPlanResolves(t *testing.T) {
	p, ds := parseDemo(t, demoRecipe)
	if p == nil {
		t.Fatalf("refused:\n%s", ds)
	}
	if len(ds) != 1 || ds[0].Kind != AgainstOrder || !ds[0].Warning || !strings.Contains(ds[0].Text, "a comes first") {
		t.Errorf("diagnostics:\n%swant one warning about the order", ds)
	}
	if p.Recipe.Seed != 1<<53-1 {
		t.Errorf("seed = %d, want 2^53-1", p.Recipe.Seed)
	}
	a, b := p.Uses[0], p.Uses[1]
	if a.Behavior.Name != "alpha" || b.Behavior.Name != "beta" {
		t.Fatalf("uses are %s, %s; want the suite's order", a.Behavior.Name, b.Behavior.Name)
	}
	if got, want := a.ParamsJSON, `{"depth":3,"mode":"plain","ratio":0.5,"strict":false,"words":["so","then"]}`; got != want {
		t.Errorf("params = %s\nwant     %s", got, want)
	}
	if got := a.Select.Rate.String(); got != "0.3" || a.Select.Per != "trace" || b.Select.Per != "site" {
		t.Errorf("select = %s of %s, %s", got, a.Select.Per, b.Select.Per)
	}
	if n := len(a.Bank.sections[a.Bank.index["tail"]].alts); n != 2 {
		t.Errorf("overlaid section has %d phrases, want 2", n)
	}
	if w := p.Recipe.Weights["*.wrong"]; p.Recipe.Weights["default"].String() != "1" || w.Sign() != 0 || len(p.Recipe.Weights) != 3 {
		t.Errorf("weights = %v, want the defaults filled in", p.Recipe.Weights)
	}
	if p.Recipe.Tokenize.MaxTokens != 2048 || p.Recipe.Grade.Keep != "right" || p.Recipe.Traces[0].Reader != "auto" {
		t.Errorf("defaults are not filled in: %+v", p.Recipe)
	}
	if back, err := a.Behavior.ParseParams(a.ParamsJSON); err != nil || back.(*demoParams).Depth != 3 {
		t.Errorf("ParseParams = %v, %v", back, err)
	}
	if d := a.Behavior.Params.(*demoParams).Depth; d != 2 {
		t.Errorf("resolving changed the defaults: depth %d", d)
	}
}

// What cannot change a build must not change the recipe's identity, and what
// can must.
func TestPlanIdentity(t *testing.T) {
	base, _ := parseDemo(t, demoRecipe)
	change := func(from, to string) []byte {
		if !strings.Contains(demoRecipe, from) {
			t.Fatalf("recipe has no %q", from)
		}
		p, ds := parseDemo(t, strings.Replace(demoRecipe, from, to, 1))
		if p == nil {
			t.Fatalf("%s -> %s refused:\n%s", from, to, ds)
		}
		return p.Canonical
	}
	for _, same := range [][2]string{
		{`"*.jsonl"`, "a.jsonl"},
		{`[{path: "*.jsonl"}]`, "[{path: b.jsonl}, {path: a.jsonl}]"},
		{`"alpha.*": 1.5`, `"alpha.*": 0.5`},
		{"rate: 3e-1", "rate: 0.30"},
		{"seed: 9007199254740991", "seed: 9007199254740991 # a comment"},
		{"depth: 3, words", "mode: plain, depth: 3, words"},
		{"version: 1", "version: 1\nprompts: false"},
	} {
		if got := change(same[0], same[1]); !bytes.Equal(got, base.Canonical) {
			t.Errorf("%s -> %s changed the identity:\n%s\n%s", same[0], same[1], got, base.Canonical)
		}
	}
	for _, other := range [][2]string{
		{"9007199254740991", "9007199254740990"},
		{"3e-1", "0.300000000000000000001"},
		{"depth: 3", "depth: 4"},
		{"yes.", "no!"},
		{`{path: "*.jsonl"}`, `{path: "*.jsonl", eval: true}`},
		{"version: 1", "version: 1\nprompts: true"},
		{"version: 1", "version: 1\ntokenize: {max_tokens: 4096}"},
	} {
		if got := change(other[0], other[1]); bytes.Equal(got, base.Canonical) {
			t.Errorf("%s -> %s left the identity as it was:\n%s", other[0], other[1], got)
		}
	}
}

func TestReplacedBankKeepsSections(t *testing.T) {
	text := strings.Replace(demoRecipe, `{add: "[tail]\nyes."}`, `{replace: "[open]\nStop: {value}."}`, 1)
	if p, ds := parseDemo(t, text); p != nil || !strings.Contains(ds.String(), "no section [tail]") {
		t.Errorf("a bank without a section was accepted: %s", ds)
	}
	text = strings.Replace(demoRecipe, `{add: "[tail]\nyes."}`, `{replace: "[open]\nStop: {value}.\n[tail]\nhm."}`, 1)
	p, ds := parseDemo(t, text)
	if p == nil {
		t.Fatalf("refused:\n%s", ds)
	}
	if got := len(p.Uses[0].Bank.sections[0].alts); got != 1 {
		t.Errorf("[open] has %d phrases, want the one of the recipe", got)
	}
}
