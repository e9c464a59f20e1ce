package jinja

import (
	"os"
	"strings"
	"testing"
	"time"
)

// seeds are the snippets that the matrix records, and templates of ours.
func seeds(f *testing.F) []string {
	raw, err := os.ReadFile("../../testdata/matrix/snippets.txt")
	if err != nil {
		f.Fatal(err)
	}
	all := strings.Split(string(raw), "\n----\n")
	for _, name := range []string{"chatml", "trimmed", "marked", "inst", "kitchen"} {
		raw, err := os.ReadFile("../../testdata/own/" + name + "/chat_template.jinja")
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, string(raw))
	}
	return all
}

// The lexer gives tokens or a syntax error, and never runs on.
func FuzzLex(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		tokens, err := lex(src)
		if len(tokens) > 2*len(src)+2 {
			t.Fatalf("%d tokens of %d bytes", len(tokens), len(src))
		}
		if err == nil && tokens[len(tokens)-1].kind != tokEOF {
			t.Fatal("no end")
		}
	})
}

// Whatever a template is, running it ends with text or an error, and every byte
// that it says is an input's is that input's.
func FuzzTemplate(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s, "<think>\nwhy\n</think>\n\né\"x\"")
	}
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, src, said string) {
		tpl, err := Parse(src)
		if err != nil {
			return
		}
		m := &Dict{}
		m.Set("role", plain("assistant"))
		m.Set("content", NewText(said, 1))
		m.Set("reasoning_content", NewText(said+said, 2))
		vars := map[string]Value{"messages": &List{Items: []Value{m, m}}, "bos_token": plain("<s>"), "add_generation_prompt": true, "tools": nil}
		out, err := tpl.Run(Input{Vars: vars, Now: now, Limits: Limits{Steps: 100_000, Bytes: 1 << 20, Depth: 50}})
		if err != nil {
			return
		}
		checkMarks(t, out, []string{said, said + said})
	})
}

// checkMarks proves that marks are in order, without overlap, and true.
func checkMarks(t *testing.T, out Output, inputs []string) {
	t.Helper()
	at := 0
	for _, m := range out.Marks {
		if m.Start < at || m.End < m.Start || m.End > len(out.S) || m.Src < 1 || int(m.Src) > len(inputs) {
			t.Fatalf("mark %+v behind byte %d of %d", m, at, len(out.S))
		}
		at = m.End
		if m.Off < 0 {
			continue
		}
		in := inputs[m.Src-1]
		if m.Off+m.End-m.Start > len(in) || in[m.Off:m.Off+m.End-m.Start] != out.S[m.Start:m.End] {
			t.Fatalf("mark %+v is not the input's text: %q", m, out.S[m.Start:m.End])
		}
	}
}
