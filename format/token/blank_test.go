package token

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// mixedRules is blankFile with random rules that join anything to anything but text to a blank after it.
func mixedRules(t *testing.T, rng *rand.Rand) []byte {
	t.Helper()
	var model struct {
		Vocab  map[string]int `json:"vocab"`
		Merges []string       `json:"merges"`
	}
	var file map[string]json.RawMessage
	if err := json.Unmarshal(blankFile(t), &file); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(file["model"], &model); err != nil {
		t.Fatal(err)
	}
	tokens := []string{blankMark, "a", "b", "h", "t", ".", ",", "é", "日"}
	for len(tokens) < 120 {
		left, right := tokens[rng.IntN(len(tokens))], tokens[rng.IntN(len(tokens))]
		joined := left + right
		if _, ok := model.Vocab[joined]; ok || strings.Contains(strings.TrimLeft(joined, blankMark), blankMark) || len(joined) > 12 {
			continue
		}
		model.Vocab[joined] = len(model.Vocab)
		model.Merges = append(model.Merges, left+" "+right)
		tokens = append(tokens, joined)
	}
	m, err := json.Marshal(map[string]any{
		"type": "BPE", "unk_token": "<unk>", "fuse_unk": true, "byte_fallback": true, "vocab": model.Vocab, "merges": model.Merges,
	})
	if err != nil {
		t.Fatal(err)
	}
	file["model"] = m
	b, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestBorders: a text cut where no rule joins gives the tokens of the whole text.
func TestBorders(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	parts := []string{" ", "  ", "a", "b", "h", "t", "the", "ab", ".", ",", "1", "23", "\n", "é", "日", "\u2014", "\xff", "\xe2\x96", "Z", "\x00"}
	pieces := 0
	for range 20 {
		tok, err := Load(mixedRules(t, rng))
		if err != nil {
			t.Fatal(err)
		}
		if tok.borders.blank || tok.borders.whole {
			t.Fatal("nothing is cut")
		}
		whole := *tok
		whole.borders.whole = true
		e, f := tok.Encoder(), whole.Encoder()
		for range 300 {
			var b strings.Builder
			for range 1 + rng.IntN(30) {
				b.WriteString(parts[rng.IntN(len(parts))])
			}
			text := b.String()
			ids, ends := e.Append(nil, nil, text, 3)
			wantIDs, wantEnds := f.Append(nil, nil, text, 3)
			if !slices.Equal(ids, wantIDs) || !slices.Equal(ends, wantEnds) {
				t.Fatalf("%q:\n got %v %v\nwant %v %v", text, ids, ends, wantIDs, wantEnds)
			}
			for i := 0; i < len(text); pieces++ {
				i = tok.borders.end(text, i)
			}
		}
	}
	if pieces < 20*300*5 {
		t.Errorf("%d pieces: too few to prove anything", pieces)
	}
}

// TestBordersOfBytes: where rules join the tokens of bytes, nothing is cut.
func TestBordersOfBytes(t *testing.T) {
	file := replaceOnce(t, blankFile(t), `"▁othe":`, `"<0x5A><0x5A>":700,"▁othe":`, `"ab a"`, `"<0x5A> <0x5A>"`)
	tok, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	ids, _ := tok.Encoder().Append(nil, nil, "aZZ", 0)
	if got := fmt.Sprint(ids); !strings.HasSuffix(got, " 700]") {
		t.Errorf("got %s; two bytes joined are token 700", got)
	}
}
