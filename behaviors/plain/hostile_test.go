package plain

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

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

// child is a behavior whose program is a few lines of Python.
func child(t testing.TB, body string) *augment.Behavior {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("needs python3")
	}
	dir := t.TempDir()
	script := "import json, os, sys, time\nsys.stdin.readline()\n" + body
	if err := os.WriteFile(filepath.Join(dir, "child.py"), []byte(script), 0o666); err != nil {
		t.Fatal(err)
	}
	text := head + "site: {about: value}\nchecks: [claim-holds, independent]\ncommand: [python3, child.py]\ntimeout_ms: 1500\n"
	b, ds := Open(augment.Source{Name: "b.yaml", Data: []byte(text), Beside: os.DirFS(dir), Dir: dir})
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	t.Cleanup(b.File.Close)
	return b
}

const welcome = "print('{\"protocol\": 1, \"name\": \"probe\"}', flush=True)\nfor line in sys.stdin:\n    r = json.loads(line)\n"

// A program may do whatever it likes: the request is refused and counted, and the
// next one is put to a new process.
func TestHostileProgramsAreRefused(t *testing.T) {
	say := func(text string) string {
		return "    print(json.dumps({'id': r['id'], 'steps': [{'kind': 'check', 'node': r['site']['node'], 'text': '" + text + "'}]}), flush=True)\n"
	}
	for _, row := range []struct{ name, body, code, detail string }{
		{"hang", "    time.sleep(1000)\n", "program", "no reply within 1.5s"},
		{"crash", "    sys.exit('the disk is full')\n", "program", "the program ended: exit status 1; it said: the disk is full"},
		{"crash in a line", "    print('{\"id\": 1, \"st', end='', flush=True); os._exit(3)\n", "program", "in the middle of the line"},
		{"no JSON", "    print('hello', flush=True)\n", "program", "the reply \"hello\""},
		{"unknown field", "    print(json.dumps({'id': r['id'], 'step': []}), flush=True)\n", "program", "unknown object member name \"step\""},
		{"other id", "    print(json.dumps({'id': 99, 'refuse': {'code': 'x'}}), flush=True)\n", "program", "the reply is to request 99, not to 1"},
		{"huge line", "    print('x' * (1 << 22), flush=True)\n", "program", "a reply of more than 1048576 bytes"},
		{"long step", "    print(json.dumps({'id': r['id'], 'steps': [{'kind': 'check', 'text': 'x' * 9000}]}), flush=True)\n", "program", "step 0 has 9000 bytes"},
		{"other kind", "    print(json.dumps({'id': r['id'], 'steps': [{'kind': 'answer', 'text': 'x'}]}), flush=True)\n", "program", "step 0 is a \"answer\""},
		{"nothing", "    print(json.dumps({'id': r['id']}), flush=True)\n", "program", "neither steps nor a refusal"},
		{"two replies", "    print('{}\\n{}', flush=True)\n", "program", "says more than it is asked"},
		{"closed output", "    os.close(1); time.sleep(1000)\n", "program", "the program closed its output"},
		{"refusal", "    print(json.dumps({'id': r['id'], 'refuse': {'code': 'dull', 'detail': 'why'}}), flush=True)\n", "dull", "why"},
		{"false claim", say("Is it? 1 + 1 = 3."), "false-claim", "1 + 1 = 3"},
		{"no node", "    print(json.dumps({'id': r['id'], 'steps': [{'kind': 'check', 'node': 9999, 'text': '24 / 4 = 6'}]}), flush=True)\n", "no-claim", ""},
		{"from nowhere", say("24 + 7 = 31."), "", ""},
		{"claim of nothing", "    print(json.dumps({'id': r['id'], 'steps': [{'kind': 'derive', 'text': 'Nice.'}]}), flush=True)\n", "no-claim", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			text, refused := compile(t, child(t, welcome+row.body))
			if len(refused) != 2 || strings.Count(text, "\n") != 2 {
				t.Fatalf("got %q and %v", text, refused)
			}
			if r := refused[0]; row.code != "" && r.Code != row.code || !strings.Contains(r.Detail, row.detail) {
				t.Errorf("got %s: %s, want %s: %s", r.Code, r.Detail, row.code, row.detail)
			}
		})
	}
}

// A program that does not shake hands, or keeps failing, ends the build with what
// it said.
func TestBrokenProgramsEndTheBuild(t *testing.T) {
	for _, row := range []struct{ name, body, want string }{
		{"other protocol", "print('{\"protocol\": 2, \"name\": \"probe\"}', flush=True)\ntime.sleep(9)\n", "it speaks protocol 2; this graft speaks 1"},
		{"other name", "print('{\"protocol\": 1, \"name\": \"other\"}', flush=True)\ntime.sleep(9)\n", `it writes the behavior "other"`},
		{"no handshake", "import no_such_module\n", "No module named 'no_such_module'"},
		{"always fails", welcome + "    sys.exit('broken again')\n", "11 of 11 requests to python3 child.py failed"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := child(t, row.body)
			defer func() {
				stop, ok := recover().(*augment.Stop)
				if !ok || !strings.Contains(stop.Error(), row.want) {
					t.Errorf("got %v, want %s", stop, row.want)
				}
			}()
			for range 20 {
				compile(t, b)
			}
			t.Error("the build goes on")
		})
	}
}

// The reply depends on the request alone: as many processes as ask at once, and the
// same text whoever asks.
func TestProgramsAreDeterministic(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("needs python3")
	}
	b := open(t, "recheck.yaml")
	want, refused := compile(t, b)
	if !strings.Contains(want, "24 / 4 = 6") || len(refused) > 0 {
		t.Fatalf("got %q and %v", want, refused)
	}
	got := make(chan string)
	for range 4 {
		go func() {
			text, _ := compile(t, b)
			got <- text
		}()
	}
	for range 4 {
		if text := <-got; text != want {
			t.Errorf("got %q, want %q", text, want)
		}
	}
	b.File.Close()
	if text, _ := compile(t, b); text != want {
		t.Errorf("after a restart: got %q, want %q", text, want)
	}
}

// Close ends programs at work, and what they started.
func TestCloseEndsThePrograms(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pids")
	b := child(t, welcome+"    import subprocess\n    c = subprocess.Popen(['sleep', '1000'])\n    open('"+pids+"', 'w').write(f'{os.getpid()} {c.pid} end')\n    time.sleep(1000)\n")
	done := make(chan []augment.Rejection)
	go func() {
		_, refused := compile(t, b)
		done <- refused
	}()
	var all [2]int
	for range 100 {
		time.Sleep(20 * time.Millisecond)
		if data, err := os.ReadFile(pids); err == nil && strings.HasSuffix(string(data), "end") {
			if _, err := fmt.Sscan(string(data), &all[0], &all[1]); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	b.File.Close()
	if refused := <-done; len(refused) == 0 {
		t.Error("the request was answered")
	}
	b.File.Close()
	for _, pid := range all {
		if pid == 0 || alive(pid) {
			t.Errorf("process %d is still there", pid)
		}
	}
}

// alive reports whether a process runs; one that waits to be buried does not.
func alive(pid int) bool {
	for range 50 {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(data), ") Z ") {
			return false
		}
		time.Sleep(10 * time.Millisecond)
	}
	return true
}
