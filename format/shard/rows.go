package shard

import (
	"encoding/hex"

	"github.com/seed-cdf14512/graft/format"
)

// A Record is one row of records/*.parquet: a compiled sample with its text,
// its spans and its edits. See doc.go for the columns.
type Record struct {
	RecordID  string    `parquet:"record_id"`
	ParentID  string    `parquet:"parent_id"`
	ProblemID string    `parquet:"problem_id"`
	Variant   string    `parquet:"variant"`
	Text      string    `parquet:"text"`
	Messages  []Message `parquet:"messages,list"`
	Spans     []Span    `parquet:"spans,list"`
	Controls  []Range   `parquet:"controls,list"`
	Edits     []Edit    `parquet:"edits,list"`
	Answer    string    `parquet:"answer"`
	Checker   string    `parquet:"checker"`
	Grade     string    `parquet:"grade"`
	NTokens   int32     `parquet:"n_tokens"`
	Split     string    `parquet:"split"`
	SourceSum string    `parquet:"source_sha256"`
}

// A Message is one turn: a byte range of its record's text.
type Message struct {
	Role  string `parquet:"role"`
	Start int64  `parquet:"start"`
	End   int64  `parquet:"end"`
}

// A Span is a named byte range of its record's text.
type Span struct {
	Start    int64  `parquet:"start"`
	End      int64  `parquet:"end"`
	Name     string `parquet:"name"`
	Edit     int32  `parquet:"edit"`
	Origin   string `parquet:"origin"`
	SrcStart int64  `parquet:"src_start"`
	SrcEnd   int64  `parquet:"src_end"`
}

// A Range is a byte range of its record's text.
type Range struct {
	Start int64 `parquet:"start"`
	End   int64 `parquet:"end"`
}

// An Edit is the stamp of one edit.
type Edit struct {
	ID       int32    `parquet:"id"`
	Behavior string   `parquet:"behavior"`
	Version  int32    `parquet:"version"`
	Params   string   `parquet:"params"`
	Phrases  []string `parquet:"phrases,list" parquet-element:""`
	Step     int64    `parquet:"step"`
	After    bool     `parquet:"after"`
	Parent   int32    `parquet:"parent"`
	Proof    Proof    `parquet:"proof"`
	Facts    []Fact   `parquet:"facts,list"`
}

// A Proof says how an edit is known to be true.
type Proof struct {
	Grade  string `parquet:"grade"`
	Detail string `parquet:"detail"`
}

// A Fact is what one inserted step is about.
type Fact struct {
	Kind string  `parquet:"kind"`
	Node int32   `parquet:"node"`
	Refs []int32 `parquet:"refs,list"`
	Was  string  `parquet:"was"` // the source text that the step renames
}

// A Lineage is one row of lineage/*.parquet: where a record came from.
type Lineage struct {
	RecordID string `parquet:"record_id"`
	File     string `parquet:"file"`
	Line     int64  `parquet:"line"`
	Start    int64  `parquet:"start"`
	End      int64  `parquet:"end"`
	Digest   string `parquet:"digest"`
}

// A Row is one row of shards/*.parquet: one packed sequence.
type Row struct {
	InputIDs   []int32  `parquet:"input_ids,list"`
	SeqLengths []int32  `parquet:"seq_lengths,list"`
	RecordID   []string `parquet:"record_id,list"`
	SpanEnd    []int32  `parquet:"span_end,list"`
	SpanName   []int32  `parquet:"span_name,list"`
	SpanEdit   []int32  `parquet:"span_edit,list"`
}

// A Prompt is one row of prompts/*.parquet: a problem to sample answers to.
type Prompt struct {
	PromptID    string  `parquet:"prompt_id"`
	ProblemID   string  `parquet:"problem_id"`
	Messages    []Turn  `parquet:"messages,list"`
	PromptIDs   []int32 `parquet:"prompt_ids,list"`
	GroundTruth string  `parquet:"ground_truth"`
	Checker     string  `parquet:"checker"`
	Params      string  `parquet:"params"`
	DataSource  string  `parquet:"data_source"`
	PassK       int32   `parquet:"pass_k"`
	PassN       int32   `parquet:"pass_n"`
}

// A Turn is a message with its own text.
type Turn struct {
	Role    string `parquet:"role"`
	Content string `parquet:"content"`
}

// LineageOf is the lineage row of the record with the given ID.
func LineageOf(id string, l format.Lineage) Lineage {
	return Lineage{RecordID: id, File: l.File, Line: l.Line, Start: l.Start, End: l.End, Digest: l.Digest}
}

// Of fills r from a compiled sample, reusing the slices that r already holds.
func (r *Record) Of(s *format.Sample) {
	m, sp, co, ed := r.Messages[:0], r.Spans[:0], r.Controls[:0], r.Edits[:0]
	for _, x := range s.Messages {
		m = append(m, Message{Role: x.Role, Start: int64(x.Start), End: int64(x.End)})
	}
	for _, x := range s.Spans {
		sp = append(sp, Span{Start: int64(x.Start), End: int64(x.End), Name: x.Name, Edit: int32(x.Edit),
			Origin: x.Origin.String(), SrcStart: int64(x.SrcStart), SrcEnd: int64(x.SrcEnd)})
	}
	for _, x := range s.Controls {
		co = append(co, Range{int64(x.Start), int64(x.End)})
	}
	for i := range s.Edits {
		ed = append(ed, editOf(&s.Edits[i]))
	}
	*r = Record{RecordID: s.RecordID, ParentID: s.ParentID, ProblemID: s.ProblemID, Variant: s.Variant, Text: s.Text,
		Messages: m, Spans: sp, Controls: co, Edits: ed, Answer: s.Answer, Checker: s.Checker, Grade: s.Grade,
		NTokens: int32(len(s.IDs)), Split: s.Split, SourceSum: hex.EncodeToString(s.SourceSum[:])}
}

func editOf(s *format.Stamp) Edit {
	e := Edit{ID: int32(s.Edit), Behavior: s.Behavior, Version: int32(s.Version), Params: s.Params, Phrases: s.Phrases,
		Step: int64(s.Step), After: s.After, Parent: int32(s.Parent), Proof: Proof{s.Proof.Grade, s.Proof.Detail}}
	for _, f := range s.Facts {
		refs := make([]int32, len(f.Refs))
		for i, n := range f.Refs {
			refs[i] = int32(n)
		}
		e.Facts = append(e.Facts, Fact{Kind: f.Kind.String(), Node: int32(f.Node), Refs: refs, Was: f.Was})
	}
	return e
}
