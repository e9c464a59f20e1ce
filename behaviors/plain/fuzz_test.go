package plain

import (
	"bufio"
	"bytes"
	"testing"
	"testing/fstest"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/augment/augmenttest"
)

// FuzzFile reads files that the fuzzer writes, and weaves what they hold into a
// trace: nothing falls, and the source is left.
func FuzzFile(f *testing.F) {
	// Seeds are short: Go shrinks every input that reaches new code, a byte at a
	// time and for up to a minute, and counts none of that as executions. The whole
	// example files are read by TestYAMLWritesWhatGoWrites.
	for _, rest := range []string{
		"site: {about: value, pattern: '(?<a>x)'}\nchecks: [independent]\nparams: {p: {type: number, default: 0.5, doc: d}}\nsteps: [{kind: check, text: '{{.Claim.Expr}} {{mul .Params.p 2}}'}]\n",
		"site: {about: value}\nchecks: [restates]\nphrases: |\n  [a]\n  So {x}.\nsteps: [{kind: check, text: '{{say \"a\" \"x\" .Claim.Value}}'}]\n",
		"site: {about: step, place: after}\nchecks: [claim-holds]\nsteps: [{kind: derive, text: '{{range .Claim.Args}}{{.Text}}{{end}}'}]\n",
	} {
		f.Add(head + rest)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, ds := Open(augment.Source{Name: "f.yaml", Data: []byte(text), Beside: fstest.MapFS{}})
		if (b == nil) != ds.Failed() {
			t.Fatalf("a behavior: %v, but %s", b != nil, ds)
		}
		if b == nil || b.File.Close != nil {
			return
		}
		bank, err := augment.ParseBank(b.Name, b.Phrases)
		if err != nil {
			t.Fatal(err)
		}
		u := augment.ResolvedUse{Behavior: b, Params: b.Params, Select: augment.Select{Per: augment.PerSite}, Bank: bank}
		rec := augmenttest.Record("r", question, "There are 6 * 4 = 24 pens.\nThen 24 - 10 = 14 pens are left.\n#### 14")
		out, _ := augment.NewCompiler(1, []augment.ResolvedUse{u}).Compile(rec, &rec.Attempts[0])
		if out.Erase() != rec.Attempts[0].Trace.Text() {
			t.Fatalf("erasing leaves %q", out.Erase())
		}
	})
}

// FuzzReply reads what a program may write.
func FuzzReply(f *testing.F) {
	f.Add([]byte("{\"id\":1,\"steps\":[{\"kind\":\"check\",\"node\":3,\"text\":\"24 / 4 = 6\",\"refs\":[1]}]}\n"))
	f.Add([]byte("{\"id\":1,\"refuse\":{\"code\":\"x\"}}\n"))
	f.Add([]byte("{\"id\":1,\"id\":2}\n"))
	rec := augmenttest.Record("r", question, "There are 6 * 4 = 24 pens.\nThen 24 - 10 = 14 pens are left.\n#### 14")
	pass := &augment.Pass{Problem: &rec.Problem, Attempt: &rec.Attempts[0], Graph: rec.Attempts[0].Graph}
	b, ds := read(head + "site: {about: value}\nchecks: [claim-holds, claim-is-wrong, restates, withdraws, verdict-is-computed, independent, missing-set-exact]\ncommand: [cat]\n")
	if b == nil {
		f.Fatal(ds)
	}
	site := b.Sites(&augment.Pass{Problem: &rec.Problem, Attempt: &rec.Attempts[0], Graph: rec.Attempts[0].Graph, Params: b.Params})[0]
	form := &form{subject: findSubject("value")}
	f.Fuzz(func(t *testing.T, data []byte) {
		line, err := readLine(bufio.NewReaderSize(bytes.NewReader(data), 16))
		if err != nil {
			return
		}
		var r Reply
		if parseReply(line, &r) != nil || r.fault(r.ID) != nil {
			return
		}
		if e, err := form.edit(pass, site, &r); err == nil {
			pass.Params = b.Params
			b.Verify(pass, site, e) // may refuse, may not fall
		}
	})
}
