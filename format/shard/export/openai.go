package export

import (
	"github.com/go-json-experiment/json"
	"github.com/seed-cdf14512/graft/format/shard"
)

const openaiDoc = `OpenAI chat JSONL: {"messages":[{"role","content","weight"}]}

One file a split, one line a record. An assistant message carries "weight", 0 or
1. Weights within a message, and weights between or beyond 0 and 1, cannot be
expressed: they are refused, or with a lossy export the message is trained as a
whole and counted in the notes. That trains the errors that a behavior put in.`

func writeOpenAI(dir, out string, o Options) (Report, error) {
	s, err := open(dir, out)
	if err != nil {
		return Report{}, err
	}
	type message struct {
		Role    string `json:"role"`
		Content string `json:"content"`
		Weight  *int   `json:"weight,omitempty"`
	}
	n := noter{format: "openai", lossy: o.Lossy}
	rep, err := s.jsonl(out, func(r *shard.Record) ([]byte, error) {
		line := struct {
			Messages []message `json:"messages"`
		}{}
		for i, m := range r.Messages {
			msg := message{Role: m.Role, Content: r.Text[m.Start:m.End]}
			x, err := s.mix(r, m)
			if err != nil {
				return nil, err
			}
			weight := 0
			if x.trained {
				weight = 1
			}
			assistant := m.Role == "assistant"
			if assistant {
				msg.Weight = &weight
			}
			if !x.exact || x.trained && !assistant { // nobody else can be trained there
				if err := n.inexact(r.RecordID, i, x.spans); err != nil {
					return nil, err
				}
			}
			line.Messages = append(line.Messages, msg)
		}
		return json.Marshal(line)
	})
	rep.Notes = n.notes()
	return rep, err
}
