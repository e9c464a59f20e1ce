package token

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
)

func recordedLines(t testing.TB, name string) []Recorded {
	b, err := os.ReadFile("testdata/foreign/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var all []Recorded
	for d := json.NewDecoder(bytes.NewReader(b)); d.More(); {
		var r Recorded
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// TestForeignProof: whatever the code behind it does, what is not what was
// recorded is refused, and a panic is an error.
func TestForeignProof(t *testing.T) {
	good := foreign{encode: func(text string) ([]int32, []int32, error) {
		switch text {
		case "panic":
			panic("deep inside")
		case "error":
			return nil, nil, errors.New("no")
		case "fall":
			return []int32{1, 2}, []int32{3, 2}, nil
		case "far":
			return []int32{1}, []int32{99}, nil
		}
		return []int32{7}, []int32{int32(len(text))}, nil
	}}
	for _, c := range []struct {
		name, want string
		proof      Recorded
	}{
		{"same", "", Recorded{"abc", []int32{7}, []int32{3}}},
		{"ids", "1 have other ids, 0 the same", Recorded{"abc", []int32{8}, []int32{3}}},
		{"ends", "0 have other ids, 1 the same ids with other ends", Recorded{"abc", []int32{7}, []int32{2}}},
		{"panic", "1 fail", Recorded{"panic", []int32{7}, []int32{5}}},
		{"error", "1 fail", Recorded{"error", []int32{7}, []int32{5}}},
		{"falling ends", "1 fail", Recorded{"fall", []int32{1, 2}, []int32{3, 2}}},
		{"far end", "1 fail", Recorded{"far", []int32{1}, []int32{99}}},
	} {
		err := good.prove([]Recorded{{"ok", []int32{7}, []int32{2}}, c.proof})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
	tok := &Tokenizer{foreign: &good}
	e := tok.Encoder()
	ids, ends := e.Append([]int32{5}, []int32{10}, "abc ", 10)
	if e.Err() != nil || len(ids) != 2 || ends[1] != 14 {
		t.Errorf("got %v %v %v", ids, ends, e.Err())
	}
	if e.Append(nil, nil, "panic", 0); e.Err() == nil || !strings.Contains(e.Err().Error(), "deep inside") {
		t.Errorf("a panic became %v", e.Err())
	}
}

// TestForeignWordPiece says what the adapter is good for: plain English as
// recorded, and it is refused by what was recorded of other text.
func TestForeignWordPiece(t *testing.T) {
	if _, err := newForeign(nil); err != nil && strings.Contains(err.Error(), "without -tags sugarme") {
		t.Skip("needs -tags sugarme")
	}
	for _, name := range []string{"bert-base-uncased", "all-minilm-l6-v2"} {
		file := unzipped(t, shared(t, "data", "tokenizers", name+".tokenizer.json.gz"))
		plain, other := recordedLines(t, "uncased.plain.jsonl"), recordedLines(t, "uncased.other.jsonl")
		if name == "all-minilm-l6-v2" {
			if _, err := LoadForeign(file, plain); err == nil || !strings.Contains(err.Error(), "truncation or padding is set") {
				t.Errorf("%s: got %v", name, err)
			}
		}
		file = replaced(t, file, `{"truncation": null, "padding": null}`)
		tok, err := LoadForeign(file, plain)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		e := tok.Encoder()
		ids, ends := e.Append(nil, nil, "Then 42 / 7 = 6. ", 0)
		if e.Err() != nil || len(ids) != len(ends) || ends[len(ends)-1] != 17 {
			t.Errorf("%s: %v %v %v", name, ids, ends, e.Err())
		}
		if got := string(tok.Decode(ids)); got != "then 42 / 7 = 6." {
			t.Errorf("%s: decoded %q", name, got)
		}
		_, err = LoadForeign(file, append(plain, other...))
		if err == nil || !strings.Contains(err.Error(), "of 36 recorded texts") {
			t.Errorf("%s: got %v", name, err)
		}
		t.Logf("%s: %d plain texts equal; with the others: %v", name, len(plain), err)
	}
	if _, err := LoadForeign([]byte("{}"), nil); err == nil {
		t.Error("took a tokenizer without proof")
	}
	if _, err := LoadForeign(smallFile(t), []Recorded{{}}); err == nil || !strings.Contains(err.Error(), `model type "BPE"`) {
		t.Errorf("BPE: got %v", err)
	}
}
