package augment_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/shard"
	"github.com/seed-cdf14512/graft/format/token"
)

// stretches counts the tokens of each stretch of inserted text of an answer that is
// encoded by itself.
func stretches(t *testing.T, enc *token.Encoder, r *shard.Record) (list []int) {
	s, err := r.Sample()
	if err != nil {
		t.Fatal(err)
	}
	m := s.Messages[len(s.Messages)-1]
	_, ends := enc.Append(nil, nil, s.Text[m.Start:m.End], m.Start)
	open := false
	for _, sp := range s.Spans {
		said := sp.Origin == format.FromGraft
		if said && !open {
			list = append(list, 0)
		}
		if open = said; said {
			for _, e := range ends {
				if int(e) > sp.Start && int(e) <= sp.End {
					list[len(list)-1]++
				}
			}
		}
	}
	return list
}

// A control arm whose filler is as long as all edits together, but not as each, gives
// a model more room in one place and less in another. Counted here from the rows.
func TestDotsAreAsLongAsEachEdit(t *testing.T) {
	out, _ := build(t, t.TempDir(), plain+"allow_eval: true\nbehaviors:\n  - {use: verification, select: {per: site, rate: 0.5}}\n"+
		"  - {use: backtracking, select: {per: site, rate: 0.5}}\nvariants:\n  - {use: dots, select: {rate: 1}}\ntraces:\n  - path: "+
		filepath.Join(sharedData(t), "gsm8k/test.jsonl.gz")+"\n", augment.BuildOptions{})
	prove(t, out)
	tok, err := token.LoadAny([]byte(read(t, filepath.Join(out, "tokenizer.json"))))
	if err != nil {
		t.Fatal(err)
	}
	enc, byID, several := tok.Encoder(), map[string]*shard.Record{}, 0
	rows := tableRows(t, &shard.Records, filepath.Join(out, "records/part-00000.parquet"))
	for _, r := range rows {
		byID[r.RecordID] = r
	}
	for _, r := range rows {
		if r.Variant != "dots" {
			continue
		}
		want, got := stretches(t, enc, byID[r.ParentID]), stretches(t, enc, r)
		if !slices.Equal(want, got) {
			t.Errorf("%s: edits of %d tokens, filler of %d", r.RecordID, want, got)
		}
		if len(want) > 1 {
			several++
		}
	}
	if t.Logf("%d records with several edits", several); several < 300 {
		t.Errorf("%d records with several edits", several)
	}
}
