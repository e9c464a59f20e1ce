package gpucheck

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/seed-cdf14512/graft/train/internal/decode"
	"github.com/seed-cdf14512/graft/train/internal/model"
	"github.com/seed-cdf14512/graft/train/internal/rl"
)

// What the log-probabilities of generating and of scoring may be apart: the mean of
// |Δlogp|, and of k3.
const (
	mostApart = 5e-3
	mostK3    = 1e-3
)

// grpo measures one step: generate, score what was generated, update once; and how
// far the log-probabilities of generating and scoring are apart.
func (c Check) grpo(ctx context.Context, r *Result) error {
	l := c.Load
	e, m, planned, err := c.engine(l.Prompts*l.Samples, l.Response, model.Plan{Tokens: l.Update * (l.Prompt + l.Response), Train: true, Checkpointing: l.Recompute})
	if err != nil {
		return err
	}
	defer m.Device().Close()
	reqs := requests(l.prompts(m.Config().Vocab, l.Prompts), l.Samples)
	if err := c.warmGRPO(ctx, e, m, reqs); err != nil {
		return err
	}
	out, generating, err := generate(ctx, e, reqs, decode.Limits{MaxNew: l.Response})
	if err != nil {
		return err
	}
	start := time.Now()
	passes := lessons(reqs, out, l.Samples, m.Plan().Tokens)
	apart, err := score(m, passes)
	if err != nil {
		return err
	}
	scoring := time.Since(start).Seconds()
	start = time.Now()
	if err := reinforce(m, passes, len(reqs)); err != nil {
		return err
	}
	updating := time.Since(start).Seconds()
	r.Numbers = map[string]float64{"generate s": generating, "score s": scoring, "update s": updating, "step s": generating + scoring + updating}
	memory(r, m.Device(), planned)
	return apart.into(r)
}

// warmGRPO does a small step, so that kernels are there and graphs recorded, and puts
// the weights back.
func (c Check) warmGRPO(ctx context.Context, e *decode.Engine, m *model.Model, reqs []decode.Request) error {
	few := min(8, c.Load.Response)
	out, _, err := generate(ctx, e, reqs, decode.Limits{MaxNew: few})
	if err != nil {
		return err
	}
	n := min(c.Load.Samples*2, len(reqs))
	if err := reinforce(m, lessons(reqs[:n], out[:n], c.Load.Samples, m.Plan().Tokens), n); err != nil {
		return err
	}
	dir, err := c.Folder.weights(c.Load)
	if err != nil {
		return err
	}
	return again(m, dir)
}

// A pass is a micro-batch of prompts with their responses.
type pass struct {
	batch  model.Batch
	tokens rl.Batch[float32] // its Old is what generating said, until score fills it
}

// lessons packs responses into passes of at most so many tokens, sorted by length.
// The advantages of a group are fixed before; the reward of a response is 1 where the
// sum of its words is odd.
func lessons(reqs []decode.Request, out []decode.Response, samples, most int) (passes []pass) {
	advantage := make([]float32, len(reqs))
	for i := 0; i < len(reqs); i += samples {
		group := advantage[i:min(i+samples, len(reqs))]
		for k := range group {
			for _, id := range out[i+k].IDs {
				group[k] = float32((int(group[k]) + int(id)) % 2)
			}
		}
		rl.Of(rl.Find("grpo").Advantage, group, group)
	}
	order := make([]int, len(reqs))
	for i := range order {
		order[i] = i
	}
	length := func(i int) int { return len(reqs[i].Prompt) + len(out[i].IDs) }
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(length(a), length(b)) })
	for _, i := range order {
		last := len(passes) - 1
		if last < 0 || len(passes[last].batch.IDs)+length(i) > most {
			passes, last = append(passes, pass{tokens: rl.Batch[float32]{Starts: []int{0}}}), last+1
		}
		passes[last].add(reqs[i].Prompt, out[i], advantage[i])
	}
	return passes
}

// add appends a response. The token before each drawn one predicts it, and so carries
// its log-probability; the last predicts nothing.
func (p *pass) add(prompt []int32, out decode.Response, advantage float32) {
	p.batch.Add(slices.Concat(prompt, out.IDs))
	before, n := len(prompt)-1, len(out.IDs)
	p.tokens.Old = slices.Concat(p.tokens.Old, make([]float32, before), out.LogProbs, []float32{0})
	p.tokens.Mask = slices.Concat(p.tokens.Mask, make([]bool, before), slices.Repeat([]bool{true}, n), []bool{false})
	p.tokens.Starts = append(p.tokens.Starts, len(p.batch.IDs))
	p.tokens.Advantage = append(p.tokens.Advantage, advantage)
}

// score runs the passes through the model as training does, says how far that is from
// what generating said, and takes its log-probabilities as the old ones.
func score(m *model.Model, passes []pass) (g gap, err error) {
	for i := range passes {
		p := &passes[i]
		if err := m.Forward(p.batch); err != nil {
			return g, err
		}
		logp, _ := m.Score(1)
		for t, drawn := range p.tokens.Mask {
			if drawn {
				g.add(float64(p.tokens.Old[t]) - float64(logp[t]))
			}
		}
		p.tokens.Old = slices.Clone(logp)
	}
	return g, m.Device().Sync()
}

// reinforce is one update of GRPO over n responses.
func reinforce(m *model.Model, passes []pass, n int) error {
	m.ZeroGrad()
	size := rl.Size{Sequences: n}
	for _, p := range passes {
		for _, drawn := range p.tokens.Mask {
			if drawn {
				size.Tokens++
			}
		}
	}
	for _, p := range passes {
		if err := m.Forward(p.batch); err != nil {
			return err
		}
		p.tokens.New, _ = m.Score(1)
		dlogp := make([]float32, len(p.batch.IDs))
		if rep := rl.Loss(rl.Find("grpo").Objective, p.tokens, size, dlogp, nil); math.IsNaN(rep.Loss) {
			return fmt.Errorf("the loss of GRPO is not a number")
		}
		m.Backward(dlogp, nil)
	}
	length, err := update(m, 1)
	if err == nil && (math.IsNaN(length) || length == 0) {
		return fmt.Errorf("the gradient of GRPO has length %v", length)
	}
	return err
}

// A gap is how far the log-probabilities of generating and of scoring are apart.
type gap struct {
	sum, k3 float64
	n       int
}

func (g *gap) add(diff float64) { // rollout less trainer
	g.sum += math.Abs(diff)
	g.k3 += math.Exp(-diff) - 1 + diff
	g.n++
}

// into puts a gap into a result, and is an error where it is too wide.
func (g gap) into(r *Result) error {
	mean, k3 := g.sum/float64(g.n), g.k3/float64(g.n)
	if r.Numbers == nil {
		r.Numbers = map[string]float64{}
	}
	r.Numbers["mean |dlogp|"], r.Numbers["k3"] = mean, k3
	if !(mean <= mostApart) || !(k3 <= mostK3) {
		return fmt.Errorf("generating and scoring are apart: mean |dlogp| %.3g of %g, k3 %.3g of %g", mean, mostApart, k3, mostK3)
	}
	return nil
}
