package format

import "fmt"

// A NodeID names a node of one problem's graph: position in Graph.Nodes plus
// one. Zero is no node.
type NodeID int32

// A Record is one source record: a problem and the attempts made at it.
type Record struct {
	ID       string    `json:"id" jsonschema:"first 16 bytes of SHA-256 of the canonical source record in hex, and -n for the n-th duplicate of an earlier equal record"`
	Set      string    `json:"set" jsonschema:"the reader that read it"`
	Eval     bool      `json:"eval,omitempty" jsonschema:"belongs to an evaluation set: refused as training input unless the recipe allows it"`
	Problem  Problem   `json:"problem"`
	Attempts []Attempt `json:"attempts,omitempty" jsonschema:"attempts at the problem; none makes a prompt-only record"`
	Meta     []Field   `json:"meta,omitempty" jsonschema:"what else the source said, in order"`
}

// A Field is one named piece of metadata.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// A Problem is what an attempt is an attempt at.
type Problem struct {
	ID       string   `json:"id" jsonschema:"first 16 bytes of SHA-256 of system and question in hex: the split key"`
	System   string   `json:"system,omitempty"`
	Question string   `json:"question"`
	Choices  []string `json:"choices,omitempty" jsonschema:"options of a multiple choice, in order, as written"`
	Answer   string   `json:"answer,omitempty" jsonschema:"the reference answer as the source states it"`
	Checker  string   `json:"checker,omitempty" jsonschema:"name in the table of checkers that grades an answer"`
	Params   []Field  `json:"params,omitempty" jsonschema:"what the checker needs beside the answer: numbers and target of a Countdown, edges of a graph"`
}

// A Label is what the source says of an attempt or a step; labels lie.
type Label uint8

// The labels.
const (
	Unlabelled Label = iota
	Right
	WrongLabel
)

func (l Label) String() string { return [...]string{"unlabelled", "right", "wrong"}[l] }

// MarshalText writes the label's name.
func (l Label) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads the label's name; anything unknown is unlabelled.
func (l *Label) UnmarshalText(b []byte) error {
	*l = Unlabelled
	switch string(b) {
	case "right":
		*l = Right
	case "wrong":
		*l = WrongLabel
	}
	return nil
}

// An Attempt is one trace by one author, with what the source says about it.
type Attempt struct {
	Author    string      `json:"author,omitempty" jsonschema:"model or person, as the source names it"`
	Label     Label       `json:"label,omitempty" jsonschema:"what the source says of the final answer: right, wrong or unlabelled"`
	Answer    string      `json:"answer,omitempty" jsonschema:"the final answer that the attempt states, as written; empty if none was found"`
	Errors    []StepError `json:"errors,omitempty" jsonschema:"what the source says of single steps"`
	Truncated bool        `json:"truncated,omitempty" jsonschema:"the text ends before the attempt does"`
	Trace     Trace       `json:"trace"`
	Graph     *Graph      `json:"graph,omitempty" jsonschema:"value graph: given with the problem, or derived from this trace; nil if none"`
}

// A StepError is a published label on one step.
type StepError struct {
	Step      int    `json:"step" jsonschema:"index of the step within the attempt's published list, from 0"`
	Reason    string `json:"reason,omitempty"`
	Rectified string `json:"rectified,omitempty" jsonschema:"the step as the source would have it: prose, proves nothing by itself"`
}

// Lineage says where a record came from. It stands beside records, outside
// every cache key and the build id: renaming a file changes nothing else.
type Lineage struct {
	File   string `json:"file"`
	Line   int64  `json:"line" jsonschema:"first line of the record, from 1; row number for Parquet"`
	Start  int64  `json:"start" jsonschema:"first byte of the record in the decompressed file; -1 where bytes mean nothing"`
	End    int64  `json:"end" jsonschema:"byte after the record"`
	Digest string `json:"digest" jsonschema:"SHA-256 of the canonical source record, hex"`
}

// A Graph holds the quantities of a problem and how each rests on others.
type Graph struct {
	Nodes []Node `json:"nodes" jsonschema:"Nodes[i] has ID i+1; parents come before children"`
}

// A NodeKind says where a node's value comes from.
type NodeKind uint8

// The kinds of node.
const (
	GivenNode  NodeKind = iota // a number that stands in the question
	ResultNode                 // the value of a claim in a step
	ParamNode                  // a parameter that the problem declares, with its equation
)

var nodeKindNames = [...]string{"given", "result", "param"}

func (k NodeKind) String() string { return nodeKindNames[k] }

// MarshalText writes the kind's name.
func (k NodeKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads the kind's name.
func (k *NodeKind) UnmarshalText(b []byte) error {
	for i, name := range nodeKindNames {
		if name == string(b) {
			*k = NodeKind(i)
			return nil
		}
	}
	return fmt.Errorf("unknown node kind %q; the kinds are given, result, param", b)
}

// A Node is one quantity.
type Node struct {
	ID       NodeID   `json:"id"`
	Kind     NodeKind `json:"kind"`
	Name     string   `json:"name,omitempty" jsonschema:"what the text calls it, unique in the graph; empty if the text gives it no name of its own"`
	Unit     string   `json:"unit,omitempty" jsonschema:"currency sign or percent sign written with the value"`
	Value    Num      `json:"value"`
	Parents  []NodeID `json:"parents,omitempty" jsonschema:"the nodes it is computed from, each once, in order of appearance"`
	Bound    bool     `json:"bound,omitempty" jsonschema:"no operand of its claim is ambiguous, and the claim is exact: it may carry a site"`
	Step     int      `json:"step,omitempty" jsonschema:"ID of the step that states it; 0 for a number of the question"`
	Claim    int      `json:"claim,omitempty" jsonschema:"index of the claim within that step"`
	Start    int      `json:"start" jsonschema:"first byte of the value, in the question or in the step's text"`
	End      int      `json:"end"`
	Equation string   `json:"equation,omitempty"`
	Premise  string   `json:"premise,omitempty" jsonschema:"the sentence of the question that defines it"`
}

// Node returns the node with the given ID, or nil.
func (g *Graph) Node(id NodeID) *Node {
	if g == nil || id < 1 || int(id) > len(g.Nodes) {
		return nil
	}
	return &g.Nodes[id-1]
}
