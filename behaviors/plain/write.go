package plain

import (
	"reflect"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/format"
)

func (f *form) write(p *augment.Pass, s augment.Site) (augment.Edit, error) {
	step := &p.Steps()[s.Step]
	caps, err := f.captures(step)
	if err != nil {
		return augment.Edit{}, err
	}
	if f.Command != nil {
		return f.ask(p, s, caps)
	}
	m, err := f.subject.prepare(f, p, s)
	if err != nil {
		return augment.Edit{}, err
	}
	v := f.view(p, s, m, caps)
	voice := &voice{pass: p, bank: f.bank, vars: v.Vars}
	frame := f.frame(p, s)
	e := augment.Edit{Proof: m.proof}
	for i, rule := range f.Steps {
		kind := kindOf(rule.Kind)
		if kind == format.Wrong {
			e.Steps = append(e.Steps, m.wrong...)
			continue
		}
		text, err := f.texts[i].say(v, voice)
		if err != nil {
			return augment.Edit{}, err
		}
		e.Steps = append(e.Steps, m.step(kind, frame.Put(text)))
	}
	return e, nil
}

func (f *form) frame(p *augment.Pass, s augment.Site) prose.Frame {
	if s.After {
		return prose.After(p.Steps(), s.Step)
	}
	return prose.Before(p.Steps(), s.Step)
}

// step is a step about the matter: what it claims depends on its kind.
func (m *matter) step(kind format.Kind, text string) format.Step {
	s := format.Step{Kind: kind, Text: text}
	switch kind {
	case format.Retract, format.Probe:
		s.Node, s.Refs = m.node, m.refs
	case format.Check, format.Doubt, format.Fix:
		s.Node = m.node
	}
	return s
}

func kindOf(name string) (k format.Kind) {
	if err := k.UnmarshalText([]byte(name)); err != nil {
		panic(err) // the reader knows the kinds
	}
	return k
}

func (f *form) view(p *augment.Pass, s augment.Site, m *matter, caps map[string]string) *view {
	step := &p.Steps()[s.Step]
	v := &view{Question: p.Problem.Question, Captures: caps, Params: f.values(p.Params), Vars: map[string]string{}}
	v.Step, v.Claims = viewOf(step)
	for _, d := range f.subject.vars {
		v.Vars[d.name] = ""
	}
	for i := 0; i+1 < len(m.vars); i += 2 {
		v.Vars[m.vars[i]] = m.vars[i+1]
	}
	if n := p.Graph.Node(m.node); n != nil && n.Step == step.ID && n.Claim < len(v.Claims) {
		v.Claim = v.Claims[n.Claim]
	} else if len(v.Claims) > 0 {
		v.Claim = v.Claims[len(v.Claims)-1]
	}
	return v
}

// values are the parameters by name: truths as they are, all else as text.
func (f *form) values(params any) map[string]any {
	v, out := reflect.ValueOf(params).Elem(), map[string]any{}
	for name, i := range f.names {
		if x := v.Field(i).Interface(); v.Field(i).Kind() == reflect.Bool {
			out[name] = x
		} else {
			out[name] = textOf(x)
		}
	}
	return out
}
