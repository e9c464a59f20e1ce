package train

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/train/internal/decode"
)

// An Ask is one thing that a model is asked for: a response to a problem of the
// build, after the beginning of one.
type Ask struct {
	ProblemID string
	Prefix    string
	Sample    int // number of the response: each has its own chance
}

// A Completion is what the model said.
type Completion struct {
	Text   string
	Finish string // stop or length
}

// Problems lists the problems of the build that the model can be asked about, as
// records without attempts.
func (q Questioning) Problems() ([]format.Record, error) {
	set, err := openPrompts(q.Build, q.Limit)
	if err != nil {
		return nil, err
	}
	var all []format.Record
	for i := range set.prompts {
		all = append(all, format.Record{Set: set.prompts[i].set, Problem: set.prompts[i].problem})
	}
	return all, nil
}

// Complete asks for responses and hands out each as it is finished. What is
// drawn for an Ask depends on it, the seed and the weights alone. It returns the
// digest of the weights. A problem that is none of the build's is refused.
func (q Questioning) Complete(ctx context.Context, asks []Ask, done func(i int, c Completion) error) (policy string, err error) {
	if err := q.Check(); err != nil {
		return "", err
	}
	set, err := openPrompts(q.Build, 0)
	if err != nil {
		return "", err
	}
	asked, err := set.extended(asks)
	if err != nil {
		return "", err
	}
	p, _, err := opening{
		model: q.Model, unverified: q.Unverified, device: q.Device, threads: q.Threads, tokens: 2048,
		atOnce: q.AtOnce, maxTokens: q.MaxTokens, stop: q.Stop, sets: []*promptSet{asked}, beside: q.Beside,
	}.open()
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, p.model.Device().Close()) }()
	q.noted(p, len(asks))
	var reqs []decode.Request
	for i, a := range asks {
		reqs = append(reqs, decode.Request{Prompt: asked.prompts[i].ids, Seed: decode.Seed(q.Seed, 0, a.ProblemID+"\x00"+a.Prefix, a.Sample)})
	}
	_, err = p.engine.Run(ctx, reqs, q.settings(), p.limits, func(i int, r decode.Response) error {
		return done(i, Completion{p.text(r.IDs), r.Finish})
	})
	return p.digest(), err
}

// extended is the prompts of what is asked: each followed by the beginning of a
// response.
func (s *promptSet) extended(asks []Ask) (*promptSet, error) {
	tok, err := readTokenizer(filepath.Join(s.dir, tokenizerName))
	if err != nil {
		return nil, err
	}
	known := map[string]*prompt{}
	for i := range s.prompts {
		known[s.prompts[i].problem.ID] = &s.prompts[i]
	}
	join, out := newJoiner(tok), &promptSet{build: s.build}
	var last prompt
	for i, a := range asks {
		if i > 0 && asks[i-1].ProblemID == a.ProblemID && asks[i-1].Prefix == a.Prefix {
			out.prompts = append(out.prompts, last)
			continue
		}
		p := known[a.ProblemID]
		if p == nil {
			return nil, fmt.Errorf("problem %s is none of the prompts of %s: build what is asked with prompts: true", a.ProblemID, s.dir)
		}
		last = *p
		if last.ids, err = join.continued(p.ids, a.Prefix); err != nil {
			return nil, fmt.Errorf("%s: prompt %s: %w", s.dir, p.id, err)
		}
		out.prompts = append(out.prompts, last)
	}
	return out, nil
}
