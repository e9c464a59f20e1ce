package shard

import (
	"fmt"
	"unicode/utf8"
)

// A Derivation is one row of derived/*.parquet: what a variant made, and of what.
type Derivation struct {
	DerivedID  string   `parquet:"derived_id"`
	RecordID   string   `parquet:"record_id"`
	Form       string   `parquet:"form"`
	Variant    string   `parquet:"variant"`
	Version    int32    `parquet:"version"`
	Params     string   `parquet:"params"`
	Phrases    []string `parquet:"phrases,list" parquet-element:""`
	Parents    []string `parquet:"parents,list" parquet-element:""`
	Tiles      []Tile   `parquet:"tiles,list"`
	Truncated  bool     `parquet:"truncated"`
	Truth      string   `parquet:"truth"`
	Checker    string   `parquet:"checker"`
	SameLength bool     `parquet:"same_length"`
	Class      string   `parquet:"class"`
	Notes      []Note   `parquet:"notes,list"`
	Proof      Proof    `parquet:"proof"`
}

// A Tile is a byte range of one text of a derived record, and where it came from.
type Tile struct {
	Field    string `parquet:"field"`
	Start    int64  `parquet:"start"`
	End      int64  `parquet:"end"`
	Parent   string `parquet:"parent"`
	Part     string `parquet:"part"`
	SrcStart int64  `parquet:"src_start"`
	SrcEnd   int64  `parquet:"src_end"`
	Kind     string `parquet:"kind"`
	Wrong    bool   `parquet:"wrong"`
}

// A Note is a named value.
type Note struct {
	Name  string `parquet:"name"`
	Value string `parquet:"value"`
}

// A Parent is one row of parents/*.parquet: what a variant derived from.
type Parent struct {
	ParentID string `parquet:"parent_id"`
	Kind     string `parquet:"kind"`
	Reader   string `parquet:"reader"`
	Body     string `parquet:"body"`
}

// The kinds of parent.
const (
	SourceParent   = "source"   // Body is a canonical source record; its digest is the parent's identity
	CompiledParent = "compiled" // Body is a row of records/ as JSON
)

// A Preference is one row of pairs/*.parquet: two ways to go on from one prompt.
type Preference struct {
	PairID    string `parquet:"pair_id"`
	ProblemID string `parquet:"problem_id"`
	Variant   string `parquet:"variant"`
	Split     string `parquet:"split"`
	Messages  []Turn `parquet:"messages,list"`
	Prompt    string `parquet:"prompt"`
	Chosen    string `parquet:"chosen"`
	Rejected  string `parquet:"rejected"`
}

// Check is the law of a derived row: its tiles follow one another in each field.
func (r *Derivation) Check() error {
	if r.DerivedID == "" || r.RecordID == "" || r.Variant == "" || len(r.Parents) == 0 {
		return fmt.Errorf("derived_id is %q, record_id %q, variant %q, with %d parents; all must be given", cut(r.DerivedID, 80), cut(r.RecordID, 80), cut(r.Variant, 80), len(r.Parents))
	}
	at := map[string]int64{}
	for i := range r.Tiles {
		t := &r.Tiles[i]
		if t.Start != at[t.Field] || t.End <= t.Start {
			return fmt.Errorf("derived %s: tile %d covers %d:%d of the %s, must begin at %d and hold something", cut(r.DerivedID, 80), i, t.Start, t.End, cut(t.Field, 80), at[t.Field])
		}
		if t.Parent != "" && t.SrcEnd-t.SrcStart != t.End-t.Start || t.SrcStart < 0 {
			return fmt.Errorf("derived %s: tile %d has %d bytes and covers %d:%d of its parent", cut(r.DerivedID, 80), i, t.End-t.Start, t.SrcStart, t.SrcEnd)
		}
		at[t.Field] = t.End
	}
	return nil
}

// Check is the law of a parents row.
func (r *Parent) Check() error {
	if r.ParentID == "" || r.Kind != SourceParent && r.Kind != CompiledParent || !utf8.ValidString(r.Body) {
		return fmt.Errorf("parent %q is of kind %q, want %s or %s, with a body in UTF-8", cut(r.ParentID, 80), cut(r.Kind, 80), SourceParent, CompiledParent)
	}
	return nil
}

// Check is the law of a pairs row: two ways on that differ.
func (r *Preference) Check() error {
	switch {
	case r.PairID == "" || r.ProblemID == "" || r.Split == "" || r.Variant == "":
		return fmt.Errorf("pair_id is %q, problem_id %q, split %q, variant %q; all must be given", cut(r.PairID, 80), cut(r.ProblemID, 80), cut(r.Split, 80), cut(r.Variant, 80))
	case len(r.Messages) == 0 || r.Prompt == "":
		return fmt.Errorf("pair %s: no prompt", cut(r.PairID, 80))
	case r.Chosen == r.Rejected || r.Chosen == "" || r.Rejected == "":
		return fmt.Errorf("pair %s: chosen and rejected must both be there and differ", cut(r.PairID, 80))
	case !utf8.ValidString(r.Prompt + r.Chosen + r.Rejected):
		return fmt.Errorf("pair %s: text is not valid UTF-8", cut(r.PairID, 80))
	}
	return nil
}

func sizeDerivation(r *Derivation) int { return 256 + 96*len(r.Tiles) }

func sizeParent(r *Parent) int { return len(r.Body) }

func sizePreference(r *Preference) int {
	n := len(r.Prompt) + len(r.Chosen) + len(r.Rejected)
	for i := range r.Messages {
		n += len(r.Messages[i].Content)
	}
	return n
}
