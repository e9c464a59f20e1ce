package decode

import (
	"fmt"
	"slices"

	"github.com/seed-cdf14512/graft/train/internal/device"
	"github.com/seed-cdf14512/graft/train/internal/model"
)

// A Shape is the size of an engine's memory.
type Shape struct {
	Seqs    int // sequences that are decoded at once
	Longest int // tokens of the longest sequence, its prompt included
	Block   int // tokens of a block of the cache; 0 means 64, or what Longest needs where that is less and the device is no device.Resident
	Blocks  int // of the cache; 0 means enough for Seqs of the longest

	// Host draws tokens on the host even where the device could: for comparison.
	Host bool
}

func (s Shape) fill(d device.Device) (Shape, error) {
	_, resident := d.(device.Resident)
	if resident && s.Block&(s.Block-1) != 0 {
		return s, fmt.Errorf("blocks of %d tokens; a cache on %s has a power of two", s.Block, d.Name())
	}
	if s.Block == 0 && resident {
		s.Block = 64
	} else if s.Block == 0 {
		s.Block = min(64, (max(s.Longest, 1)+15)/16*16)
	}
	if s.Seqs < 1 || s.Longest < 2 || s.Block < 1 || s.Blocks < 0 {
		return s, fmt.Errorf("decoding of %d sequences of at most %d tokens in %d blocks of %d: each must be at least 1, and a sequence 2 tokens", s.Seqs, s.Longest, s.Blocks, s.Block)
	}
	if s.Blocks == 0 {
		s.Blocks = s.Seqs * s.perSeq()
	}
	if s.Blocks < s.perSeq() {
		return s, fmt.Errorf("a cache of %d blocks of %d tokens holds no sequence of %d", s.Blocks, s.Block, s.Longest)
	}
	return s, nil
}

// perSeq is the number of blocks of the longest sequence.
func (s Shape) perSeq() int { return (s.Longest + s.Block - 1) / s.Block }

// An Engine decodes with one model. Its memory lies in the model's arena: a
// paged cache of keys and values, from which a finished sequence gives its
// blocks back at once, and the next prompt takes them (Kwon et al. 2023).
//
// The last token of a sequence is never fed back, so its keys are not stored.
type Engine struct {
	m     *model.Model
	dev   device.Device
	shape Shape
	heads device.Heads
	width int
	vocab int

	pages                 []device.Pages // a layer; they share table and lengths
	table, lengths        device.Buf     // I32 [Seqs,PerSeq], [Seqs]
	slots, rows, targets  device.Buf     // I32 [Plan.Tokens], [Seqs], [Seqs]
	picked, logits, logp  device.Buf     // [Seqs,C], F32 [Seqs,V], F32 [Seqs]
	hostLogits, hostLogp  []float32      // logits only where the device does not draw
	hostU                 []float64
	hostTable, hostTokens []int32
	hostLengths, hostPos  []int32
	hostSlots, hostRows   []int32
	free                  *pool

	resident *resident // nil where the host draws
}

// Place lays out an engine for m in the arena that m lies in; it may be used
// once the arena is reserved. m must be planned for batches of Seqs tokens and
// for positions up to Longest.
func Place(m *model.Model, shape Shape, a *device.Arena) (*Engine, error) {
	shape, err := shape.fill(m.Device())
	if err != nil {
		return nil, err
	}
	plan, c := m.Plan(), m.Config()
	if plan.Tokens < shape.Seqs || plan.Positions < shape.Longest {
		return nil, fmt.Errorf("decoding %d sequences of %d tokens with a model planned for batches of %d tokens and positions below %d",
			shape.Seqs, shape.Longest, plan.Tokens, plan.Positions)
	}
	e := &Engine{m: m, dev: m.Device(), shape: shape, heads: m.Heads(), width: c.Width, vocab: c.Vocab, free: newPool(shape.Blocks)}
	ints := func(n int) device.Buf { return a.New(device.I32, n) }
	act := m.Device().Act()
	e.table, e.lengths = ints(shape.Seqs*shape.perSeq()), ints(shape.Seqs)
	e.slots, e.rows, e.targets = ints(plan.Tokens), ints(shape.Seqs), ints(shape.Seqs)
	e.picked = a.New(act, shape.Seqs*c.Width)
	e.logits, e.logp = a.New(device.F32, shape.Seqs*c.Vocab), a.New(device.F32, shape.Seqs)
	e.hostLogp = make([]float32, shape.Seqs)
	e.hostTable = make([]int32, shape.Seqs*shape.perSeq())
	n := shape.Blocks * shape.Block * c.KVHeads * c.HeadDim
	for range c.Layers {
		e.pages = append(e.pages, device.Pages{
			K: a.New(act, n), V: a.New(act, n), Block: shape.Block, PerSeq: shape.perSeq(),
			Table: e.table, Lengths: e.lengths, Capacity: shape.Blocks,
		})
	}
	if d, ok := m.Device().(device.Resident); ok && !shape.Host {
		e.resident = placeResident(e, d, a)
	}
	return e, nil
}

// Shape is the engine's shape, its defaults filled in.
func (e *Engine) Shape() Shape { return e.shape }

// Rehearse calls all operations of a step of every row; see device.Planner. Those of a
// prefill are the model's.
func (e *Engine) Rehearse() error {
	if e.resident != nil {
		return e.resident.step(program{rows: e.shape.Seqs})
	}
	n := e.shape.Seqs
	all := make([]*sequence, n)
	for i := range all {
		all[i] = &sequence{prompt: []int32{0}, blocks: []int32{0}, out: Response{IDs: []int32{0}}}
	}
	if err := e.extend(all); err != nil {
		return err
	}
	x, head := e.picked.Slice(0, n*e.width), device.Head{T: n, C: e.width, V: e.vocab, Temperature: 1}
	e.dev.Logits(e.logits, x, e.m.Head(), n, e.width, e.vocab)
	e.dev.Score(e.logp, device.Buf{}, device.Buf{}, x, e.m.Head(), e.targets, head)
	return nil
}

// prefill runs the prompts of newly admitted sequences, each different prompt
// once, as one packed batch, and stores their keys and values for every
// sequence. It leaves the hidden rows of the last tokens in picked.
func (e *Engine) prefill(seqs []*sequence) error {
	var b model.Batch
	doc := make([]int, len(seqs)) // first token of a sequence's prompt in the batch
	for i, s := range seqs {
		if i > 0 && slices.Equal(s.prompt, seqs[i-1].prompt) {
			doc[i] = doc[i-1]
			continue
		}
		doc[i] = len(b.IDs)
		b.Add(s.prompt)
	}
	width := e.heads.G * e.heads.D
	err := e.m.Prefill(b, func(l int, k, v device.Buf) {
		for i, s := range seqs {
			n := len(s.prompt)
			e.hostSlots = e.hostSlots[:0]
			for at := range n {
				e.hostSlots = append(e.hostSlots, s.slot(at, e.shape.Block))
			}
			slots := e.slots.Slice(0, n)
			e.dev.UploadInts(slots, e.hostSlots)
			e.dev.StoreKV(e.pages[l], k.Slice(doc[i]*width, n*width), v.Slice(doc[i]*width, n*width), slots, n, e.heads)
		}
	})
	if err != nil {
		return err
	}
	e.hostRows = e.hostRows[:0]
	for i, s := range seqs {
		e.hostRows = append(e.hostRows, int32(doc[i]+len(s.prompt)-1))
	}
	rows := e.rows.Slice(0, len(seqs))
	e.dev.UploadInts(rows, e.hostRows)
	e.dev.Embed(e.picked.Slice(0, len(seqs)*e.width), e.m.Hidden(), rows, len(seqs), e.width)
	return nil
}

// extend feeds the newest token of every sequence and leaves the hidden rows in
// picked.
func (e *Engine) extend(seqs []*sequence) error {
	b, per := len(seqs), e.shape.perSeq()
	e.hostTokens, e.hostPos, e.hostSlots, e.hostLengths = e.hostTokens[:0], e.hostPos[:0], e.hostSlots[:0], e.hostLengths[:0]
	for i, s := range seqs {
		at := s.length() - 1
		e.hostTokens = append(e.hostTokens, s.out.IDs[len(s.out.IDs)-1])
		e.hostPos = append(e.hostPos, int32(at))
		e.hostSlots = append(e.hostSlots, s.slot(at, e.shape.Block))
		e.hostLengths = append(e.hostLengths, int32(at+1))
		clear(e.hostTable[i*per : (i+1)*per])
		copy(e.hostTable[i*per:], s.blocks)
	}
	e.dev.UploadInts(e.table.Slice(0, b*per), e.hostTable[:b*per])
	e.dev.UploadInts(e.lengths.Slice(0, b), e.hostLengths)
	slots := e.slots.Slice(0, b)
	e.dev.UploadInts(slots, e.hostSlots)
	err := e.m.Extend(e.hostTokens, e.hostPos, func(l int, o, _, q, k, v device.Buf) {
		p := e.pages[l]
		p.Table, p.Lengths = e.table.Slice(0, b*per), e.lengths.Slice(0, b)
		e.dev.StoreKV(p, k, v, slots, b, e.heads)
		e.dev.Decode(o, q, p, b, e.heads)
	})
	if err != nil {
		return err
	}
	e.dev.Copy(e.picked.Slice(0, b*e.width), e.m.Hidden())
	return nil
}

// choose draws the next token of each sequence from the hidden rows in picked, and
// scores it as training does.
func (e *Engine) choose(seqs []*sequence, s Settings) error {
	e.hostU = e.hostU[:0]
	for _, q := range seqs {
		e.hostU = append(e.hostU, uniform(q.seed, len(q.out.IDs)))
	}
	n := len(seqs)
	e.hostTokens = slices.Grow(e.hostTokens[:0], n)[:n]
	h := device.Head{T: n, C: e.width, V: e.vocab, Temperature: scoring(s)}
	if d, ok := e.dev.(device.Drawer); ok {
		d.Draw(e.hostTokens, e.hostLogp[:n], e.logits.Slice(0, n*e.vocab), e.picked.Slice(0, n*e.width), e.m.Head(), e.hostU, s, h)
	} else {
		e.draw(s, h)
	}
	for i, q := range seqs {
		if e.hostTokens[i] < 0 {
			return fmt.Errorf("sequence %d of the batch, token %d of its response: %w", q.index, len(q.out.IDs), ErrNotNumbers)
		}
		q.out.IDs = append(q.out.IDs, e.hostTokens[i])
		q.out.LogProbs = append(q.out.LogProbs, e.hostLogp[i])
	}
	return e.dev.Sync()
}

// draw is device.Drawer's for a device that does not draw.
func (e *Engine) draw(s device.Sampling, h device.Head) {
	x, logits := e.picked.Slice(0, h.T*h.C), e.logits.Slice(0, h.T*h.V)
	e.dev.Logits(logits, x, e.m.Head(), h.T, h.C, h.V)
	e.hostLogits = slices.Grow(e.hostLogits[:0], logits.N)[:logits.N]
	e.dev.Download(e.hostLogits, logits)
	p := device.Picker{Sampling: s}
	for i, u := range e.hostU {
		e.hostTokens[i] = p.Pick(e.hostLogits[i*h.V:(i+1)*h.V], u)
	}
	targets, logp := e.targets.Slice(0, h.T), e.logp.Slice(0, h.T)
	e.dev.UploadInts(targets, e.hostTokens)
	e.dev.Score(logp, device.Buf{}, device.Buf{}, x, e.m.Head(), targets, h)
	e.dev.Download(e.hostLogp[:h.T], logp)
}
