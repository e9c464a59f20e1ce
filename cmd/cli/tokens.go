package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-cdf14512/graft/format/shard"
	"github.com/seed-cdf14512/graft/format/token"
)

// A tokenLine is one token of a record as the trainer sees it.
type tokenLine struct {
	ID     int32  `json:"id"`
	Text   string `json:"text"`
	Weight string `json:"weight"`
	Span   string `json:"span"`
	Edit   int32  `json:"edit,omitempty"`
}

func (a *app) showTokens(dir string, m *shard.Manifest, r *shard.Record, asJSON bool) error {
	data, err := os.ReadFile(filepath.Join(dir, "tokenizer.json"))
	if err != nil {
		return err
	}
	tok, err := token.LoadAny(data)
	if err != nil {
		return err
	}
	weights, err := m.Weights.Resolve(m.SpanNames)
	if err != nil {
		return err
	}
	doc, err := findDocument(dir, m, r.RecordID)
	if err != nil {
		return err
	}
	var lines []tokenLine
	at := 0
	for i, id := range doc.IDs {
		for int(doc.Spans[at].End) <= i {
			at++
		}
		span := doc.Spans[at]
		text, known := tok.Bytes(id)
		if !known {
			return fmt.Errorf("token %d of record %s has id %d, which the tokenizer does not have", i, r.RecordID, id)
		}
		line := tokenLine{ID: id, Text: text, Weight: "-", Span: m.SpanNames[span.Name], Edit: span.Edit}
		if i > 0 { // the first token is nobody's target
			line.Weight = weights[span.Name].String()
		}
		lines = append(lines, line)
	}
	if asJSON {
		for i := range lines {
			lines[i].Text = strings.ToValidUTF8(lines[i].Text, "\uFFFD")
		}
		return a.printJSON(lines)
	}
	table := [][]string{{"token", "id", "weight", "span", "text"}}
	for i, l := range lines {
		name := l.Span
		if l.Edit > 0 {
			name += " #" + strconv.Itoa(int(l.Edit))
		}
		table = append(table, []string{strconv.Itoa(i), strconv.Itoa(int(l.ID)), l.Weight, name, strconv.Quote(l.Text)})
	}
	a.table(table)
	return nil
}

func findDocument(dir string, m *shard.Manifest, id string) (*shard.Document, error) {
	for row, err := range shard.Shards.Rows(dir, m) {
		if err != nil {
			return nil, err
		}
		if !slices.Contains(row.RecordID, id) {
			continue
		}
		docs, err := row.Documents()
		if err != nil {
			return nil, err
		}
		return &docs[slices.Index(row.RecordID, id)], nil
	}
	return nil, fmt.Errorf("record %s is in no row of shards/", id)
}
