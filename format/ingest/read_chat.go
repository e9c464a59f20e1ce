package ingest

import (
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// MultiTurn is the reason of a conversation that has more than one question:
// graft compiles one question with the attempts at it, and would lose the rest.
const MultiTurn Reason = "multi-turn"

// A turn is one message of a conversation, its role one of ours.
type turn struct {
	role string // system, user or assistant
	text string
}

// roles maps what sources call the speakers.
var roles = map[string]string{
	"system": "system", "developer": "system",
	"user": "user", "human": "user", "question": "user",
	"assistant": "assistant", "gpt": "assistant", "model": "assistant", "chatgpt": "assistant", "bing": "assistant", "bard": "assistant",
}

// turns reads an array of messages whose speaker and text stand in the given
// fields.
func turns(list *Value, roleKey, textKey string) ([]turn, error) {
	if !list.Is(Array) {
		return nil, reject(BadField, "a conversation must be an array, %s", describe(list))
	}
	var all []turn
	for i := range list.Items {
		m := &list.Items[i]
		role, ok := roles[m.Key(roleKey).Str()]
		if !ok {
			return nil, reject(BadField, "message %d: unknown %s %.40q", i, roleKey, m.Key(roleKey).Text())
		}
		text, err := content(m, textKey)
		if err != nil {
			return nil, reject(BadField, "message %d: %v", i, err.(*Rejection).Detail)
		}
		all = append(all, turn{role, text})
	}
	return all, nil
}

// content is the text of a message: a string, or the text parts of an array.
// Reasoning that stands in a field of its own comes first.
func content(m *Value, key string) (string, error) {
	c := m.Key(key)
	text := c.Str()
	if c.Is(Array) {
		for i := range c.Items {
			part := &c.Items[i]
			if part.Key("type").Str() != "text" {
				return "", reject(BadField, "part of type %.40q; only text is read", part.Key("type").Text())
			}
			text += part.Key("text").Str()
		}
	} else if !c.Is(String) {
		return "", reject(BadField, "%s must be a string, %s", key, describe(c))
	}
	if why := m.Key("reasoning_content").Str(); why != "" {
		return why + "\n" + text, nil
	}
	return text, nil
}

// dialogue makes a record of a conversation of one question: system texts, one
// user message and at most one answer.
func dialogue(all []turn) (format.Record, error) {
	var rec format.Record
	var system []string
	asked := false
	for i, t := range all {
		switch {
		case t.role == "system" && !asked:
			system = append(system, t.text)
		case t.role == "user" && !asked:
			rec.Problem.Question, asked = t.text, true
		case t.role == "assistant" && asked && i == len(all)-1:
			rec.Attempts = []format.Attempt{attempt("", t.text)}
		case !asked:
			return rec, reject(NoQuestion, "message %d is the %s's, before any question", i, t.role)
		default:
			return rec, reject(MultiTurn, "message %d is the %s's; a record is one question and one answer", i, t.role)
		}
	}
	rec.Problem.System = strings.Join(system, "\n")
	return rec, nil
}

func sniffMessages(v *Value) int {
	if v.Get("messages[0]").Has("role", "content") {
		return 90
	}
	return 0
}

func decodeMessages(v *Value) (format.Record, error) {
	return conversation(v, "messages", "role", "content")
}

func sniffShareGPT(v *Value) int {
	if v.Get("conversations[0]").Has("from", "value") {
		return 90
	}
	return 0
}

func decodeShareGPT(v *Value) (format.Record, error) {
	return conversation(v, "conversations", "from", "value")
}

// references are the fields in which chat sets put the answer to check
// against.
var references = []string{"reference_answer", "ground_truth", "final_answer", "answer", "solution"}

func conversation(v *Value, list, role, text string) (format.Record, error) {
	all, err := turns(v.Key(list), role, text)
	if err != nil {
		return format.Record{}, err
	}
	if s := v.Key("system").Str(); s != "" {
		all = slices.Insert(all, 0, turn{"system", s})
	}
	rec, err := dialogue(all)
	if err != nil {
		return rec, err
	}
	used := []string{list, "system"}
	for _, name := range references {
		if f := v.Key(name); f.Is(String) || f.Is(Number) {
			rec.Problem.Answer = f.Text()
			used = append(used, name)
			break
		}
	}
	rec.Meta = rest(v, used...)
	return rec, nil
}

func sniffVerl(v *Value) int {
	if v.Get("prompt[0]").Has("role", "content") && v.Has("reward_model") {
		return 92
	}
	return 0
}

func decodeVerl(v *Value) (format.Record, error) {
	all, err := turns(v.Key("prompt"), "role", "content")
	if err != nil {
		return format.Record{}, err
	}
	rec, err := dialogue(all)
	if err != nil {
		return rec, err
	}
	rec.Problem.Answer = v.Get("reward_model.ground_truth").Text()
	rec.Eval = v.Get("extra_info.split").Str() == "test"
	rec.Meta = rest(v, "prompt")
	return rec, nil
}

func sniffPrompt(v *Value) int {
	switch {
	case v.Has("prompt", "completion"), v.Has("prompt", "chosen", "rejected"), v.Has("prompt", "response"):
		return 60
	case v.Key("prompt").Is(String) && len(v.Members) <= 3:
		return 20
	}
	return 0
}

// answers are the fields of a prompt's answers, with what being there says.
var answers = []struct {
	field string
	label format.Label
}{{"completion", format.Unlabelled}, {"response", format.Unlabelled}, {"chosen", format.Right}, {"rejected", format.WrongLabel}}

func decodePrompt(v *Value) (format.Record, error) {
	asked, err := side(v.Key("prompt"), "user")
	if err != nil {
		return format.Record{}, err
	}
	rec, err := dialogue(asked)
	if err != nil {
		return rec, err
	}
	used := []string{"prompt"}
	for _, a := range answers {
		f := v.Key(a.field)
		if f == nil {
			continue
		}
		said, err := side(f, "assistant")
		if err != nil {
			return rec, err
		}
		// Preference sets repeat the prompt's messages before the answer.
		if len(said) > len(asked) && slices.Equal(said[:len(asked)], asked) {
			said = said[len(asked):]
		}
		if len(said) != 1 || said[0].role != "assistant" {
			return rec, reject(MultiTurn, "%s must be one message of the assistant's", a.field)
		}
		one := attempt("", said[0].text)
		one.Label = a.label
		rec.Attempts = append(rec.Attempts, one)
		used = append(used, a.field)
	}
	rec.Meta = rest(v, used...)
	return rec, nil
}

// side is a string, which the role speaks, or a list of messages.
func side(v *Value, role string) ([]turn, error) {
	if v.Is(String) {
		return []turn{{role, v.Str()}}, nil
	}
	return turns(v, "role", "content")
}

func sniffAlpaca(v *Value) int {
	if v.Key("instruction").Is(String) && v.Key("output").Is(String) {
		return 90
	}
	return 0
}

func decodeAlpaca(v *Value) (format.Record, error) {
	question, err := needStr(v, "instruction")
	if err != nil {
		return format.Record{}, err
	}
	text, err := needStr(v, "output")
	if err != nil {
		return format.Record{}, err
	}
	if input := v.Key("input").Str(); input != "" {
		question += "\n\n" + input
	}
	rec := format.Record{Problem: format.Problem{System: v.Key("system").Str(), Question: question},
		Attempts: []format.Attempt{attempt("", text)}}
	rec.Meta = rest(v, "instruction", "input", "output", "system")
	return rec, nil
}
