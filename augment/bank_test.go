package augment

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

const bankText = `
# two ways to doubt
vars: value name
[doubt]
{^open} {value} is off.
{value}? {^name} says no.
[open]
wait,
hold on,
`

func speaker(t *testing.T, b *Bank) *Speaker {
	t.Helper()
	return &Speaker{bank: b, rand: rand.New(rand.NewPCG(1, 1))}
}

func TestBankSays(t *testing.T) {
	b, err := ParseBank("x", bankText)
	if err != nil {
		t.Fatal(err)
	}
	s := speaker(t, b)
	seen := map[string]bool{}
	for range 200 {
		seen[s.Say("doubt", "value", "42", "name", "ann")] = true
	}
	for _, want := range []string{"Wait, 42 is off.", "Hold on, 42 is off.", "42? Ann says no."} {
		if !seen[want] {
			t.Errorf("never says %q", want)
		}
	}
	if len(seen) != 3 {
		t.Errorf("says %v", seen)
	}
	// The picks tell the sentence: doubt:0 open:1 is "Hold on, ...".
	s.picks = nil
	text := s.Say("doubt", "value", "1", "name", "b")
	if strings.HasPrefix(text, "Hold") != (strings.Join(s.picks, " ") == "doubt:0 open:1") {
		t.Errorf("%q with picks %v", text, s.picks)
	}
}

func TestBankOverlay(t *testing.T) {
	b, err := ParseBank("x", bankText, "[open]\nhm,\n", "[=doubt]\n{open} no.\n")
	if err != nil {
		t.Fatal(err)
	}
	s := speaker(t, b)
	seen := map[string]bool{}
	for range 200 {
		seen[s.Say("doubt")] = true
	}
	if len(seen) != 3 || !seen["hm, no."] || !seen["wait, no."] {
		t.Errorf("says %v", seen)
	}
}

func TestBankRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"[a]\n{b}\n":           "x:2: {b} is neither",
		"[a]\n[b]\nz\n":        "section [a] has no phrase",
		"[a]\n{b}\n[b]\n{a}\n": "refers to itself",
		"[a]\nz\n[a]\ny\n":     "x:3: section",
		"hello\n":              "x:1: phrase before",
		"[a]\n{b\n":            "{ without }",
	} {
		if _, err := ParseBank("x", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, err := ParseBank("x", bankText, "[=none]\nz\n"); err == nil || !strings.Contains(err.Error(), "x+1:1: there is no section [none]") {
		t.Errorf("overlay: %v", err)
	}
}

// A bank of a few lines can ask for more text than there is memory, and for more
// steps than there is time to count them.
func TestBankIsBounded(t *testing.T) {
	var b strings.Builder
	for i := range 60 {
		fmt.Fprintf(&b, "[s%d]\n{s%d} {s%d}\n", i, i+1, i+1)
	}
	b.WriteString("[s60]\nword\n")
	if _, err := ParseBank("bomb", b.String()); err == nil || !strings.Contains(err.Error(), "more than 65536 bytes") {
		t.Errorf("got %v", err)
	}
}
