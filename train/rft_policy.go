package train

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/format/token"
	"github.com/seed-cdf14512/graft/train/internal/decode"
	"github.com/seed-cdf14512/graft/train/internal/device"
	"github.com/seed-cdf14512/graft/train/internal/model"
)

// A policy is a model that answers prompts: with the engine that decodes, the
// tokens that end a response, and the tokenizer that shows it to checkers.
type policy struct {
	model  *model.Model
	engine *decode.Engine
	tok    *token.Tokenizer
	limits decode.Limits
	hidden map[int32]bool // special tokens, which are no text
	held   memory
	frozen string // digest of the weights beside adapters, once it is known

	longest int // tokens of a prompt with the longest response
}

// beyond says that the longest response leaves the context of the model, or nothing.
func (p *policy) beyond() string {
	return beyond(p.model.Config(), "a prompt with the longest response", p.longest)
}

// newPolicy lays out the engine in the arena of m.
func newPolicy(m *model.Model, tok *token.Tokenizer, shape decode.Shape, limits decode.Limits, a *device.Arena) (*policy, error) {
	e, err := decode.Place(m, shape, a)
	if err != nil {
		return nil, err
	}
	p := &policy{model: m, engine: e, tok: tok, limits: limits, hidden: map[int32]bool{}}
	for _, t := range tok.Added() {
		if t.Special {
			p.hidden[t.ID] = true
		}
	}
	for _, id := range limits.Stop {
		p.hidden[id] = true
	}
	return p, nil
}

// An asked is what is wanted of a policy: n responses to each prompt.
type asked struct {
	prompts  []prompt
	n        int
	settings decode.Settings
	seed     uint64
	step     int64
	purpose  string // keeps the chance of evaluation apart from that of training
	reward   RewardRun
	digest   string
}

// answer draws and grades the responses. Row i*n+k is sample k of prompt i. What
// is drawn for a prompt does not depend on the others.
func (p *policy) answer(ctx context.Context, q asked) ([]Rollout, decode.Stats, error) {
	var reqs []decode.Request
	for i := range q.prompts {
		for k := range q.n {
			reqs = append(reqs, decode.Request{Prompt: q.prompts[i].ids, Seed: decode.Seed(q.seed, int(q.step), q.purpose+q.prompts[i].id, k)})
		}
	}
	rows := make([]Rollout, len(reqs))
	stats, err := p.engine.Run(ctx, reqs, q.settings, p.limits, func(i int, r decode.Response) error {
		from := &q.prompts[i/q.n]
		text := p.text(r.IDs)
		parts := q.reward.reward(from, text, r.Finish, len(r.IDs), p.limits.MaxNew)
		rows[i] = Rollout{
			PromptID: from.id, Step: q.step, Sample: int32(i % q.n), Seed: int64(reqs[i].Seed), ResponseIDs: r.IDs, LogProbs: r.LogProbs,
			Finish: r.Finish, Reward: total(parts), RewardParts: parts, PolicyDigest: q.digest, Text: text,
		}
		return nil
	})
	return rows, stats, err
}

// text is what a response says: its ids without special tokens. A model draws
// bytes, and what of them is no character stands as U+FFFD.
func (p *policy) text(ids []int32) string {
	said := slices.DeleteFunc(slices.Clone(ids), func(id int32) bool { return p.hidden[id] })
	return strings.ToValidUTF8(string(p.tok.Decode(said)), "\uFFFD")
}

// digest names the weights: SHA-256 of the masters in the order of the network.
// Beside adapters the frozen ones are read but once.
func (p *policy) digest() string {
	if p.model.Plan().LoRA == nil {
		return p.digestOf(p.model.Params())
	}
	if p.frozen == "" {
		p.frozen = p.digestOf(slices.DeleteFunc(slices.Clone(p.model.Params()), func(t model.Param) bool { return !t.Frozen }))
	}
	return digestOf([]byte(p.frozen + p.digestOf(p.model.Trained())))
}

func (p *policy) digestOf(params []model.Param) string {
	h, dev := sha256.New(), p.model.Device()
	var w []float32
	var b []byte
	for _, t := range params {
		w = slices.Grow(w[:0], t.W.N)[:t.W.N]
		dev.Download(w, t.W)
		b = b[:0]
		for _, x := range w {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
		}
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil))
}
