package cli

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format/token"
)

// load reads the tokenizer, whatever kind of file it is.
func (o *tokenizing) load() (*token.Tokenizer, error) {
	b, err := augment.ReadTokenizer(o.file, ".")
	if err != nil {
		return nil, err
	}
	var t *token.Tokenizer
	switch {
	case o.merges != "":
		var merges []byte
		if merges, err = os.ReadFile(o.merges); err != nil {
			return nil, err
		}
		if b, err = token.FromMerges(b, merges, o.pattern, o.specials); err == nil {
			t, err = token.Load(b)
		}
	case o.proof != "":
		var proof []token.Recorded
		if proof, err = o.recorded(); err == nil {
			t, err = token.LoadForeign(b, proof)
		}
	case o.pattern != "" || len(o.specials) > 0:
		r := token.Ranks{Pattern: o.pattern, Specials: map[string]int32{}}
		for _, s := range o.specials {
			at := strings.LastIndexByte(s, '=')
			id, bad := strconv.ParseInt(s[at+1:], 10, 32)
			if at < 0 || bad != nil {
				return nil, usagef("--special %q: a rank file needs TEXT=ID", s)
			}
			r.Specials[s[:at]] = int32(id)
		}
		t, err = token.LoadRanks(b, r)
	default:
		t, err = token.LoadAny(b)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.file, err)
	}
	return t, nil
}

// recorded reads what the reference made of some texts.
func (o *tokenizing) recorded() ([]token.Recorded, error) {
	b, err := os.ReadFile(o.proof)
	if err != nil {
		return nil, err
	}
	var all []token.Recorded
	n := 0
	for line := range bytes.Lines(b) {
		var r struct {
			Text string  `json:"text"`
			IDs  []int32 `json:"ids"`
			Ends []int32 `json:"ends"`
		}
		n++
		if err := json.Unmarshal(line, &r, json.RejectUnknownMembers(true)); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", o.proof, n, err)
		}
		all = append(all, token.Recorded{Text: r.Text, IDs: r.IDs, Ends: r.Ends})
	}
	return all, nil
}
