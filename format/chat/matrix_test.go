package chat

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-cdf14512/graft/format/chat/internal/jinja"
)

// The matrix is what transformers wrote for every template, conversation and
// variant (testdata/matrix/record.py).

type matrixCases struct {
	Variants []struct {
		Name   string
		Kwargs json.RawMessage
	}
	Conversations []struct {
		Name     string
		Messages []json.RawMessage
		Tools    json.RawMessage
	}
}

type matrixLine struct {
	Name, Package, Version, SHA256 string
	Runs                           []string
}

var recordedOn = time.Date(2026, 11, 22, 15, 4, 5, 0, time.UTC)

func readCases(t testing.TB) matrixCases {
	t.Helper()
	raw, err := os.ReadFile("testdata/matrix/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var c matrixCases
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func readMatrix(t testing.TB, path string) []matrixLine {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	sc := bufio.NewScanner(z)
	sc.Buffer(nil, 64<<20)
	sc.Scan() // the versions
	var lines []matrixLine
	for sc.Scan() {
		var l matrixLine
		if err := json.Unmarshal(sc.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, l)
	}
	return lines
}

// turnOf is a message of an API as a turn.
func turnOf(t testing.TB, raw json.RawMessage) Turn {
	t.Helper()
	var m map[string]json.RawMessage
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	var turn Turn
	take := func(key string, to *string) {
		if json.Unmarshal(m[key], to) == nil && string(m[key]) != "null" {
			delete(m, key)
		}
	}
	take("role", &turn.Role)
	take("content", &turn.Text)
	take("reasoning_content", &turn.Reasoning)
	if len(m) > 0 {
		turn.Fields = fieldsOf(t, raw, m)
	}
	return turn
}

// fieldsOf keeps the bytes of the fields left, in their order.
func fieldsOf(t testing.TB, raw json.RawMessage, keep map[string]json.RawMessage) []byte {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(raw))
	var b bytes.Buffer
	dec.Token()
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		var v json.RawMessage
		if err := dec.Decode(&v); err != nil {
			t.Fatal(err)
		}
		if _, ok := keep[key.(string)]; ok {
			if b.Len() > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, "%q:%s", key, v)
		}
	}
	return []byte("{" + b.String() + "}")
}

func conversationOf(t testing.TB, messages []json.RawMessage, tools, vars json.RawMessage) (c Conversation, prompt bool) {
	t.Helper()
	for _, m := range messages {
		c.Turns = append(c.Turns, turnOf(t, m))
	}
	c.Tools = tools
	var kw map[string]json.RawMessage
	if err := json.Unmarshal(vars, &kw); err != nil {
		t.Fatal(err)
	}
	prompt = string(kw["add_generation_prompt"]) == "true"
	delete(kw, "add_generation_prompt")
	c.Vars, _ = json.Marshal(kw)
	return c, prompt
}

// outcome is a run as the record holds it.
func outcome(text string, err error, full bool) string {
	var raised *jinja.RaisedError
	kind := ""
	switch {
	case errors.As(err, &raised):
		kind, text = "!raise ", raised.Text
	case err != nil:
		return "!error"
	}
	if full {
		return kind + text
	}
	return fmt.Sprintf("%s%d:%x", kind, len(text), sha256.Sum256([]byte(text)))[:len(kind)+len(fmt.Sprint(len(text)))+13]
}

// runMatrix compares a template with its line and returns the number of
// differences.
func runMatrix(t *testing.T, tpl *Template, line *matrixLine, cases *matrixCases, full bool, want func(i int) string) int {
	different := 0
	for i, rec := range line.Runs {
		c, v := &cases.Conversations[i/len(cases.Variants)], &cases.Variants[i%len(cases.Variants)]
		conv, prompt := conversationOf(t, c.Messages, c.Tools, v.Kwargs)
		text, err := tpl.Text(conv, prompt)
		got := outcome(text, err, full)
		if got == rec || strings.HasPrefix(rec, "!error") && got == "!error" {
			continue
		}
		if different++; different <= 3 {
			t.Errorf("%s, %s/%s: got %s (%v)\n%s\nwant %s\n%s", line.Name, c.Name, v.Name, got, err, text, rec, want(i))
		}
	}
	return different
}

// Templates of published tokenizers give the bytes that transformers gives. The
// templates are other people's: GRAFT_TOKENIZERS says where they lie.
func TestMatrix(t *testing.T) {
	root := os.Getenv("GRAFT_TOKENIZERS")
	if root == "" {
		t.Skip("needs GRAFT_TOKENIZERS: <name>/tokenizer_config.json or <name>/chat_template.jinja, as testdata/matrix/layout.py lays out")
	}
	cases := readCases(t)
	// With the texts at hand (record.py --text), a difference shows them.
	texts := map[string]matrixLine{}
	if path := os.Getenv("GRAFT_MATRIX_TEXT"); path != "" {
		for _, l := range readMatrix(t, path) {
			texts[l.Name] = l
		}
	}
	total, seen, different := 0, 0, 0
	by := map[string]*[3]int{}
	for _, line := range readMatrix(t, "testdata/matrix/recorded.jsonl.gz") {
		if _, err := os.Stat(filepath.Join(root, line.Name)); err != nil {
			continue
		}
		tpl, err := Load(filepath.Join(root, line.Name), Options{Date: recordedOn})
		if err != nil {
			t.Errorf("%s: %v", line.Name, err)
			continue
		}
		if got := fmt.Sprintf("%x", tpl.Sum); got != line.SHA256 {
			t.Logf("%s is another version than the recorded %s %s", line.Name, line.Package, line.Version)
			continue
		}
		if line.Package[0] != '@' {
			bare(tpl)
		}
		d := runMatrix(t, tpl, &line, &cases, false, func(i int) string {
			if l, ok := texts[line.Name]; ok {
				return l.Runs[i]
			}
			return ""
		})
		source := line.Package + " " + line.Version
		if by[source] == nil {
			by[source] = new([3]int)
		}
		by[source][0]++
		by[source][1] += len(line.Runs)
		by[source][2] += d
		seen, total, different = seen+1, total+len(line.Runs), different+d
	}
	if seen == 0 {
		t.Skip("needs GRAFT_TOKENIZERS: no recorded template lies there")
	}
	for source, n := range by {
		t.Logf("%-36s %4d templates %6d renders %4d different", source, n[0], n[1], n[2])
	}
	t.Logf("%-36s %4d templates %6d renders %4d different", "all", seen, total, different)
}

// bare gives a template without a tokenizer the tokens that record.py gave it.
func bare(t *Template) {
	t.prog.vars["bos_token"], t.prog.vars["eos_token"] = jinja.NewText("<s>", 0), jinja.NewText("</s>", 0)
}

// Templates of ours, which use every construct, give the bytes that
// transformers gives, with nothing installed.
func TestOwnMatrix(t *testing.T) {
	cases := readCases(t)
	total := 0
	for _, line := range readMatrix(t, "testdata/matrix/own.jsonl.gz") {
		tpl, err := Load("testdata/own/"+line.Name, Options{Date: recordedOn})
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%x", tpl.Sum); got != line.SHA256 {
			t.Fatalf("%s has changed: run record.py ../own own.jsonl.gz --text", line.Name)
		}
		d := runMatrix(t, tpl, &line, &cases, true, func(i int) string { return line.Runs[i] })
		t.Logf("%-12s %4d renders %4d different", line.Name, len(line.Runs), d)
		total += len(line.Runs)
	}
	if total == 0 {
		t.Error("nothing was compared")
	}
}
