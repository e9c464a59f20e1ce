package augment

import "testing"

func TestPhraseAt(t *testing.T) {
	for _, x := range []struct {
		text, name string
		want       bool
	}{
		{"the clips in May are", "clips in May", true},
		{"Clips in May are", "clips in May", true},
		{"the clips in Mayor's", "clips in May", false},
		{"paperclips in May", "clips in May", false},
		{"", "clips", false},
		{"clips", "", false},
		{"eclipse clips", "clips", true},
		{"步clips", "clips", false},
	} {
		if got := hasPhrase(x.text, x.name); got != x.want {
			t.Errorf("hasPhrase(%q, %q) = %v", x.text, x.name, got)
		}
	}
	if got := maskPhrase("clips and clips in May", "clips in May"); hasPhrase(got, "clips in May") || !hasPhrase(got, "clips") {
		t.Errorf("masked to %q", got)
	}
}

func TestAppendNumbers(t *testing.T) {
	for text, want := range map[string]string{
		"1,234 and 5.50 (7)": "[1234 5.5 7]",
		"a-3, 2/4 10%":       "[3 2 4 10]",
		"1,2,3":              "[1 2 3]",
		"none. $.":           "[]",
		"3.":                 "[3]",
		"v1.2.3":             "[]",
	} {
		got := "["
		for i, n := range appendNumbers(nil, text) {
			if i > 0 {
				got += " "
			}
			got += n.String()
		}
		if got += "]"; got != want {
			t.Errorf("numbers of %q: %s, want %s", text, got, want)
		}
	}
}
