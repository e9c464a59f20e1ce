package chat

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// readSnippets returns small templates of ours and what transformers makes of
// each (testdata/matrix/record.py).
func readSnippets(t testing.TB) (sources, recorded []string) {
	t.Helper()
	raw, err := os.ReadFile("testdata/matrix/snippets.txt")
	if err != nil {
		t.Fatal(err)
	}
	sources = strings.Split(string(raw), "\n----\n")
	f, err := os.Open("testdata/matrix/snippets.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for sc := bufio.NewScanner(z); sc.Scan(); {
		var s string
		if err := json.Unmarshal(sc.Bytes(), &s); err != nil {
			t.Fatal(err)
		}
		recorded = append(recorded, s)
	}
	if len(sources) != len(recorded) {
		t.Fatalf("%d snippets, %d recorded: run record.py", len(sources), len(recorded))
	}
	return sources, recorded
}

// Every construct, one by one, as transformers runs it; what it refuses, we
// refuse.
func TestSnippets(t *testing.T) {
	cases := readCases(t)
	var conv Conversation
	for _, c := range cases.Conversations {
		if c.Name == "call-result" {
			conv, _ = conversationOf(t, c.Messages, c.Tools, json.RawMessage("{}"))
		}
	}
	sources, recorded := readSnippets(t)
	different := 0
	for i, src := range sources {
		tpl, err := Parse("snippet", src, Options{Date: recordedOn})
		text := ""
		if err == nil {
			text, err = tpl.Text(conv, false)
		}
		got := outcome(text, err, true)
		if got == recorded[i] || got == "!error" && strings.HasPrefix(recorded[i], "!error") {
			continue
		}
		different++
		t.Errorf("%s\n got %q (%v)\nwant %q", src, got, err, recorded[i])
	}
	t.Logf("%d snippets, %d different", len(sources), different)
}
