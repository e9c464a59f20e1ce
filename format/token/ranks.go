package token

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Ranks say what a .tiktoken file leaves out: it lists the tokens and their
// ids, and neither how text is cut nor the special tokens.
type Ranks struct {
	Pattern  string           // one of Patterns
	Specials map[string]int32 // by content: the id
}

// LoadRanks reads a .tiktoken file: a token in base64 and its rank, which is
// its id, a line. The lowest rank that two neighbors make goes first.
func LoadRanks(b []byte, o Ranks) (*Tokenizer, error) {
	tokens, err := parseRanks(b)
	if err != nil {
		return nil, fmt.Errorf("rank file: %w", err)
	}
	p, err := findPattern(o.Pattern)
	if err != nil {
		return nil, fmt.Errorf("rank file: %w", err)
	}
	t := &Tokenizer{digest: sha256.Sum256(b), ids: tokens, ranked: true, ignoreMerges: true, pattern: p.name, scan: p.scan}
	if err := t.loadTokens(o); err != nil {
		return nil, fmt.Errorf("rank file: %w", err)
	}
	t.loadRanks()
	t.loadPairs()
	t.loadASCII()
	return t, nil
}

// isRanks tells a rank file by its first line from a tokenizer.json.
func isRanks(b []byte) bool {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	_, _, err := parseRank(line)
	return err == nil
}

// loadPublished reads a rank file that is known by its digest.
func loadPublished(b []byte) (*Tokenizer, error) {
	sum := sha256.Sum256(b)
	digest := hex.EncodeToString(sum[:])
	for _, p := range publishedRanks() {
		if p.digest == digest {
			return LoadRanks(b, p.Ranks)
		}
	}
	return nil, errors.New("a rank file that this package does not know by its digest; say its pattern and its special tokens")
}

type rankFile struct {
	name, digest string
	Ranks
}

// publishedRanks lists the rank files that everybody uses, with what their
// publisher's own loader adds to them.
func publishedRanks() []rankFile {
	const end = "<|endoftext|>"
	return []rankFile{
		{"r50k_base", "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930", Ranks{"gpt2", map[string]int32{end: 50256}}},
		{"p50k_base", "94b5ca7dff4d00767bc256fdd1b27e5b17361d7b8a5f968547f9f23eb70d2069", Ranks{"gpt2", map[string]int32{end: 50256}}},
		{"cl100k_base", "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7", Ranks{"cl100k", map[string]int32{
			end: 100257, "<|fim_prefix|>": 100258, "<|fim_middle|>": 100259, "<|fim_suffix|>": 100260, "<|endofprompt|>": 100276,
		}}},
		{"o200k_base", "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d", Ranks{"o200k", map[string]int32{end: 199999, "<|endofprompt|>": 200018}}},
	}
}

func parseRanks(b []byte) (map[string]int32, error) {
	tokens := make(map[string]int32, len(b)/16)
	taken := map[int32]bool{}
	most := int32(2*bytes.Count(b, []byte("\n")) + 4096)
	n := 0
	for line := range bytes.Lines(b) {
		n++
		if line = bytes.TrimRight(line, "\r\n"); len(line) == 0 {
			continue
		}
		s, rank, err := parseRank(line)
		_, twice := tokens[s]
		switch {
		case err != nil:
			return nil, fmt.Errorf("line %d: %w", n, err)
		case rank < 0 || rank >= most:
			return nil, fmt.Errorf("line %d: rank %d in a file of %d lines", n, rank, bytes.Count(b, []byte("\n")))
		case twice:
			return nil, fmt.Errorf("line %d: token %q stands there twice", n, s)
		case taken[rank]:
			return nil, fmt.Errorf("line %d: two tokens have rank %d", n, rank)
		}
		tokens[s], taken[rank] = rank, true
	}
	return tokens, nil
}

func parseRank(line []byte) (string, int32, error) {
	code, number, ok := strings.Cut(string(line), " ")
	rank, err := strconv.ParseInt(number, 10, 32)
	token, bad := base64.StdEncoding.DecodeString(code)
	if !ok || err != nil || bad != nil || len(token) == 0 {
		return "", 0, fmt.Errorf("%.40q is not a token in base64, a space and its rank", line)
	}
	return string(token), int32(rank), nil
}

// loadTokens fills the vocabulary by id.
func (t *Tokenizer) loadTokens(o Ranks) error {
	largest := int32(0)
	for _, all := range []map[string]int32{t.ids, o.Specials} {
		for s, id := range all {
			if id < 0 || int(id) > 2*(len(t.ids)+len(o.Specials))+4096 {
				return fmt.Errorf("special token %q has id %d of %d tokens", s, id, len(t.ids))
			}
			largest = max(largest, id)
		}
	}
	t.bytes, t.known = make([]string, largest+1), make([]bool, largest+1)
	for s, id := range t.ids {
		t.bytes[id], t.known[id] = s, true
	}
	for b := range t.byteID {
		id, ok := t.ids[string([]byte{byte(b)})]
		if !ok {
			return fmt.Errorf("no token for byte 0x%02X; text that holds it would be dropped", b)
		}
		t.byteID[b] = id
	}
	t.added = make(map[string]int32, len(o.Specials))
	for _, s := range slices.Sorted(maps.Keys(o.Specials)) {
		id := o.Specials[s]
		if s == "" || t.known[id] {
			return fmt.Errorf("special token %q is empty, or its id %d is taken", s, id)
		}
		t.added[s], t.known[id], t.bytes[id] = id, true, s
		t.list = append(t.list, AddedToken{ID: id, Content: s, Special: true})
	}
	slices.SortFunc(t.list, func(a, b AddedToken) int { return int(a.ID - b.ID) })
	t.specials, t.rawAdded = len(t.list), newMatcher(t.list)
	return nil
}

// loadRanks makes a rule of every way to join two tokens to a third.
func (t *Tokenizer) loadRanks() {
	var list []rule
	to := make([]int32, len(t.bytes))
	for id, s := range t.bytes {
		to[id] = int32(id)
		if got, ok := t.ids[s]; !ok || got != int32(id) {
			continue // a hole or a special token
		}
		for i := 1; i < len(s); i++ {
			left, ok := t.ids[s[:i]]
			if !ok {
				continue
			}
			if right, ok := t.ids[s[i:]]; ok {
				list = append(list, rule{left, right, uint32(id)})
			}
		}
	}
	t.rules = newRules(list, to)
}
