package model

import "fmt"

// A Batch is documents one after the other, without padding. T is len(IDs).
type Batch struct {
	IDs       []int32 // [T]
	Positions []int32 // [T], from 0 in each document
	Starts    []int32 // [docs+1], the first token of each document, then T

	// Targets [T] is the next token of the same document; -1, scored as nothing,
	// for the last one.
	Targets []int32
}

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() {
	b.IDs, b.Positions, b.Starts, b.Targets = b.IDs[:0], b.Positions[:0], b.Starts[:0], b.Targets[:0]
}

// Add appends a document. An empty one is left out.
func (b *Batch) Add(doc []int32) {
	if len(doc) == 0 {
		return
	}
	if len(b.Starts) == 0 {
		b.Starts = append(b.Starts, 0)
	}
	for i, id := range doc {
		target := int32(-1)
		if i+1 < len(doc) {
			target = doc[i+1]
		}
		b.IDs = append(b.IDs, id)
		b.Positions = append(b.Positions, int32(i))
		b.Targets = append(b.Targets, target)
	}
	b.Starts = append(b.Starts, int32(len(b.IDs)))
}

// Docs is the number of documents.
func (b *Batch) Docs() int { return max(len(b.Starts)-1, 0) }

// check refuses what the arena was not planned for, and ids that are no words:
// they come from files.
func (b *Batch) check(c Config, p Plan) error {
	t := len(b.IDs)
	switch {
	case t == 0:
		return fmt.Errorf("batch without tokens")
	case t > p.Tokens:
		return fmt.Errorf("batch of %d tokens; the arena was planned for %d", t, p.Tokens)
	case len(b.Positions) != t || len(b.Targets) != t:
		return fmt.Errorf("batch of %d ids, %d positions, %d targets: they must be as many", t, len(b.Positions), len(b.Targets))
	case b.Docs() > p.Docs:
		return fmt.Errorf("batch of %d documents; the arena was planned for %d", b.Docs(), p.Docs)
	case len(b.Starts) < 2 || b.Starts[0] != 0 || int(b.Starts[len(b.Starts)-1]) != t:
		return fmt.Errorf("starts of documents must run from 0 to %d tokens", t)
	}
	for i, s := range b.Starts[1:] {
		if s <= b.Starts[i] {
			return fmt.Errorf("document %d starts at token %d and ends at %d", i, b.Starts[i], s)
		}
	}
	if err := checkTokens(b.IDs, b.Positions, c, p); err != nil {
		return err
	}
	for i, id := range b.Targets {
		if id < -1 || int(id) >= c.Vocab {
			return fmt.Errorf("target %d of token %d: the model has %d words", id, i, c.Vocab)
		}
	}
	return nil
}

func checkTokens(ids, positions []int32, c Config, p Plan) error {
	for i, id := range ids {
		if id < 0 || int(id) >= c.Vocab {
			return fmt.Errorf("token %d has id %d: the model has %d words", i, id, c.Vocab)
		}
	}
	for i, at := range positions {
		if at < 0 || int(at) >= p.Positions {
			return fmt.Errorf("token %d stands at position %d: the arena was planned for %d", i, at, p.Positions)
		}
	}
	return nil
}
