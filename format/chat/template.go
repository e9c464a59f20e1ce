package chat

import (
	"fmt"
	"time"

	"github.com/seed-cdf14512/graft/format/chat/internal/jinja"
)

// A Conversation is what a template renders: the turns, and what stands beside
// them.
type Conversation struct {
	Turns []Turn
	Tools []byte // a JSON array of tool definitions, or nil
	Vars  []byte // a JSON object of further variables that the template reads, or nil
}

// Text writes the conversation as transformers' apply_chat_template does, byte
// for byte, with an assistant's turn opened at the end if prompt is set. It
// checks nothing: Render does.
func (t *Template) Text(c Conversation, prompt bool) (string, error) {
	if t.prog == nil {
		return "", fmt.Errorf("template %s is built in: Render and Prompt write it", t.Name)
	}
	r, err := t.prog.run(&c, len(c.Turns), prompt)
	return r.S, err
}

// A program is a template of a tokenizer, ready to run. It is read-only.
type program struct {
	name   string
	tpl    *jinja.Template
	vars   map[string]jinja.Value // special tokens, and the recipe's variables
	tokens tokens
	eos    string
	now    time.Time
	accept map[string]bool
	addEOS bool
	size   int // bytes of the template
}

// A field says what a string of the input is to the checks.
type field uint8

const (
	content field = iota
	reasoning
	call  // the name and the arguments of a tool call: must not get lost
	extra // anything else that the record brought: its bytes are no control tokens
)

// A leaf is one string of the input.
type leaf struct {
	turn int // -1: beside the turns
	kind field
	base int // of content and reasoning: where it begins in the message's source text
	text string
}

// A rendering is what a run wrote, and the inputs that its marks name.
type rendering struct {
	jinja.Output
	leaves []leaf // leaves[Src-1]
}

// run renders the first n turns.
func (p *program) run(c *Conversation, n int, prompt bool) (rendering, error) {
	in := &inputs{leaves: make([]leaf, 0, 2*n+2)}
	vars := make(map[string]jinja.Value, len(p.vars)+6)
	vars["documents"], vars["tools"] = nil, nil
	for k, v := range p.vars {
		vars[k] = v
	}
	messages := &jinja.List{Items: make([]jinja.Value, n)}
	for i := range n {
		m, err := in.message(i, &c.Turns[i])
		if err != nil {
			return rendering{}, fmt.Errorf("message %d: %w", i, err)
		}
		messages.Items[i] = m
	}
	vars["messages"], vars["add_generation_prompt"] = messages, prompt
	if c.Tools != nil {
		v, err := in.json(-1, c.Tools)
		if err != nil {
			return rendering{}, fmt.Errorf("tools: %w", err)
		}
		vars["tools"] = v
	}
	if c.Vars != nil {
		v, err := jinja.FromJSON(c.Vars, nil)
		if err != nil {
			return rendering{}, fmt.Errorf("variables: %w", err)
		}
		if err := merge(vars, v); err != nil {
			return rendering{}, err
		}
	}
	out, err := p.tpl.Run(jinja.Input{Vars: vars, Now: p.now, Limits: jinja.DefaultLimits(in.size + len(c.Tools) + p.size)})
	if err != nil {
		return rendering{}, fmt.Errorf("chat template %s: %w", p.name, err)
	}
	return rendering{out, in.leaves}, nil
}

// merge adds the keys of a JSON object to the variables.
func merge(vars map[string]jinja.Value, v jinja.Value) error {
	d, ok := v.(*jinja.Dict)
	if !ok {
		return fmt.Errorf("variables: want a JSON object")
	}
	d.Each(func(k string, v jinja.Value) { vars[k] = v })
	return nil
}

// inputs number the strings that a template sees.
type inputs struct {
	leaves []leaf
	size   int
}

func (in *inputs) leaf(l leaf) int32 {
	in.size += len(l.text)
	in.leaves = append(in.leaves, l)
	return int32(len(in.leaves))
}

// json reads a field of turn i, or tools.
func (in *inputs) json(i int, raw []byte) (jinja.Value, error) {
	base := 0
	return jinja.FromJSON(raw, func(path []string, s string, key bool) int32 {
		l := leaf{turn: i, kind: kindOf(path, key), text: s}
		if i < 0 {
			l.kind = extra
		}
		if l.kind == content {
			l.base = base
			base += len(s)
		}
		return in.leaf(l)
	})
}

// kindOf says what a string of a message is by the keys on the way to it.
func kindOf(path []string, key bool) field {
	if len(path) == 0 || key {
		return extra
	}
	last := path[len(path)-1]
	switch path[0] {
	case "content":
		// Parts of a message: [{"type": "text", "text": …}].
		if len(path) == 1 || len(path) == 2 && last == "text" {
			return content
		}
	case "tool_calls":
		for _, k := range path[1:] {
			if k == "arguments" {
				return call
			}
		}
		if last == "name" {
			return call
		}
	}
	return extra
}

// message is turn i as the dict that templates see. As transformers does it,
// fields that are null are left out, and reasoning goes by two names.
func (in *inputs) message(i int, t *Turn) (*jinja.Dict, error) {
	if err := checkRole(t.Role); err != nil {
		return nil, err
	}
	d := &jinja.Dict{}
	var fields *jinja.Dict
	if t.Fields != nil {
		v, err := in.json(i, t.Fields)
		if err != nil {
			return nil, fmt.Errorf("fields: %w", err)
		}
		var ok bool
		if fields, ok = v.(*jinja.Dict); !ok {
			return nil, fmt.Errorf("fields: want a JSON object")
		}
	}
	var think jinja.Value
	if t.Reasoning != "" {
		think = jinja.NewText(t.Reasoning, in.leaf(leaf{turn: i, kind: reasoning, text: t.Reasoning}))
		d.Set("thinking", think)
	}
	d.Set("role", jinja.NewText(t.Role, 0))
	has := false
	if fields != nil {
		_, has = fields.Get("content")
	}
	if !has {
		text := t.Text
		if t.Trace != nil {
			text = t.Trace.Text()
		}
		d.Set("content", jinja.NewText(text, in.leaf(leaf{turn: i, kind: content, base: len(t.Reasoning), text: text})))
	}
	if think != nil {
		d.Set("reasoning_content", think)
	}
	if fields != nil {
		fields.Each(func(k string, v jinja.Value) {
			if v != nil && k != "role" {
				d.Set(k, v)
			}
		})
	}
	return d, nil
}

// checkRole keeps a role from writing anything but a role: templates print it
// as their own text.
func checkRole(role string) error {
	if role == "" {
		return fmt.Errorf("no role")
	}
	for _, c := range []byte(role) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' && c != ' ' {
			return fmt.Errorf("role %q; want letters, digits, dash and underscore", role)
		}
	}
	return nil
}
