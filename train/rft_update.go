package train

import (
	"cmp"
	"math"
	"slices"

	"github.com/seed-cdf14512/graft/train/internal/model"
	"github.com/seed-cdf14512/graft/train/internal/rl"
)

// A response is a sequence to learn from: a prompt, what was drawn, and its
// advantage.
type response struct {
	prompt    []int32
	row       *Rollout
	advantage float32
}

func (r *response) length() int { return len(r.prompt) + len(r.row.ResponseIDs) }

// A pass is a micro-batch: responses one after the other, each a document.
type pass struct {
	batch  model.Batch
	tokens rl.Batch[float32]
}

// add appends a response. The token before each drawn one predicts it, and so
// carries its log-probability.
func (p *pass) add(r *response) {
	if len(p.tokens.Starts) == 0 {
		p.tokens.Starts = []int{0}
	}
	p.batch.Add(slices.Concat(r.prompt, r.row.ResponseIDs))
	for range len(r.prompt) - 1 {
		p.tokens.Old, p.tokens.Mask = append(p.tokens.Old, 0), append(p.tokens.Mask, false)
	}
	for _, logp := range r.row.LogProbs {
		p.tokens.Old, p.tokens.Mask = append(p.tokens.Old, logp), append(p.tokens.Mask, true)
	}
	p.tokens.Old, p.tokens.Mask = append(p.tokens.Old, 0), append(p.tokens.Mask, false) // the last token predicts nothing
	p.tokens.Starts = append(p.tokens.Starts, len(p.batch.IDs))
	p.tokens.Advantage = append(p.tokens.Advantage, r.advantage)
}

// passes packs responses into micro-batches of what m was planned for. Those
// with an advantage come first, so that few passes hold both kinds, and of each kind
// the longest, so that attention has as much to do for one document of a micro-batch as
// for the next. What a group says of its responses, their advantages, and the sizes
// that the loss divides by are fixed before.
func passes(all []response, plan model.Plan) []pass {
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b response) int {
		return cmp.Or(cmp.Compare(dead(a), dead(b)), cmp.Compare(b.length(), a.length()))
	})
	var out []pass
	for i := range sorted {
		r := &sorted[i]
		last := len(out) - 1
		if last < 0 || len(out[last].batch.IDs)+r.length() > plan.Tokens || out[last].batch.Docs() == plan.Docs {
			out, last = append(out, pass{}), last+1
		}
		out[last].add(r)
	}
	return out
}

// dead is 1 for a response that teaches nothing by itself.
func dead(r response) int {
	if r.advantage == 0 {
		return 1
	}
	return 0
}

// responses are those of some groups.
func responses(groups []group) (all []response) {
	for i := range groups {
		g := &groups[i]
		for k := range g.rows {
			all = append(all, response{g.prompt.ids, &g.rows[k], g.advantage[k]})
		}
	}
	return all
}

// A learner takes gradients of an objective.
type learner struct {
	model       *model.Model
	reference   *model.Model // nil where the objective has no use for one
	objective   rl.Objective
	temperature float32
	dlogp       []float32
	dentropy    []float32
}

// A lesson is what a gradient was made of.
type lesson struct {
	rl.Report
	Backward bool // some token has a gradient: the weights have reason to move
}

// learn adds the gradient of the responses' loss to that of the model. It
// reports errNotFinite where the loss is no number.
func (l *learner) learn(all []response) (lesson, error) {
	size := rl.Size{Sequences: len(all)}
	for i := range all {
		size.Tokens += len(all[i].row.ResponseIDs)
	}
	var sum lesson
	for _, p := range passes(all, l.model.Plan()) {
		rep, err := l.pass(&p, size)
		sum.Add(rep.Report)
		sum.Backward = sum.Backward || rep.Backward
		if err != nil {
			return sum, err
		}
	}
	return sum, nil
}

func (l *learner) pass(p *pass, size rl.Size) (lesson, error) {
	if l.reference != nil { // first: it takes the workspace
		if err := l.reference.Forward(p.batch); err != nil {
			return lesson{}, err
		}
		logp, _ := l.reference.Score(l.temperature)
		p.tokens.Ref = slices.Clone(logp)
	}
	if err := l.model.Forward(p.batch); err != nil {
		return lesson{}, err
	}
	p.tokens.New, p.tokens.Entropy = l.model.Score(l.temperature)
	t := len(p.batch.IDs)
	l.dlogp, l.dentropy = slices.Grow(l.dlogp[:0], t)[:t], slices.Grow(l.dentropy[:0], t)[:t]
	rep := lesson{Report: rl.Loss(l.objective, p.tokens, size, l.dlogp, l.dentropy)}
	if math.IsNaN(rep.Loss) || math.IsInf(rep.Loss, 0) {
		return rep, notFinite(l.model)
	}
	dentropy := l.dentropy
	if l.objective.Entropy == 0 {
		dentropy = nil
	}
	if dentropy != nil || slices.ContainsFunc(l.dlogp, func(d float32) bool { return d != 0 }) {
		l.model.Backward(l.dlogp, dentropy)
		rep.Backward = true
	}
	return rep, nil
}
