package augment

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// graphPrompt asks for the graph of a worked answer.
const graphPrompt = `You read a problem and a worked answer, and write down which quantities it computes and how. The answer is cut into numbered steps.

Reply with one JSON object and nothing else:

{"quantities": [{"id": "...", "name": "...", "step": 0, "value": "...", "equation": "...", "from": ["..."]}]}

List first every number of the problem that the answer uses, with step 0 and without equation and from. Then list every result that the answer reaches, one entry for each, in the order in which the steps state them.

- id: a short name of your own for the entry: letters, digits and _, beginning with a letter; no two alike.
- name: what the quantity is, in words that occur in the text, without digits. It completes "the number of ..." (clips sold in May), or for money "the amount ..." (she earned per week). No two alike.
- step: the number of the first step in which the value stands.
- value: the value exactly as a number, without unit.
- equation: how the value comes about, with + - * / and parentheses, over ids of other entries. Write a number only if it is no quantity of the list, as the 2 of "twice" or the 60 of minutes in an hour. It must give the value exactly.
- from: the ids that the equation uses, each once. Nothing may rest on what comes later, or on itself.

Follow the answer as it is written: where it computes something, the equation is that computation.`

// GraphTurns are what an endpoint is told when it is asked for the graph of an
// attempt: instructions, and the problem with the numbered steps.
func GraphTurns(p *format.Problem, a *format.Attempt) (system, user string) {
	var b strings.Builder
	fmt.Fprintf(&b, "Problem:\n%s\n\nAnswer:\n", ask(p))
	for i := range a.Trace.Steps {
		fmt.Fprintf(&b, "[%d] %s\n", i+1, strings.TrimSpace(a.Trace.Steps[i].Text))
	}
	return graphPrompt, b.String()
}

// The reasons for which a reply is no graph, beside those of answer.Bind.
const (
	graphUnread  = "unread"  // the reply holds no list of quantities
	graphCutOff  = "cut-off" // the reply ends before its list does
	maxGraphText = 1 << 20   // bytes of a reply
	finishLength = "length"  // what an endpoint says of a reply that it cut
)

// ReadGraph makes the graph of an attempt of what an endpoint replied, if all that
// it says holds; the error is an *answer.Misfit. finish is what the endpoint says of
// the end of its reply.
func ReadGraph(p *format.Problem, a *format.Attempt, reply, finish string) (*TextGraph, error) {
	list, err := quantitiesIn(reply)
	if err != nil {
		reason := graphUnread
		if finish == finishLength {
			reason = graphCutOff
		}
		return nil, &answer.Misfit{Reason: reason, Detail: err.Error()}
	}
	q := *p
	q.Question = ask(p)
	t := &TextGraph{TraceID: a.Trace.ID, Text: textDigest(q.Question, a.Trace.Steps), Quantities: list}
	copied := *a
	copied.Trace.Steps = append([]format.Step(nil), a.Trace.Steps...)
	one := Graphs{byID: map[string]*TextGraph{graphKey(t.TraceID): t}}
	if _, m := one.of(answer.NewDeriver(), &q, &copied, true); m != nil {
		return nil, m
	}
	return t, nil
}

// quantitiesIn reads the list in a reply, whatever stands around it.
func quantitiesIn(reply string) ([]answer.Quantity, error) {
	from, to := strings.IndexByte(reply, '{'), strings.LastIndexByte(reply, '}')
	if from < 0 || to < from || len(reply) > maxGraphText {
		return nil, errors.New("the reply holds no JSON object")
	}
	var said struct {
		Quantities []struct {
			ID       string         `json:"id"`
			Name     string         `json:"name"`
			Step     int            `json:"step"`
			Value    jsontext.Value `json:"value"`
			Equation string         `json:"equation"`
			From     []string       `json:"from"`
		} `json:"quantities"`
	}
	if err := json.Unmarshal([]byte(reply[from:to+1]), &said); err != nil {
		return nil, fmt.Errorf("the reply is no list of quantities: %w", err)
	}
	if len(said.Quantities) == 0 {
		return nil, errors.New("the reply lists no quantity")
	}
	list := make([]answer.Quantity, len(said.Quantities))
	for i, q := range said.Quantities {
		list[i] = answer.Quantity{ID: q.ID, Name: strings.TrimSpace(q.Name), Step: q.Step, Equation: strings.TrimSpace(q.Equation), From: q.From}
		switch q.Value.Kind() {
		case '"':
			if err := json.Unmarshal(q.Value, &list[i].Value); err != nil {
				return nil, fmt.Errorf("the value of %s is no text: %w", q.ID, err)
			}
		case '0':
			list[i].Value = string(q.Value)
		default:
			return nil, fmt.Errorf("quantity %d has no value", i)
		}
	}
	return list, nil
}

// GraphPrefers reports whether an attempt is worth a question: it has text, and no
// checker says that it is wrong.
func GraphPrefers(p *format.Problem, a *format.Attempt) bool {
	if len(a.Trace.Steps) == 0 {
		return false
	}
	verdict, _ := gradeAttempt(p, a, a.Trace.Text())
	return verdict != "wrong"
}
