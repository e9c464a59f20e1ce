package train

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-cdf14512/graft/train/internal/decode"
)

// A Questioning says which model is asked, on what, and how it answers: what
// graft eval and graft sample have in common.
type Questioning struct {
	Model      string // folder of a checkpoint
	Build      string // folder that graft build made, with prompts
	Limit      int    // prompts, the first of the build; 0 is all
	Samples    int    // responses to each
	Seed       uint64
	MaxTokens  int // longest response
	AtOnce     int // sequences decoded together
	Stop       []string
	Device     string // auto, cuda or cpu
	Threads    int
	Unverified bool // without comparing the tokenizers of model and build

	Temperature, TopP float64
	TopK              int

	Note   func(string) // what a person should know, one line; nil drops it
	Beside Beside       // what the memory counts beside the arena; nil is nothing
}

// noted tells what will compute, and what it will hold.
func (q Questioning) noted(p *policy, prompts int) {
	if q.Note != nil {
		q.Note(fmt.Sprintf("%d parameters, %d prompts on %s", p.model.Parameters(), prompts, p.model.Device().Name()))
		q.Note(memoryNote(rooms(p.model, nil, p.held)))
		if text := p.beyond(); text != "" {
			q.Note(text)
		}
	}
}

// Check says what of it means nothing.
func (q Questioning) Check() error {
	s := decode.Settings{Temperature: q.Temperature, TopP: q.TopP, TopK: q.TopK}
	switch {
	case q.Samples < 0 || q.Samples > 1<<20:
		return fmt.Errorf("%d samples; there are 0 to %d", q.Samples, 1<<20)
	case q.Limit < 0:
		return fmt.Errorf("a limit of %d prompts; it is 0, for all, or more", q.Limit)
	case q.MaxTokens < 1 || q.MaxTokens > 1<<20:
		return fmt.Errorf("responses of %d tokens; they have 1 to %d", q.MaxTokens, 1<<20)
	case q.AtOnce < 1 || q.AtOnce > 1<<16:
		return fmt.Errorf("%d sequences at once; there are 1 to %d", q.AtOnce, 1<<16)
	}
	return s.Check()
}

func (q Questioning) settings() decode.Settings {
	return decode.Settings{Temperature: q.Temperature, TopP: q.TopP, TopK: q.TopK}
}

// open brings the model up. The closer gives the device back.
func (q Questioning) open() (*policy, *promptSet, error) {
	if err := q.Check(); err != nil {
		return nil, nil, err
	}
	set, err := openPrompts(q.Build, q.Limit)
	if err != nil {
		return nil, nil, err
	}
	p, _, err := opening{
		model: q.Model, unverified: q.Unverified, device: q.Device, threads: q.Threads, tokens: 2048,
		atOnce: q.AtOnce, maxTokens: q.MaxTokens, stop: q.Stop, sets: []*promptSet{set}, beside: q.Beside,
	}.open()
	return p, set, err
}

// Evaluate measures the model: the accuracy of greedy decoding, and pass@k for
// the given k (none: 1 and all samples) where samples are asked for.
func (q Questioning) Evaluate(ctx context.Context, k []int) (s Score, err error) {
	for _, k := range k {
		if k < 1 || k > q.Samples {
			return s, fmt.Errorf("pass@%d of %d samples: k is 1 to the samples", k, q.Samples)
		}
	}
	p, set, err := q.open()
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, p.model.Device().Close()) }()
	q.noted(p, len(set.prompts))
	return p.score(ctx, set.prompts, q.Samples, k, q.settings(), q.Seed)
}
