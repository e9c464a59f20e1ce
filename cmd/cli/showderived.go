package cli

import (
	"fmt"
	"strings"

	"github.com/seed-cdf14512/graft/format/shard"
)

// showDerived prints what a variant made: each segment with the parent, the part of
// it and the bytes that it is, or with the role of what the variant says itself.
func (a *app) showDerived(dir string, m *shard.Manifest, r *shard.Record) error {
	d, err := derivationOf(dir, m, r.RecordID)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "derived by %s v%d, params %s\nparents %s\n", a.paint(a.colorOf(d.Variant), d.Variant), d.Version, d.Params, strings.Join(d.Parents, " "))
	texts := map[string]string{}
	for _, t := range r.Messages {
		switch t.Role {
		case "user":
			texts["question"] = r.Text[t.Start:t.End]
		case "assistant":
			texts["answer"] = r.Text[t.Start:t.End]
		}
	}
	width := 0
	for i := range d.Tiles {
		width = max(width, len(segmentName(&d.Tiles[i], d)))
	}
	for i := range d.Tiles {
		t := &d.Tiles[i]
		if i == 0 || d.Tiles[i-1].Field != t.Field {
			fmt.Fprintf(a.out, "\n%s\n", a.paint("1", t.Field))
		}
		text := texts[t.Field]
		if t.Start < 0 || t.End < t.Start || t.End > int64(len(text)) {
			return fmt.Errorf("segment %d covers bytes %d:%d of the %s, which has %d; graft check says more", i, t.Start, t.End, t.Field, len(text))
		}
		name, code := segmentName(t, d), "0"
		if t.Parent == "" {
			code = a.colorOf(d.Variant)
		}
		for line := range strings.SplitSeq(strings.TrimSuffix(text[t.Start:t.End], "\n"), "\n") {
			fmt.Fprintf(a.out, "%s │ %s\n", a.paint("2", fmt.Sprintf("%*s", width, name)), a.paint(code, printable(line)))
			name = ""
		}
	}
	_, err = fmt.Fprintf(a.out, "\nproof    %s: %s\n", d.Proof.Grade, oneLine(d.Proof.Detail, 400))
	return err
}

// segmentName is what the margin says of a segment: parent 1 is the first of the
// row's parents.
func segmentName(t *shard.Tile, d *shard.Derivation) string {
	if t.Parent == "" {
		return d.Variant + "." + t.Kind
	}
	number := 0
	for i, p := range d.Parents {
		if p == t.Parent {
			number = i + 1
		}
	}
	name := fmt.Sprintf("parent %d %s %d:%d", number, t.Part, t.SrcStart, t.SrcEnd)
	if t.Wrong {
		name += " wrong"
	}
	return name
}

// derivationOf finds the row of derived/ that speaks of a record.
func derivationOf(dir string, m *shard.Manifest, id string) (*shard.Derivation, error) {
	for d, err := range shard.Derivations.Rows(dir, m) {
		if err != nil {
			return nil, err
		}
		if d.DerivedID == id {
			copied := *d
			return &copied, nil
		}
	}
	return nil, fmt.Errorf("%s stands nowhere in derived/; graft check says more", id)
}
