package decode

import (
	"context"
	"fmt"
	"slices"
)

// A Request is a prompt to continue once.
type Request struct {
	Prompt []int32
	Seed   uint64 // see Seed; greedy decoding does not read it
}

// How a response ended.
const (
	Stop   = "stop"   // with a token of the stop set, which is part of it
	Length = "length" // it reached the longest length
)

// A Response is what followed a prompt.
type Response struct {
	IDs []int32
	// LogProbs are those of the whole distribution at the temperature (at 1 for
	// greedy decoding), whatever top-k and top-p left out: what scoring gives.
	LogProbs []float32
	Finish   string
}

// Limits say when a response ends.
type Limits struct {
	MaxNew int     // tokens, at most
	Stop   []int32 // tokens that end a response
}

// Stats count what a Run did.
type Stats struct {
	Prefilled int // tokens of prompts that were run
	Shared    int // sequences that took the prefill of the one before them
	Tokens    int // drawn
	Steps     int // forward passes of one token a sequence
	Peak      int // sequences at once, at most
}

// Add adds what another Run did.
func (s *Stats) Add(o Stats) {
	s.Prefilled += o.Prefilled
	s.Shared += o.Shared
	s.Tokens += o.Tokens
	s.Steps += o.Steps
	s.Peak = max(s.Peak, o.Peak)
}

// A sequence is a request at work.
type sequence struct {
	index  int
	prompt []int32
	seed   uint64
	blocks []int32
	out    Response
}

func (s *sequence) length() int { return len(s.prompt) + len(s.out.IDs) }

// slot is the place of the token at a position in the cache.
func (s *sequence) slot(at, block int) int32 {
	return s.blocks[at/block]*int32(block) + int32(at%block)
}

// Run continues every prompt and calls done with each response as it is
// finished, with the index of its request. Requests are admitted in order, as
// many as there is room for; equal prompts that stand together, the samples of
// a group, are run once. The result does not depend on the engine's shape.
func (e *Engine) Run(ctx context.Context, reqs []Request, s Settings, lim Limits, done func(int, Response) error) (Stats, error) {
	if err := s.Check(); err != nil {
		return Stats{}, err
	}
	if err := e.check(reqs, lim); err != nil {
		return Stats{}, err
	}
	r := run{e: e, reqs: reqs, lim: lim, done: done, settings: s}
	defer r.abandon()
	if e.resident != nil {
		err := r.onDevice(ctx)
		return r.stats, err
	}
	for len(r.active) > 0 || r.next < len(reqs) {
		if err := ctx.Err(); err != nil {
			return r.stats, err
		}
		if err := r.step(); err != nil {
			return r.stats, err
		}
	}
	return r.stats, nil
}

func (e *Engine) check(reqs []Request, lim Limits) error {
	if lim.MaxNew < 1 {
		return fmt.Errorf("at most %d new tokens; it must be 1 or more", lim.MaxNew)
	}
	for i, r := range reqs {
		if n := len(r.Prompt); n == 0 || n > e.m.Plan().Tokens {
			return fmt.Errorf("prompt %d has %d tokens; it must have 1 to %d", i, n, e.m.Plan().Tokens)
		} else if n+lim.MaxNew > e.shape.Longest {
			return fmt.Errorf("prompt %d has %d tokens: with %d new ones it is above the longest sequence, %d", i, n, lim.MaxNew, e.shape.Longest)
		}
	}
	return nil
}

// A run is the state of Run.
type run struct {
	e        *Engine
	reqs     []Request
	lim      Limits
	done     func(int, Response) error
	settings Settings
	next     int // request to admit
	active   []*sequence
	stats    Stats
}

// step admits what there is room for and draws a first token for it; or, where
// nothing can be admitted, draws a token for every sequence.
func (r *run) step() error {
	if fresh := r.admit(); len(fresh) > 0 {
		if err := r.e.prefill(fresh); err != nil {
			return err
		}
		return r.draw(fresh)
	}
	if err := r.e.extend(r.active); err != nil {
		return err
	}
	r.stats.Steps++
	return r.draw(r.active)
}

// draw chooses a token for the sequences and lets the finished ones go.
func (r *run) draw(seqs []*sequence) error {
	if err := r.e.choose(seqs, r.settings); err != nil {
		return err
	}
	r.stats.Tokens += len(seqs)
	for _, s := range seqs {
		last := s.out.IDs[len(s.out.IDs)-1]
		switch {
		case slices.Contains(r.lim.Stop, last):
			s.out.Finish = Stop
		case len(s.out.IDs) == r.lim.MaxNew:
			s.out.Finish = Length
		default:
			continue
		}
		r.e.free.give(s.blocks)
		s.blocks = nil
		if err := r.done(s.index, s.out); err != nil {
			return err
		}
	}
	r.active = slices.DeleteFunc(r.active, func(s *sequence) bool { return s.out.Finish != "" })
	return nil
}

// admit takes requests while there are slots, blocks for the longest that they
// can become, and room in a prefill.
func (r *run) admit() (fresh []*sequence) {
	e, plan := r.e, r.e.m.Plan()
	tokens, docs := 0, 0
	for r.next < len(r.reqs) && len(r.active) < e.shape.Seqs {
		q := r.reqs[r.next]
		shared := len(fresh) > 0 && slices.Equal(q.Prompt, fresh[len(fresh)-1].prompt)
		if !shared && (tokens+len(q.Prompt) > plan.Tokens || docs == plan.Docs) {
			break
		}
		need := (len(q.Prompt) + r.lim.MaxNew + e.shape.Block - 1) / e.shape.Block
		blocks, ok := e.free.take(nil, need)
		if !ok {
			break
		}
		if shared {
			r.stats.Shared++
		} else {
			tokens, docs = tokens+len(q.Prompt), docs+1
		}
		s := &sequence{index: r.next, prompt: q.Prompt, seed: q.Seed, blocks: blocks}
		fresh, r.active = append(fresh, s), append(r.active, s)
		r.next++
	}
	r.stats.Prefilled += tokens
	r.stats.Peak = max(r.stats.Peak, len(r.active))
	return fresh
}

// abandon gives back the blocks of what an error left unfinished, so that the
// engine can be used again.
func (r *run) abandon() {
	for _, s := range r.active {
		r.e.free.give(s.blocks)
	}
}
