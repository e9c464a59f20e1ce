// Package tiny makes small builds for tests: every column is used, every rule
// of the format holds, and everything follows from the number of records.
package tiny

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/shard"
)

// SpanNames are the span names of tiny builds.
var SpanNames = []string{"template", "system", "user", "source", "end", "backtracking.wrong", "backtracking.retract"}

// Vocab is the vocabulary of tiny builds: two bytes of text a token, hashed.
const Vocab = 1 << 15

// Sample makes the i-th sample: a ChatML conversation whose reasoning has one
// wrong turn in three records of four.
func Sample(i int) format.Sample {
	a, b := 12+i%89, 7+i%53
	s := format.Sample{RecordID: id("record", i), ProblemID: id("problem", i/2), Answer: fmt.Sprint(a * b), Checker: "numeric", Grade: "right", Split: "train"}
	if i%8 == 7 {
		s.Split = "validation"
	}
	if i%5 == 4 {
		s.Variant, s.ParentID = "dots", id("record", i-1)
	}
	src := 0
	add := func(name string, origin format.Source, edit int, text string) {
		sp := format.Span{Start: len(s.Text), Name: name, Edit: edit, Origin: origin, SrcStart: src}
		s.Text += text
		if origin == format.FromSource {
			src += len(text)
		}
		sp.End, sp.SrcEnd = len(s.Text), src
		s.Spans = append(s.Spans, sp)
	}
	turn := func(role, name, text string) {
		s.Controls = append(s.Controls, format.Range{Start: len(s.Text), End: len(s.Text) + len("<|im_start|>")})
		add("template", format.FromTemplate, 0, "<|im_start|>"+role+"\n")
		start := len(s.Text)
		src = 0
		if name != "" {
			add(name, format.FromSource, 0, text)
		} else {
			reason(&s, i, a, b, add)
		}
		s.Messages = append(s.Messages, format.Message{Role: role, Start: start, End: len(s.Text)})
		end := "template"
		if role == "assistant" {
			end = "end"
		}
		s.Controls = append(s.Controls, format.Range{Start: len(s.Text), End: len(s.Text) + len("<|im_end|>")})
		add(end, format.FromTemplate, 0, "<|im_end|>")
	}
	if i%3 == 0 {
		turn("system", "system", "Think in steps.")
	}
	turn("user", "user", fmt.Sprintf("Ana packs %d boxes of %d π-shaped clips. How many clips? 数える", a, b))
	turn("assistant", "", "")
	for at := 0; at < len(s.Text); at += 2 {
		end := min(at+2, len(s.Text))
		h := sha256.Sum256([]byte(s.Text[at:end]))
		s.IDs = append(s.IDs, int32(h[0])<<7|int32(h[1])>>1)
		s.Ends = append(s.Ends, int32(end))
	}
	return s
}

func reason(s *format.Sample, i, a, b int, add func(string, format.Source, int, string)) {
	first, last := fmt.Sprintf("There are %d boxes.\n", a), fmt.Sprintf("%d*%d = <<%d*%d=%d>>%d clips.\n#### %d", a, b, a, b, a*b, a*b, a*b)
	s.SourceSum = sha256.Sum256([]byte(first + last))
	add("source", format.FromSource, 0, first)
	if i%4 != 3 {
		add("backtracking.wrong", format.FromGraft, 1, fmt.Sprintf("%d+%d = %d clips.\n", a, b, a+b))
		add("backtracking.retract", format.FromGraft, 1, fmt.Sprintf("No: %d is a sum, and boxes multiply.\n", a+b))
		s.Edits = append(s.Edits, format.Stamp{Edit: 1, Behavior: "backtracking", Version: 1 + i%2, Params: `{"depth":1}`,
			Phrases: []string{"doubt:" + fmt.Sprint(i%7), "retract:2"}, Step: 2, Proof: format.Proof{Grade: "computed", Detail: fmt.Sprintf("%d+%d is not %d", a, b, a*b)},
			Facts: []format.Fact{{Kind: format.Wrong, Node: 3, Refs: []format.NodeID{1, 2}}, {Kind: format.Retract, Node: 3}}})
	}
	add("source", format.FromSource, 0, last)
}

func id(kind string, i int) string {
	h := sha256.Sum256([]byte(fmt.Sprint(kind, i)))
	return hex.EncodeToString(h[:16])
}

// Capacity is the number of tokens in a row of tiny builds.
const Capacity = 512

// Build writes a finished build of n records into dir.
func Build(dir string, n int, weights shard.Weights) (*shard.Manifest, error) {
	b := builder{dir: dir, m: &shard.Manifest{Graft: "0.0.0-test", Seed: 7, Recipe: []byte(`{"version":1,"seed":7}`),
		Stages: map[string]string{"pack": "1", "render": "1"}, Tokenizer: shard.Tokenizer{Name: "tiny", SHA256: strings.Repeat("ab", 32), Unicode: "16.0.0", Vocab: Vocab},
		Capacity: Capacity, SpanNames: SpanNames, Weights: weights}}
	samples := make([]format.Sample, n)
	for i := range samples {
		samples[i] = Sample(i)
	}
	for _, step := range []func([]format.Sample) error{b.records, b.lineage, b.shards, b.prompts, b.reports} {
		if err := step(samples); err != nil {
			return nil, err
		}
	}
	b.m.Records = shard.Identity{In: int64(n) + 2, Out: int64(n), Refused: map[string]int64{"no answer": 2}}
	b.m.Attempts = shard.Identity{In: int64(n), Out: int64(n), Refused: map[string]int64{}}
	b.m.Tokens.In = b.m.Tokens.Out
	return b.m, b.m.Write(dir)
}

type builder struct {
	dir string
	m   *shard.Manifest
}

func (b *builder) done(f shard.File, err error) error {
	b.m.Files = append(b.m.Files, f)
	return err
}

func write[T any](b *builder, t *shard.Table[T], path string, rows func(func(*T) error) error) error {
	w, err := t.Create(filepath.Join(b.dir, path))
	if err != nil {
		return err
	}
	if err := rows(w.Write); err != nil {
		w.Abort()
		return err
	}
	return b.done(w.Close())
}

func (b *builder) records(samples []format.Sample) error {
	return write(b, &shard.Records, "records/part-00000.parquet", func(put func(*shard.Record) error) error {
		var r shard.Record
		for i := range samples {
			r.Of(&samples[i])
			if err := put(&r); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *builder) lineage(samples []format.Sample) error {
	return write(b, &shard.Lineages, "lineage/part-00000.parquet", func(put func(*shard.Lineage) error) error {
		for i := range samples {
			sum := sha256.Sum256([]byte(samples[i].RecordID))
			l := shard.LineageOf(samples[i].RecordID, format.Lineage{File: "traces/ana.jsonl", Line: int64(i + 1), Start: int64(i) * 300, End: int64(i)*300 + 299, Digest: hex.EncodeToString(sum[:])})
			if err := put(&l); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *builder) shards(samples []format.Sample) error {
	name := func(s string) (int32, bool) {
		for i, n := range SpanNames {
			if n == s {
				return int32(i), true
			}
		}
		return 0, false
	}
	for _, split := range []string{"train", "validation"} {
		var in []format.Sample
		var lengths []int32
		for _, s := range samples {
			if s.Split == split {
				in, lengths = append(in, s), append(lengths, int32(len(s.IDs)))
			}
		}
		bins, _, _, err := shard.Pack(lengths, Capacity, sha256.Sum256([]byte(split)))
		if err != nil {
			return err
		}
		err = write(b, &shard.Shards, "shards/"+split+"-00000.parquet", func(put func(*shard.Row) error) error {
			var row shard.Row
			for i := range bins.Len() {
				row.Reset()
				for _, d := range bins.Bin(i) {
					spans, err := shard.TokenSpans(nil, &in[d], name)
					if err != nil {
						return err
					}
					row.Append(in[d].RecordID, in[d].IDs, spans)
				}
				b.m.Tokens.Out += int64(len(row.InputIDs))
				if err := put(&row); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) prompts(samples []format.Sample) error {
	return write(b, &shard.Prompts, "prompts/part-00000.parquet", func(put func(*shard.Prompt) error) error {
		for i := 0; i < len(samples); i += 2 {
			s := &samples[i]
			p := shard.Prompt{PromptID: "prompt-" + s.ProblemID, ProblemID: s.ProblemID, PromptIDs: s.IDs[:9], GroundTruth: s.Answer, Checker: s.Checker, Params: "{}", DataSource: "tiny", PassK: int32(i % 4), PassN: 4}
			for _, m := range s.Messages[:len(s.Messages)-1] {
				p.Messages = append(p.Messages, shard.Turn{Role: m.Role, Content: s.Text[m.Start:m.End]})
			}
			if err := put(&p); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *builder) reports([]format.Sample) error {
	return b.done(shard.WriteFile(filepath.Join(b.dir, "stats.json"), shard.RoleReport, strings.NewReader("{}\n")))
}
