package plain

import (
	"reflect"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/strict"
)

// Protocol is the version of the conversation with programs. Each message is one
// line of JSON. graft writes a Hello, the program answers with a Welcome; then, for
// each edit, graft writes a Request and the program answers with a Reply.
const Protocol = 1

// A Hello begins the conversation.
type Hello struct {
	Protocol int    `json:"protocol" jsonschema:"version of the protocol, 1"`
	Name     string `json:"name" jsonschema:"name of the behavior in its file"`
	Digest   string `json:"digest" jsonschema:"SHA-256 of the behavior's file and scripts"`
}

// A Welcome is the program's answer to Hello.
type Welcome struct {
	Protocol int    `json:"protocol" jsonschema:"version that the program speaks; it must be graft's"`
	Name     string `json:"name" jsonschema:"name of the behavior that the program writes; it must be the file's"`
}

// A Request asks for one edit. The reply must be a function of the request alone:
// chance comes from seed and from nothing else.
type Request struct {
	ID       int64             `json:"id" jsonschema:"number of the request, which the reply repeats"`
	Question string            `json:"question" jsonschema:"the question"`
	Steps    []RequestStep     `json:"steps" jsonschema:"the source steps, in order"`
	Nodes    []RequestNode     `json:"nodes" jsonschema:"the value graph: what the steps compute and from what"`
	Site     RequestSite       `json:"site" jsonschema:"where the edit will stand"`
	Captures map[string]string `json:"captures" jsonschema:"groups of the site's pattern, by name or number"`
	Params   map[string]string `json:"params" jsonschema:"parameters as text"`
	Seed     int64             `json:"seed" jsonschema:"the only source of chance, below 2^53: the same for the same recipe, record and step"`
}

// A RequestStep is a source step.
type RequestStep struct {
	ID   int    `json:"id" jsonschema:"number of the step, from 1"`
	Kind string `json:"kind" jsonschema:"setup, derive, compute, check or answer"`
	Text string `json:"text" jsonschema:"its text"`
}

// A RequestNode is a value that the question gives or a step computes.
type RequestNode struct {
	ID      int    `json:"id" jsonschema:"number of the node, which steps of the reply name"`
	Name    string `json:"name" jsonschema:"what the text calls it; may be empty"`
	Kind    string `json:"kind" jsonschema:"given, result or param"`
	Value   string `json:"value" jsonschema:"the exact value"`
	Unit    string `json:"unit" jsonschema:"currency sign, % or nothing"`
	Step    int    `json:"step" jsonschema:"ID of the step that computes it; 0 for a given one"`
	Expr    string `json:"expr" jsonschema:"the expression that the step computes it by"`
	Parents []int  `json:"parents" jsonschema:"nodes that it is computed from"`
}

// A RequestSite is a place beside a source step.
type RequestSite struct {
	Step  int  `json:"step" jsonschema:"ID of the step that the edit is about"`
	After bool `json:"after" jsonschema:"the edit stands after that step"`
	Node  int  `json:"node" jsonschema:"the node that the edit is about; 0 where the file says about: step"`
}

// A Reply is an edit, or a refusal to write one.
type Reply struct {
	ID     int64       `json:"id" jsonschema:"number of the request"`
	Steps  []ReplyStep `json:"steps,omitempty" range:"0,16" jsonschema:"what to insert, in order"`
	Detail string      `json:"detail,omitempty" jsonschema:"what was checked, one line, for provenance"`
	Refuse *Refused    `json:"refuse,omitempty" jsonschema:"in place of steps: why there is no edit"`
}

// A ReplyStep is one step of an edit. White space around the text is graft's.
type ReplyStep struct {
	Kind string `json:"kind" enum:"check,wrong,doubt,retract,fix,probe,return,analysis,derive" jsonschema:"what the step does"`
	Text string `json:"text" range:"1,8192" jsonschema:"its sentence"`
	Node int    `json:"node,omitempty" jsonschema:"the node that it is about"`
	Refs []int  `json:"refs,omitempty" jsonschema:"retract: every wrong node, the first first; probe: the missing set"`
}

// Refused says why a program writes no edit.
type Refused struct {
	Code   string `json:"code" range:"1,40" jsonschema:"short and stable: graft counts by it"`
	Detail string `json:"detail,omitempty" jsonschema:"one line"`
}

// Schemas are the JSON Schemas of the file and of the messages, for augment.Suite.
func Schemas() (map[string][]byte, error) {
	all := map[string][]byte{}
	for name, v := range map[string]any{"behavior": File{}, "program.hello": Hello{}, "program.welcome": Welcome{}, "program.request": Request{}, "program.reply": Reply{}} {
		s, err := strict.Schema{Names: tables()}.Object(reflect.TypeOf(v), reflect.Value{})
		if err != nil {
			return nil, err
		}
		s.Schema, s.Title = strict.Dialect, "graft "+name
		if all[name], err = strict.PrintSchema(s); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// request tells a program of one site.
func (f *form) request(p *augment.Pass, s augment.Site, caps map[string]string) *Request {
	r := &Request{
		Question: p.Problem.Question, Captures: caps, Params: map[string]string{}, Seed: int64(p.Rand.Uint64() >> 11),
		Site: RequestSite{Step: p.Steps()[s.Step].ID, After: s.After, Node: int(s.Node)},
	}
	for name, v := range f.values(p.Params) {
		r.Params[name] = textOf(v)
	}
	for i := range p.Steps() {
		st := &p.Steps()[i]
		r.Steps = append(r.Steps, RequestStep{st.ID, st.Kind.String(), st.Text})
	}
	for i := range p.Graph.Nodes {
		n := &p.Graph.Nodes[i]
		q := RequestNode{ID: int(n.ID), Name: n.Name, Kind: n.Kind.String(), Value: n.Value.String(), Unit: n.Unit, Step: n.Step}
		if n.Kind == format.ResultNode && n.Step >= 1 && n.Step <= len(p.Steps()) && n.Claim < len(p.Steps()[n.Step-1].Claims) {
			q.Expr = p.Steps()[n.Step-1].Claims[n.Claim].Expr
		}
		for _, id := range n.Parents {
			q.Parents = append(q.Parents, int(id))
		}
		r.Nodes = append(r.Nodes, q)
	}
	return r
}

// edit is what a reply says, in the frame of its place.
func (f *form) edit(p *augment.Pass, s augment.Site, r *Reply) (augment.Edit, error) {
	e := augment.Edit{Proof: computed(r.Detail)}
	if r.Refuse != nil {
		return e, augment.Refuse(r.Refuse.Code, "%s", r.Refuse.Detail)
	}
	frame := f.frame(p, s)
	for _, st := range r.Steps {
		step := format.Step{Kind: kindOf(st.Kind), Node: format.NodeID(st.Node), Text: frame.Put(st.Text)}
		for _, id := range st.Refs {
			step.Refs = append(step.Refs, format.NodeID(id))
		}
		e.Steps = append(e.Steps, step)
	}
	return e, nil
}
