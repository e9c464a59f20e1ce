package train

import (
	"context"
	"math/rand/v2"

	"github.com/seed-cdf14512/graft/train/internal/decode"
	"github.com/seed-cdf14512/graft/train/internal/rl"
)

// A group is the responses to one prompt, graded.
type group struct {
	prompt    *prompt
	rows      []Rollout
	advantage []float32
	live      bool // some are right, and some are wrong
}

// A drawn is what was sampled for one update.
type drawn struct {
	groups []group   // that the update learns from
	rows   []Rollout // of all groups, those that were replaced too
	tried  int       // groups drawn
	alive  int       // of them, that teach anything
	asked  map[string]*prompt
	asking []prompt // asked last
	next   int64    // position after the last prompt
	stats  decode.Stats
}

// A dealer deals prompts in the order of the run and draws responses to them.
type dealer struct {
	policy    *policy
	prompts   []prompt
	order     order
	run       *RFT
	algorithm rl.Algorithm
}

// draw samples the groups of a step from the prompts that stand at position and
// after. With dynamic sampling, groups that are all right or all wrong are
// replaced by those of further prompts, for a bounded number of rounds; no
// prompt comes twice in a step, because it would get the same responses.
func (d *dealer) draw(ctx context.Context, step, position int64, digest string) (drawn, error) {
	out := drawn{next: position, asked: map[string]*prompt{}}
	want, seen := d.run.Rollout.Prompts, map[string]bool{}
	rounds := 1
	if d.algorithm.Dynamic {
		rounds = d.run.Rollout.Refill
	}
	for range rounds {
		asked, next := d.deal(out.next, want-len(out.groups), seen)
		if len(asked) == 0 {
			break
		}
		out.next = next
		if err := d.ask(ctx, asked, step, digest, &out); err != nil {
			return out, err
		}
		if len(out.groups) == want {
			break
		}
	}
	return out, nil
}

// deal takes n prompts from position on that are not in seen.
func (d *dealer) deal(position int64, n int, seen map[string]bool) ([]prompt, int64) {
	var dealt []prompt
	for len(dealt) < n && len(seen) < len(d.prompts) {
		p := d.prompts[d.order.at(position)]
		position++
		if !seen[p.id] {
			seen[p.id] = true
			dealt = append(dealt, p)
		}
	}
	return dealt, position
}

// ask adds the groups of some prompts to out.
func (d *dealer) ask(ctx context.Context, prompts []prompt, step int64, digest string, out *drawn) error {
	n, r := d.run.Rollout.Samples, d.run.Rollout
	out.asking = prompts
	rows, stats, err := d.policy.answer(ctx, asked{
		prompts: prompts, n: n, seed: d.run.Seed, step: step, reward: d.run.Reward, digest: digest,
		settings: decode.Settings{Temperature: float(r.Temperature), TopP: float(r.TopP), TopK: r.TopK},
	})
	if err != nil {
		return err
	}
	out.rows = append(out.rows, rows...)
	out.stats.Add(stats)
	for i := range prompts {
		g := newGroup(&prompts[i], rows[i*n:(i+1)*n], d.algorithm.Advantage)
		if d.run.Reward.Permute {
			shuffle(g.advantage, decode.Seed(d.run.Seed, int(step), "permute "+prompts[i].id, 0))
		}
		out.tried++
		out.asked[prompts[i].id] = &prompts[i]
		if g.live {
			out.alive++
		}
		if g.live || !d.algorithm.Dynamic {
			out.groups = append(out.groups, g)
		}
	}
	return nil
}

func newGroup(p *prompt, rows []Rollout, a rl.Advantage) group {
	g := group{prompt: p, rows: rows}
	right, rewards := make([]bool, len(rows)), make([]float64, len(rows))
	for i := range rows {
		right[i], rewards[i] = rows[i].right(), rows[i].Reward
	}
	g.live = rl.Live(right)
	rl.Of(a, rewards, rewards)
	for _, x := range rewards {
		g.advantage = append(g.advantage, float32(x))
	}
	return g
}

// shuffle deals the advantages of a group anew.
func shuffle(advantage []float32, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 0))
	r.Shuffle(len(advantage), func(i, k int) { advantage[i], advantage[k] = advantage[k], advantage[i] })
}

// metrics are the numbers of what was drawn, replaced groups too.
func (d *drawn) metrics() []Metric {
	n := float64(len(d.rows))
	reward, right, length, stopped := 0.0, 0, 0, 0
	for i := range d.rows {
		r := &d.rows[i]
		reward += r.Reward
		length += len(r.ResponseIDs)
		if r.right() {
			right++
		}
		if r.Finish == decode.Stop {
			stopped++
		}
	}
	return []Metric{
		{"reward", reward / n}, {"correct", float64(right) / n}, {"live", float64(d.alive) / float64(d.tried)}, {"groups", float64(len(d.groups))},
		{"length", float64(length) / n}, {"stopped", float64(stopped) / n},
	}
}

// samples shows a response of each of the first groups.
func (d *drawn) samples() (out []Sample) {
	n := len(d.rows) / d.tried
	for i := 0; i < len(d.rows) && len(out) < 8; i += n {
		r := &d.rows[i]
		p := d.asked[r.PromptID]
		out = append(out, Sample{Prompt: p.problem.Question, Response: r.Text, Truth: p.problem.Answer, Finish: r.Finish, Reward: r.Reward})
	}
	return out
}
