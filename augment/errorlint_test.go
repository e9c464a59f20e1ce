package augment

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A source whose grade is not accepted, and a grade without its source, would change
// nothing; both are told where they stand.
func TestErrorsBlockIsLinted(t *testing.T) {
	dir := t.TempDir()
	os.WriteFile(filepath.Join(dir, "r.jsonl"), []byte("{}\n"), 0o666)
	for _, row := range []struct{ errors, want string }{
		{"{accept: [computed]}", ""},
		{"{accept: [onpolicy, computed], rollouts: [r.jsonl]}", ""},
		{"{accept: ['labelled:mr-ben', attempt], attempts: [r.jsonl]}", ""},
		{"{accept: [onpolicy]}", "errors.accept[0]: onpolicy needs errors.rollouts"},
		{"{rollouts: [r.jsonl]}", "does not list onpolicy"},
		{"{accept: [computed], attempts: [r.jsonl]}", "lists neither attempt nor labelled"},
		{"{accept: [onpolice]}", `did you mean "onpolicy"`},
		{"{accept: ['labelled:mrben']}", `did you mean "mr-ben"`},
		{"{accept: ['labelled:']}", "unknown grade"},
		{"{accept: [computed, computed]}", "stands twice"},
		{"{accept: []}", "errors.accept"},
		{"{accept: [onpolicy], rollouts: [none.jsonl]}", "no file"},
	} {
		text := "version: 1\ntraces: [{path: 'builtin:quickstart'}]\nerrors: " + row.errors + "\n"
		_, ds, err := Parse("r.yaml", []byte(text), dir, Suite{})
		if err != nil {
			t.Fatal(err)
		}
		switch got := ds.String(); {
		case row.want == "" && ds.Failed():
			t.Errorf("%s: %s", row.errors, got)
		case row.want != "" && (!strings.Contains(got, row.want) || !strings.HasPrefix(got, "r.yaml:3:")):
			t.Errorf("%s: got %q, want %q at r.yaml:3", row.errors, got, row.want)
		}
	}
}
