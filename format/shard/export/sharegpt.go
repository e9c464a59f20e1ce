package export

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/seed-cdf14512/graft/format/shard"
)

const sharegptDoc = `ShareGPT JSONL: {"id","conversations":[{"from","value"}],"system"}

One file a split, one line a record. A leading system message becomes "system".
The format has no weights: everything that "gpt" says is trained. Messages that
the build trains otherwise are refused, or noted in a lossy export.`

// speakers are ShareGPT's names of roles.
var speakers = map[string]string{"user": "human", "assistant": "gpt", "tool": "observation", "function": "observation", "system": "system"}

func writeShareGPT(dir, out string, o Options) (Report, error) {
	s, err := open(dir, out)
	if err != nil {
		return Report{}, err
	}
	type turn struct {
		From  string `json:"from"`
		Value string `json:"value"`
	}
	n := noter{format: "sharegpt", lossy: o.Lossy}
	rep, err := s.jsonl(out, func(r *shard.Record) ([]byte, error) {
		line := struct {
			ID            string `json:"id"`
			Conversations []turn `json:"conversations"`
			System        string `json:"system,omitempty"`
		}{ID: r.RecordID}
		for i, m := range r.Messages {
			x, err := s.mix(r, m)
			if err != nil {
				return nil, err
			}
			from, ok := speakers[m.Role]
			if !ok {
				return nil, fmt.Errorf("record %s: message %d has role %q, which ShareGPT has no name for", r.RecordID, i, m.Role)
			}
			if !x.exact || x.trained != (from == "gpt") {
				if err := n.inexact(r.RecordID, i, x.spans); err != nil {
					return nil, err
				}
			}
			if from == "system" && i == 0 {
				line.System = r.Text[m.Start:m.End]
				continue
			}
			line.Conversations = append(line.Conversations, turn{from, r.Text[m.Start:m.End]})
		}
		return json.Marshal(line)
	})
	rep.Notes = n.notes()
	return rep, err
}
