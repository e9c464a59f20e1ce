package augment

import (
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/shard"
)

// FuzzSegments reads any row of derived/ against the texts of a record: segments out
// of range, of nobody, of unknown parts and kinds, overlapping or with holes. None
// panics, and what is accepted joins to the very texts.
func FuzzSegments(f *testing.F) {
	for _, row := range []string{
		`{"Form":"record","Parents":["a"],"Tiles":[{"Field":"answer","Start":0,"End":4,"Parent":"a","Part":"source","SrcStart":0,"SrcEnd":4}],"Proof":{"Grade":"x"}}`,
		`{"Form":"record","Parents":["a"],"Tiles":[{"Field":"answer","Start":0,"End":2,"Parent":"a","Part":"source","SrcStart":0,"SrcEnd":2},{"Field":"answer","Start":2,"End":4,"Kind":"check"}],"Proof":{"Grade":"x"}}`,
		`{"Form":"pair","Parents":["a","b"],"Tiles":[{"Field":"chosen","Start":0,"End":2,"Parent":"b","Part":"rectified","SrcStart":-1,"SrcEnd":1},{"Field":"rejected","Start":3,"End":1,"Kind":"wrong"}]}`,
		`{"Form":"prompt","Tiles":[{"Field":"question","Start":-9223372036854775808,"End":9223372036854775807,"Parent":"nobody","Part":"compiled"}]}`,
		`{"Form":"record","Parents":["a"],"Tiles":[{"Field":"answer","Start":0,"End":4,"Parent":"a","Part":"source","SrcStart":9223372036854775807,"SrcEnd":-1},{"Field":"other","Kind":"nothing"}]}`,
	} {
		f.Add(row, "1 + ", "Q?", "1 + 1 = 2.")
	}
	v := &Variant{Name: "v", Verify: func(*Pass, *Derived) error { return nil }}
	f.Fuzz(func(t *testing.T, text, answer, question, source string) {
		var row shard.Derivation
		if json.Unmarshal([]byte(text), &row) != nil {
			t.Skip()
		}
		texts := map[string]string{"answer": answer, "question": question, "chosen": source, "rejected": answer}
		d, err := derivedOf(&row, texts)
		if err != nil {
			return
		}
		attempts := []format.Attempt{
			{Trace: format.Trace{ID: "a", Steps: []format.Step{{ID: 1, Text: source}}}},
			{Trace: format.Trace{ID: "b", Steps: []format.Step{{ID: 1, Text: question}}}, Errors: []format.StepError{{Rectified: answer}}},
		}
		pass := &Pass{Problem: &format.Problem{Question: question}, Attempt: &attempts[0], Others: attempts, Verdicts: []string{"right", "wrong"}}
		if err := sameTexts(pass, d, texts); err != nil {
			return
		}
		for _, field := range textsOf(d) {
			joined, ok := pass.Join(*field.segments)
			if want := texts[field.name]; !ok || joined != want && len(*field.segments) > 0 {
				t.Errorf("the segments of the %s join to %q, want %q", field.name, joined, want)
			}
		}
		proveDerived(pass, v, d)
	})
}
