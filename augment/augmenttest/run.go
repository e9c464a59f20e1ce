// Package augmenttest runs behaviors in tests: over goldens kept as text, and
// over the shared corpora.
package augmenttest

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format"
)

var update = flag.Bool("update", false, "rewrite the want and rejects sections of goldens")

// Run compiles every testdata/*.txtar with b and compares with what it wants.
// The sections of a file:
//
//	params    JSON over the defaults; may be absent
//	select    trace or site; site if absent. The rate is 1
//	seed      a number; 1 if absent
//	checker   igsm if the question declares parameters, and a line works one out
//	question  the question
//	trace     the source trace; its last newline is not part of it
//	want      the compiled steps, the origin of each in the margin
//	rejects   refused edits: code and detail
//
// With -update the last two are rewritten. The hosts are written at every site of
// theirs, for a behavior that nests.
func Run(t *testing.T, b *augment.Behavior, hosts ...*augment.Behavior) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no testdata/*.txtar (%v)", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { golden(t, b, hosts, file) })
	}
}

func golden(t *testing.T, b *augment.Behavior, hosts []*augment.Behavior, file string) {
	ar, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	in := map[string]string{"params": "{}", "select": augment.PerSite, "seed": "1"}
	for _, f := range ar.Files {
		in[f.Name] = strings.TrimSuffix(string(f.Data), "\n")
	}
	seed, err := strconv.ParseUint(in["seed"], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	record := Record
	if in["checker"] == "igsm" {
		record = Params
	}
	rec := record(filepath.Base(file), in["question"], in["trace"])
	var uses []augment.ResolvedUse
	for i, h := range append(hosts, b) {
		params := "{}"
		if h == b {
			params = in["params"]
		}
		u := Use(t, h, params, in["select"])
		u.Rank = i
		uses = append(uses, u)
	}
	out, refused := augment.NewCompiler(seed, uses).Compile(rec, &rec.Attempts[0])
	if got := out.Erase(); got != in["trace"] {
		t.Errorf("erasure: got %q, want %q", got, in["trace"])
	}
	want, rejects := Margin(out), refusals(refused)
	if *update {
		put(ar, "want", want)
		put(ar, "rejects", rejects)
		if err := os.WriteFile(file, txtar.Format(ar), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got := strings.TrimSuffix(want, "\n"); got != in["want"] {
		t.Errorf("got\n%s\nwant\n%s", got, in["want"])
	}
	if got := strings.TrimSuffix(rejects, "\n"); got != in["rejects"] {
		t.Errorf("rejects: got\n%s\nwant\n%s", got, in["rejects"])
	}
}

func put(ar *txtar.Archive, name, data string) {
	for i := range ar.Files {
		if ar.Files[i].Name == name {
			ar.Files[i].Data = []byte(data)
			return
		}
	}
	ar.Files = append(ar.Files, txtar.File{Name: name, Data: []byte(data)})
}

// Margin writes a trace a step a line, with the origin of each in the margin and
// line breaks as \n.
func Margin(t format.Trace) string {
	var b strings.Builder
	for i := range t.Steps {
		s := &t.Steps[i]
		from := "source"
		if s.Origin.Edit > 0 {
			from = s.Origin.Behavior + "." + s.Kind.String()
		}
		fmt.Fprintf(&b, "%-20s | %s\n", from, strings.ReplaceAll(s.Text, "\n", `\n`))
	}
	return b.String()
}

func refusals(list []augment.Rejection) string {
	var b strings.Builder
	for _, r := range list {
		fmt.Fprintf(&b, "step %d: %s: %s\n", r.Step, r.Code, r.Detail)
	}
	return b.String()
}

// decode reads params onto a copy of b's defaults, strictly.
func decode(t testing.TB, b *augment.Behavior, params string) any {
	t.Helper()
	v := reflect.New(reflect.TypeOf(b.Params).Elem())
	v.Elem().Set(reflect.ValueOf(b.Params).Elem())
	d := json.NewDecoder(bytes.NewReader([]byte(params)))
	d.DisallowUnknownFields()
	if err := d.Decode(v.Interface()); err != nil {
		t.Fatalf("params: %v", err)
	}
	if c, ok := v.Interface().(interface{ Check() error }); ok {
		if err := c.Check(); err != nil {
			t.Fatalf("params: %v", err)
		}
	}
	return v.Interface()
}
