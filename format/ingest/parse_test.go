package ingest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// What is refused, why, and at which line and byte.
var brokenJSON = []struct {
	name, text string
	reason     Reason
	line, at   int64
}{
	{"duplicate key", `{"a":1,"b":2,"a":3}`, DuplicateKey, 1, 14},
	{"duplicate key, escaped", `{"a":1,"\u0061":3}`, DuplicateKey, 1, 8},
	{"duplicate key, inner", `{"a":{"b":1,"b":1}}`, DuplicateKey, 1, 13},
	{"duplicate among many", `{` + manyKeys(40) + `,"k7":0}`, DuplicateKey, 1, int64(len(manyKeys(40)) + 3)},
	{"invalid UTF-8", "{\"a\":\"x\xffy\"}", InvalidUTF8, 1, 8},
	{"overlong UTF-8", "{\"a\":\"\xc0\xaf\"}", InvalidUTF8, 1, 7},
	{"surrogate in UTF-8", "{\"a\":\"\xed\xa0\x80\"}", InvalidUTF8, 1, 7},
	{"lone high surrogate", `{"a":"\ud83d"}`, LoneSurrogate, 1, 7},
	{"lone low surrogate", `{"a":"\ude00"}`, LoneSurrogate, 1, 7},
	{"high and no low", `{"a":"\ud83d\u0041"}`, LoneSurrogate, 1, 7},
	{"lone surrogate in a key", `{"\ud83d":1}`, LoneSurrogate, 1, 3},
	{"trailing data", `{"a":1} {"b":2}`, TrailingData, 1, 9},
	{"trailing brace", `{"a":1}}`, TrailingData, 1, 8},
	{"second line", "{\"a\":1,\n\"b\":}", BadJSON, 2, 5},
	{"unclosed string", `{"a":"x`, BadJSON, 1, 8},
	{"unclosed object", `{"a":1`, BadJSON, 1, 7},
	{"raw line feed in a string", "{\"a\":\"x\ny\"}", BadJSON, 1, 8},
	{"unknown escape", `{"a":"\x"}`, BadJSON, 1, 7},
	{"short escape", `{"a":"\u12"}`, BadJSON, 1, 7},
	{"backslash at the end", `"\`, BadJSON, 1, 2},
	{"leading zero", `{"a":01}`, BadJSON, 1, 8},
	{"bare point", `{"a":.5}`, BadJSON, 1, 6},
	{"point without digit", `{"a":5.}`, BadJSON, 1, 8},
	{"exponent without digit", `{"a":5e}`, BadJSON, 1, 8},
	{"plus sign", `{"a":+5}`, BadJSON, 1, 6},
	{"NaN", `{"a":NaN}`, BadJSON, 1, 6},
	{"single quotes", `{'a':1}`, BadJSON, 1, 2},
	{"trailing comma", `{"a":1,}`, BadJSON, 1, 8},
	{"trailing comma in array", `{"a":[1,]}`, BadJSON, 1, 9},
	{"comment", `{"a":1 /* x */}`, BadJSON, 1, 8},
	{"key without quotes", `{a:1}`, BadJSON, 1, 2},
	{"nothing", ``, BadJSON, 1, 1},
	{"too deep", strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1), TooDeep, 1, MaxDepth + 1},
}

func manyKeys(n int) string {
	var keys []string
	for i := range n {
		keys = append(keys, fmt.Sprintf("%q:%d", fmt.Sprint("k", i), i))
	}
	return strings.Join(keys, ",")
}

func TestBrokenJSON(t *testing.T) {
	for _, tt := range brokenJSON {
		_, err := Canonical([]byte(tt.text))
		e, ok := err.(*SyntaxError)
		if !ok {
			t.Errorf("%s: error %v, want a *SyntaxError", tt.name, err)
			continue
		}
		if e.Reason != tt.reason || e.Line != tt.line || e.Byte != tt.at {
			t.Errorf("%s: %s at %d:%d (%s), want %s at %d:%d", tt.name, e.Reason, e.Line, e.Byte, e.Detail, tt.reason, tt.line, tt.at)
		}
	}
}

func TestDepthLimitIsNotTight(t *testing.T) {
	if _, err := Canonical([]byte(strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth))); err != nil {
		t.Error(err)
	}
}

func TestValueLimit(t *testing.T) {
	text := "[" + strings.Repeat("0,", MaxValues) + "0]"
	if _, err := Canonical([]byte(text)); ReasonOf(err) != TooLarge {
		t.Errorf("%d values: %v, want %s", MaxValues+2, err, TooLarge)
	}
}

func TestCanonical(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"white space", " { \"b\" : [ 1 , 2 ] ,\n\t\"a\" : null } \r\n", `{"a":null,"b":[1,2]}`},
		{"numbers as written", `{"a":1.0,"b":1E+2,"c":-0,"d":100000000000000000000}`, `{"a":1.0,"b":1E+2,"c":-0,"d":100000000000000000000}`},
		{"shortest escapes", `"\u0041\/\u000a\u001F\u00e9\ud83d\ude00\u2028"`, "\"A/\\n\\u001fé😀\u2028\""},
		{"keys by bytes", `{"é":1,"z":2,"Z":3,"":4}`, `{"":4,"Z":3,"z":2,"é":1}`},
		{"escaped keys", `{"b":1,"\u0061":2}`, `{"a":2,"b":1}`},
		{"more keys than few", `{"z":0,` + manyKeys(9) + `,"a":0,"b":0,"c":0,"d":0,"e":0,"f":0,"g":0,"h":0}`,
			`{"a":0,"b":0,"c":0,"d":0,"e":0,"f":0,"g":0,"h":0,` + manyKeys(9) + `,"z":0}`},
	} {
		got, err := Canonical([]byte(tt.in))
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: %s, %v; want %s", tt.name, got, err, tt.want)
		}
	}
}

// A canonical record is not written again.
func TestCanonicalOfCanonicalIsItself(t *testing.T) {
	raw := []byte(`{"a":"x\ny\u0001","b":[1,{"c":"é/"}]}`)
	got, err := Canonical(raw)
	if err != nil || &got[0] != &raw[0] {
		t.Errorf("%s, %v: a copy, want the same bytes", got, err)
	}
}

func TestGet(t *testing.T) {
	v, err := ParseValue([]byte(`{"a":{"b":[{"c":"x"},{"c":"y"}]},"a.b":"dotted","n":3,"s":"q\"\u00e9","m":[[1,2]]}`))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"a.b[0].c": "x", "a.b[1].c": "y", "a.b[-1].c": "y", "a.b": "dotted", "n": "3", "s": `q"é`, "m[0][1]": "2",
		"a.b[2].c": "", "a.x": "", "n.x": "", "a[0]": "", "": "", "a.b[": "", "a.b[x]": "", "m[0": "",
	} {
		if got := v.Get(path).Text(); got != want {
			t.Errorf("Get(%q) = %q, want %q", path, got, want)
		}
	}
}

// Whatever jsontext accepts we accept, with the same values, and the other way
// round, but for depth: two independent parsers of the same strict grammar.
func FuzzParse(f *testing.F) {
	for _, tt := range brokenJSON {
		if len(tt.text) < 1000 {
			f.Add([]byte(tt.text))
		}
	}
	f.Add([]byte(`{"a":[1,-2.5e3,true,false,null,"\u00e9\ud83d\ude00\n"],"b":{}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := Canonical(raw)
		if bytes.Count(raw, []byte("["))+bytes.Count(raw, []byte("{")) > MaxDepth {
			return
		}
		dec := jsontext.NewDecoder(bytes.NewReader(raw))
		value, theirs := dec.ReadValue()
		if theirs == nil {
			value = value.Clone()
			if rest, _ := dec.ReadToken(); rest.Kind() != 0 || dec.InputOffset() < int64(len(bytes.TrimRight(raw, " \t\r\n"))) {
				theirs = fmt.Errorf("trailing data")
			}
		}
		if (err == nil) != (theirs == nil) {
			t.Fatalf("%q: ours says %v, jsontext says %v", raw, err, theirs)
		}
		if err != nil {
			return
		}
		again, err := Canonical(got)
		if err != nil || !bytes.Equal(again, got) {
			t.Fatalf("%q: canonical %q, then %q (%v)", raw, got, again, err)
		}
		// jsontext's compact form of ours and of theirs, with the keys left alone.
		ours := jsontext.Value(bytes.Clone(got))
		sortKeys := jsontext.ReorderRawObjects(true)
		if err := ours.Format(sortKeys, jsontext.CanonicalizeRawInts(false), jsontext.CanonicalizeRawFloats(false), jsontext.PreserveRawStrings(false)); err != nil {
			t.Fatal(err)
		}
		if err := value.Format(sortKeys, jsontext.CanonicalizeRawInts(false), jsontext.CanonicalizeRawFloats(false), jsontext.PreserveRawStrings(false)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(ours, value) {
			t.Fatalf("%q: ours %q, jsontext %q", raw, ours, value)
		}
	})
}
