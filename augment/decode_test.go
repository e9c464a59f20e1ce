package augment

import (
	"strings"
	"testing"
)

// head is a recipe that is right as far as it goes.
const head = "version: 1\ntraces: [{path: a.jsonl}]\n"

var badRecipes = []struct {
	name, text, want string
	schema           bool // the JSON Schema must refuse it too; it cannot see files, order or YAML itself
}{
	{"unknown key", head + "behaviors:\n  - use: alpha\n    select: {rat: 0.3, rate: 0.3}\n",
		`r.yaml:5:14: behaviors[0].select: unknown key "rat"; did you mean "rate"?`, true},
	{"far key", head + "zzzzzz: 1\n", `r.yaml:3:1: unknown key "zzzzzz"; the keys are version, name,`, true},
	{"above", head + "behaviors:\n  - use: alpha\n    select: {rate: 0.3}\n    with: {depth: 9}\n",
		`r.yaml:6:19: behaviors[0].with.depth: 9 is above the maximum, 4`, true},
	{"below", head + "behaviors: [{use: alpha, select: {rate: -0.1}}]\n",
		`r.yaml:3:41: behaviors[0].select.rate: -0.1 is below the minimum, 0`, true},
	{"just above", head + "behaviors: [{use: alpha, select: {rate: 1.0001}}]\n", "1.0001 is above the maximum, 1", true},
	{"enum", head + "behaviors: [{use: alpha, select: {rate: 1, per: step}}]\n", `behaviors[0].select.per: "step" is not one of trace, site`, true},
	{"params enum", head + "behaviors: [{use: alpha, select: {rate: 1}, with: {mode: quiet}}]\n", `behaviors[0].with.mode: "quiet" is not one of plain, loud`, true},
	{"params key", head + "behaviors: [{use: alpha, select: {rate: 1}, with: {dept: 2}}]\n", `behaviors[0].with: unknown key "dept"; did you mean "depth"?`, true},
	{"params for none", head + "behaviors: [{use: beta, select: {rate: 1}, with: {depth: 2}}]\n", `behaviors[0].with: unknown key "depth"; there are no keys here`, true},
	{"params check", head + "behaviors: [{use: alpha, select: {rate: 1}, with: {mode: loud, strict: true}}]\n", "behaviors[0].with: strict and loud exclude each other", false},
	{"list too long", head + "behaviors: [{use: alpha, select: {rate: 1}, with: {words: [a, b, c, d]}}]\n", "entries: 4 is above the maximum, 3", true},
	{"no rate", head + "behaviors: [{use: alpha, select: {per: site}}]\n", `behaviors[0].select: missing key "rate"`, true},
	{"no select", head + "behaviors: [{use: alpha}]\n", `behaviors[0]: missing key "select"`, true},
	{"no version", "traces: [{path: a.jsonl}]\n", `r.yaml:1:1: missing key "version"`, true},
	{"future version", "version: 2\ntraces: [{path: a.jsonl}]\n", "version: 2 is above the maximum, 1", true},
	{"no traces", "version: 1\ntraces: []\n", "traces: it must not be empty", true},
	{"behavior", head + "behaviors: [{use: alhpa, select: {rate: 1}}]\n", `unknown behavior "alhpa"; did you mean "alpha"?`, true},
	{"reader", "version: 1\ntraces: [{path: a.jsonl, reader: gms8k}]\n", `unknown reader "gms8k"; did you mean "gsm8k"?`, true},
	{"container", "version: 1\ntraces: [{path: a.jsonl, format: jsnl}]\n", `unknown container "jsnl"; did you mean "jsonl"?`, true},
	{"checker", head + "grade: {checker: numbr}\n", `unknown checker "numbr"; did you mean "number"?`, true},
	{"template", head + "render: {template: chatlm}\n", `unknown template "chatlm"; did you mean "chatml"?`, false}, // any path may stand there
	{"text for number", head + "seed: \"12\"\n", `seed: found the text "12"; it must be a whole number from 0`, true},
	{"number for text", head + "name: 2024\n", `name: found the number 2024; it must be text: put it in quotes`, true},
	{"fraction for whole", head + "tokenize: {max_tokens: 10.5}\n", "found the number 10.5; it must be a whole number", true},
	{"negative seed", head + "seed: -1\n", "seed: -1 is below the minimum, 0", true},
	{"list for mapping", head + "render: [chatml]\n", "render: found a list; it must be a mapping", true},
	{"mapping for list", "version: 1\ntraces: {path: a.jsonl}\n", "traces: found a mapping; it must be a list", true},
	{"nothing", head + "render:\n", "render: found nothing; it must be a mapping", true},
	{"yes", head + "prompts: yes\n", `prompts: found the text "yes"; it must be true or false`, true},
	{"hexadecimal", head + "seed: 0x10\n", "found 0x10; write the number in plain decimals", false},
	{"huge exponent", head + "seed: 1e-500\n", "found 1e-500; write the number in plain decimals", false},
	{"infinity", head + "weights: {default: .inf}\n", "found .inf; write the number", false},
	{"not a mapping", "- 1\n", "r.yaml:1:1: found a list; it must be a mapping", true},
	{"duplicate key", head + "seed: 1\nname: x\nseed: 2\n", `r.yaml:5:1: key "seed" stands twice, first on line 3`, false},
	{"duplicate in with", head + "behaviors: [{use: alpha, select: {rate: 1}, with: {depth: 1, depth: 2}}]\n", `key "depth" stands twice`, false},
	{"alias", head + "name: &n x\nrender: {system: *n}\n", "*n is an alias; recipes do without", false},
	{"anchor", head + "name: &n x\n", "name: &n is an anchor; recipes do without", false},
	{"merge", head + "render: {<<: {template: plain}}\n", "<< is a merge key; recipes do without", false},
	{"tag", head + "name: !!str 5\n", "!!str is a tag; recipes do without", false},
	{"two documents", head + "---\nversion: 1\n", "a second document begins here", false},
	{"empty", "", "r.yaml:1:1: the file is empty", false},
	{"not YAML", "version: 1\n\ttraces: x\n", "r.yaml:2:1: ", false},
	{"bad UTF-8", "version: 1\nname: \xff\n", "r.yaml:2:1: invalid UTF-8", false},
	{"number for a key", head + "weights: {1: 2}\n", "found the number 1 for a key; it must be text", false},
	{"no file", "version: 1\ntraces: [{path: none.jsonl}]\n", "r.yaml:2:17: traces[0].path: pattern \"none.jsonl\"", false},
	{"empty path", "version: 1\ntraces: [{path: \"\"}]\n", "traces[0].path: it must not be empty", true},
	{"builtin", "version: 1\ntraces: [{path: \"builtin:quickstrat\"}]\n", `unknown builtin "quickstrat"; did you mean "quickstart"?`, false},
	{"used twice", head + "behaviors: [{use: alpha, select: {rate: 1}}, {use: alpha, select: {rate: 1}}]\n", "behaviors[1].use: alpha is used twice", false},
	{"weight name", head + "weights: {alpha.worng: 0}\n", `no span is named "alpha.worng"; did you mean "alpha.wrong"?`, false},
	{"weight pattern", head + "weights: {\"*.nope\": 0}\n", `no span is named "*.nope"`, false},
	{"trained template", head + "weights: {template: 1}\n", `weights.template: "template" has weight 1: the template is never trained`, false},
	{"negative weight", head + "weights: {default: -1}\n", "weights.default: -1 is below the minimum, 0", true},
	{"untrained end", head + "weights: {end: 0}\n", "weights.end: \"end\" has weight 0, must be above 0", false},
	{"partition", head + "shards: {partition: 100}\n", "shards.partition: 100 is no power of two; 128 is the next", false},
	{"mapping and reader", "version: 1\ntraces: [{path: a.jsonl, reader: gsm8k, mapping: {question: q}}]\n", "leave one out", false},
	{"mapping", "version: 1\ntraces: [{path: a.jsonl, mapping: {question: q, steps: s, traces: [t]}}]\n", "traces[0].mapping: traces and steps exclude each other", false},
	{"splitter", "version: 1\ntraces: [{path: a.jsonl, mapping: {question: q, split: lines}}]\n", `unknown splitter "lines"; did you mean "line"?`, true},
	{"overlay", head + "behaviors: [{use: alpha, select: {rate: 1}, phrases: {add: \"[=nope]\\nx\"}}]\n", "behaviors[0].phrases.add: alpha+1:1: there is no section [nope]", false},
	{"test edits", head + "tests: [{trace: {prompt: q, steps: [a]}, expect: {edits: {alpha: 1}}}]\n", "the recipe uses no behavior \"alpha\"", false},
}

func TestBadRecipes(t *testing.T) {
	for _, c := range badRecipes {
		t.Run(c.name, func(t *testing.T) {
			plan, ds := parseDemo(t, c.text)
			if plan != nil || !ds.Failed() {
				t.Fatalf("accepted; want %s", c.want)
			}
			if !strings.Contains(ds.String(), c.want) {
				t.Errorf("got\n%swant %s", ds, c.want)
			}
		})
	}
}

// One fault must not hide another, nor be told twice.
func TestAllFaultsAtOnce(t *testing.T) {
	_, ds := parseDemo(t, `version: 1
sed: 4
traces:
  - path: none.jsonl
behaviors:
  - use: alpha
    select: {rate: 2, gap: x}
    with: {depth: 9, depth: 8}
  - use: gamma
    select: {}
`)
	want := `r.yaml:2:1: unknown key "sed"; did you mean "seed"?
r.yaml:4:11: traces[0].path: pattern
r.yaml:7:20: behaviors[0].select.rate: 2 is above the maximum, 1
r.yaml:7:28: behaviors[0].select.gap: found the text "x"; it must be a whole number
r.yaml:8:19: behaviors[0].with.depth: 9 is above the maximum, 4
r.yaml:8:22: behaviors[0].with: key "depth" stands twice, first on line 8
r.yaml:9:10: behaviors[1].use: unknown behavior "gamma"; the behaviors are alpha, beta
r.yaml:10:13: behaviors[1].select: missing key "rate": share of traces or of sites
`
	got := strings.Split(ds.String(), "\n")
	for i, line := range strings.Split(want, "\n") {
		if i >= len(got) || !strings.HasPrefix(got[i], line) || line == "" && got[i] != "" {
			t.Fatalf("got\n%swant\n%s", ds, want)
		}
	}
}

func TestJSONIsARecipe(t *testing.T) {
	p, ds := parseDemo(t, `{"version": 1, "traces": [{"path": "a.jsonl"}], "weights": {"default": 1.0}}`)
	if p == nil {
		t.Fatalf("refused:\n%s", ds)
	}
}

func FuzzRecipe(f *testing.F) {
	for _, c := range badRecipes {
		f.Add([]byte(c.text))
	}
	f.Add([]byte(demoRecipe))
	suite := demoSuite()
	text, err := RecipeSchema(suite)
	if err != nil {
		f.Fatal(err)
	}
	schema := resolved(f, text)
	f.Fuzz(func(t *testing.T, data []byte) {
		p, ds, err := Parse("r.yaml", data, "testdata", suite)
		if err != nil {
			t.Fatal(err)
		}
		if (p == nil) != ds.Failed() {
			t.Fatalf("plan %v with diagnostics\n%s", p, ds)
		}
		if p != nil {
			if err := schema.Validate(asJSON(t, string(data))); err != nil {
				t.Errorf("the decoder accepts what the schema refuses: %v", err)
			}
		}
		for _, d := range ds {
			if strings.ContainsRune(d.Text, '\n') || d.Text == "" {
				t.Errorf("diagnostic is not one line: %q", d.Text)
			}
		}
	})
}
