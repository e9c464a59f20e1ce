package plain

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/augment/augmenttest"
	"github.com/seed-cdf14512/graft/format/strict"
)

const head = "name: probe\ndoc: a test\n"

// read reads a behavior from its text.
func read(text string) (*augment.Behavior, strict.Diagnostics) {
	return Open(augment.Source{Name: "b.yaml", Data: []byte(text), Beside: fstest.MapFS{}, Dir: "."})
}

func must(t testing.TB, text string) *augment.Behavior {
	t.Helper()
	b, ds := read(text)
	if len(ds) > 0 {
		t.Fatalf("%s", ds)
	}
	return b
}

const question = "A box has 6 rows of 4 pens and the shop sells 10 of them. How many are left?"

// compile weaves one behavior into a trace of two computations.
func compile(t testing.TB, b *augment.Behavior) (string, []augment.Rejection) {
	t.Helper()
	rec := augmenttest.Record("r", question, "There are 6 * 4 = 24 pens.\nThen 24 - 10 = 14 pens are left.\n#### 14")
	out, refused := augment.NewCompiler(1, []augment.ResolvedUse{use(t, b, "{}", augment.PerSite)}).Compile(rec, &rec.Attempts[0])
	return out.Text(), refused
}

// What is wrong with a file is told with its place.
func TestFaultsOfFilesAreLocated(t *testing.T) {
	const value = head + "site: {about: value}\nchecks: [independent]\n"
	for _, row := range []struct{ name, text, want string }{
		{"no YAML", "name: [", "b.yaml:1:1: did not find"},
		{"unknown key", value + "stesp: []\n", `b.yaml:5:1: unknown key "stesp"; did you mean "steps"?`},
		{"unknown check", head + "site: {about: value}\nchecks: [independant]\n", `b.yaml:4:10: checks[0]: unknown check "independant"; did you mean "independent"?`},
		{"unknown subject", head + "site: {about: valeu}\nchecks: [independent]\n", `b.yaml:3:15: site.about: unknown subject "valeu"; did you mean "value"?`},
		{"nothing to say", value, `b.yaml:1:1: missing key "steps"`},
		{"template of another line", value + "steps:\n  - kind: check\n    text: |\n      One.\n      {{if}}\n", "b.yaml:9:7: steps[0].text: missing value for if"},
		{"no such parameter", value + "steps: [{kind: check, text: '{{.Params.x}}'}]\n", `b.yaml:5:39: steps[0].text: there is no parameter "x"`},
		{"no such var", value + "steps: [{kind: check, text: '{{.Vars.valeu}}'}]\n", `value has no var "valeu"; did you mean "value"?`},
		{"no such field", value + "steps: [{kind: check, text: '{{.Claim.Exp}}'}]\n", `there is no field "Exp"`},
		{"no such section", value + "phrases: \"[a]\\nx\\n\"\nsteps: [{kind: check, text: '{{say \"b\"}}'}]\n", "the bank has no section [b]"},
		{"section of a domain", value + "phrases: \"[inverse]\\nx\\n\"\nsteps: [{kind: check, text: '{{say .Vars.route}}'}]\n", "the bank has no section [regroup]"},
		{"unused section", value + "phrases: |\n  [a]\n  x\n  [b]\n  y\nsteps: [{kind: check, text: '{{say \"a\"}}'}]\n", "b.yaml:8:3: phrases: nothing says a phrase of [b]"},
		{"unused parameter", value + "params: {p: {type: boolean, default: true, doc: d}}\nsteps: [{kind: check, text: x}]\n", "b.yaml:5:13: params.p: nothing uses the parameter p"},
		{"var of nobody", value + "phrases: \"vars: mood\\n[a]\\n{mood}\\n\"\nsteps: [{kind: check, text: '{{say \"a\"}}'}]\n", "nothing gives the var mood"},
		{"printf", value + "steps: [{kind: check, text: '{{printf \"%999999999d\" 1}}'}]\n", `function "printf" is not for templates`},
		{"call", value + "steps: [{kind: check, text: '{{call .Vars}}'}]\n", `function "call" is not for templates`},
		{"range over a number", value + "steps: [{kind: check, text: '{{range 1000000000}}{{end}}'}]\n", "range is for Claims and Args"},
		{"range three deep", value + "steps: [{kind: check, text: '{{range .Claims}}{{range .Args}}{{range $.Claims}}{{end}}{{end}}{{end}}'}]\n", "one list inside another at most"},
		{"define", value + "steps: [{kind: check, text: '{{define \"a\"}}{{template \"a\"}}{{end}}{{template \"a\"}}'}]\n", "a step is one template"},
		{"unproved kind", head + "site: {about: value}\nchecks: [claim-holds]\nsteps: [{kind: check, text: x}]\n", "b.yaml:4:9: checks: nothing here proves what a check step claims; verdict-is-computed or independent would"},
		{"default of the wrong type", value + "params: {p: {type: integer, default: many, doc: d}}\nsteps: [{kind: check, text: x}]\n", `params.p.default: "many" is no number`},
		{"default out of bounds", value + "params: {p: {type: integer, minimum: 3, default: 2, doc: d}}\nsteps: [{kind: check, text: x}]\n", "2 is below the minimum, 3"},
		{"option out of bounds", head + "site: {about: locked, with: {missing: 9}}\nchecks: [missing-set-exact]\nsteps: [{kind: probe, text: x}]\n", "9 is not a whole number from 1 to 4"},
		{"option of a wide parameter", head + "params: {m: {type: integer, minimum: 1, maximum: 9, default: 1, doc: d}}\nsite: {about: locked, with: {missing: $m}}\nchecks: [missing-set-exact]\nsteps: [{kind: probe, text: x}]\n", "the parameter m: 9 is not a whole number from 1 to 4"},
		{"place", head + "site: {about: value, place: before}\nchecks: [independent]\nsteps: [{kind: check, text: x}]\n", "an edit about a value stands after its step"},
		{"wrong place of wrong", head + "site: {about: computation}\nchecks: [restates, claim-is-wrong]\nsteps: [{kind: retract, text: x}, {kind: wrong}]\n", "the wrong step comes first"},
		{"pattern", value[:len(head)] + "site: {about: value, pattern: 'ab(c'}\nchecks: [independent]\nsteps: [{kind: check, text: x}]\n", "b.yaml:3:34: site.pattern: "},
		{"phrases", value + "phrases: |\n  [a]\n  {b}\nsteps: [{kind: check, text: '{{say \"a\"}}'}]\n", "b.yaml:7:3: phrases: {b} is neither a section nor one of the vars"},
		{"no such program", head + "site: {about: value}\nchecks: [independent]\ncommand: [no-such-program-anywhere]\n", "b.yaml:5:11: command[0]: exec:"},
		{"both", value + "steps: [{kind: check, text: x}]\ncommand: [cat]\n", "steps and command exclude each other"},
	} {
		b, ds := read(row.text)
		if b != nil || !strings.Contains(ds.String(), row.want) {
			t.Errorf("%s: got %q, want %q", row.name, ds, row.want)
		}
	}
}

// A pattern that would run for longer than the universe is a refusal that names
// the step and the pattern.
func TestCatastrophicPatternIsRefused(t *testing.T) {
	b := must(t, head+"site: {about: value, pattern: '^(([A-Za-z0-9* =.]+)+)+!$'}\nchecks: [independent]\nsteps: [{kind: check, text: x}]\n")
	_, refused := compile(t, b)
	if len(refused) != 1 || refused[0].Code != "pattern-timeout" || !strings.Contains(refused[0].Detail, "step 1: the pattern") {
		t.Errorf("got %v", refused)
	}
}

// Captures, claims, parameters and exact arithmetic reach the text, and the
// engine proves what comes of them.
func TestTemplateSeesTheStep(t *testing.T) {
	b := must(t, head+`params: {much: {type: integer, minimum: 0, maximum: 9, default: 2, doc: d}}
site: {about: value, pattern: '(?<thing>pens)\.'}
checks: [claim-holds, verdict-is-computed]
steps:
  - kind: check
    text: |
      {{range .Claim.Args}}[{{.Text}} {{.From}}]{{end}} {{.Captures.thing}}: {{$v := .Claim.Value}}{{$v}} * {{.Params.much}} = {{mul $v .Params.much}}, {{div (mul $v .Params.much) .Params.much}}.
`)
	text, refused := compile(t, b)
	want := "There are 6 * 4 = 24 pens.\n[6 given][4 given] pens: 24 * 2 = 48, 24.\nThen"
	if !strings.Contains(text, want) || len(refused) != 0 {
		t.Errorf("got %q and %v, want %q", text, refused, want)
	}
}

// Law 2 binds what a file says: what is false, proves nothing or says too much is
// refused and counted.
func TestUnsoundFilesAreRefused(t *testing.T) {
	value := func(checks, text string) string {
		return head + "site: {about: value}\nchecks: [" + checks + "]\nsteps:\n  - {kind: check, text: '" + text + "'}\n"
	}
	for _, row := range []struct{ name, text, code string }{
		{"false equation", value("verdict-is-computed", "{{.Claim.Value}} + 1 = {{.Claim.Value}}."), "false-claim"},
		{"restatement", value("verdict-is-computed", "{{.Claim.Expr}} = {{.Claim.Value}}."), "restatement"},
		{"about nothing", value("verdict-is-computed", "1 + 1 = 2."), "no-claim"},
		{"not independent", value("independent", "{{.Claim.Value}} + 7 = {{add .Claim.Value 7}}."), "foreign-operand"},
		{"no claim", value("verdict-is-computed", "Fine."), "no-claim"},
		{"answer", value("verdict-is-computed, answer-untouched", "{{.Claim.Value}} + 0 = {{.Claim.Value}}. The answer is {{.Claim.Value}}."), "answer"},
		{"promised no claims", value("verdict-is-computed, no-claims", "{{.Claim.Value}} + 0 = {{.Claim.Value}}."), "claim"},
		{"claim in talk", head + "site: {about: value}\nchecks: [verdict-is-computed]\nsteps:\n  - {kind: check, text: '{{.Claim.Value}} + 0 = {{.Claim.Value}}.'}\n  - {kind: derive, text: 'And 2 + 2 = 4.'}\n", "unproved"},
		{"no proof of a wrong value withdrawn", head + "site: {about: computation}\nchecks: [claim-is-wrong, restates]\nsteps:\n  - kind: wrong\n  - {kind: doubt, text: 'No.'}\n  - {kind: retract, text: 'Not {{.Vars.wrong}}.'}\n", "no-reason"},
		{"not withdrawn", head + "site: {about: computation}\nchecks: [claim-is-wrong, restates]\nsteps:\n  - kind: wrong\n  - {kind: retract, text: 'No, that is off.'}\n", "not-withdrawn"},
		{"probe of too much", head + "site: {about: locked}\nchecks: [missing-set-exact]\nsteps:\n  - {kind: probe, text: 'What of that?'}\n", ""},
		{"too long", value("independent", strings.Repeat("{{.Question}}", 400)), "too-long"},
		{"numbers without end", value("independent", "{{$x := .Claim.Value}}"+strings.Repeat("{{$x = mul $x $x}}", 60)), "template"},
		{"texts without end", value("independent", "{{$x := .Question}}"+strings.Repeat("{{$x = cat $x $x}}", 60)), "too-long"},
		{"index", value("independent", "{{index .Claims 9}}"), "template"},
		{"section of a value", value("independent", "{{say .Claim.Value}}"), "template"},
	} {
		b := must(t, row.text)
		text, refused := compile(t, b)
		if strings.Count(text, "\n") != 2 {
			t.Errorf("%s: an edit stands: %q", row.name, text)
		}
		for _, r := range refused {
			if r.Code != row.code {
				t.Errorf("%s: got %s: %s, want %s", row.name, r.Code, r.Detail, row.code)
			}
		}
		if len(refused) == 0 && row.code != "" {
			t.Errorf("%s: nothing is refused", row.name)
		}
	}
}
