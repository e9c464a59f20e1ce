package train

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/format/answer"
	"github.com/seed-cdf14512/graft/format/token"
	"github.com/seed-cdf14512/graft/train/internal/cpu"
	"github.com/seed-cdf14512/graft/train/internal/decode"
	"github.com/seed-cdf14512/graft/train/internal/device"
	"github.com/seed-cdf14512/graft/train/internal/model"
)

// digitFile is a tokenizer that has the digits as tokens 0 to 9, two special tokens, and behind
// the words of the toy model the other bytes, written as GPT-2 writes them.
func digitFile(t *testing.T) []byte {
	t.Helper()
	ids := map[string]int{"<go>": 10, "<end>": 11}
	other, next := 0, 12
	for b := range 256 {
		r := rune(b)
		if b < '!' || b > '~' && b < 0xa1 || b == 0xad {
			r = rune(256 + other)
			other++
		}
		if b >= '0' && b <= '9' {
			ids[string(r)] = b - '0'
			continue
		}
		ids[string(r)] = next
		next++
	}
	vocab, err := json.Marshal(ids)
	must(t, err)
	file, err := token.FromMerges(vocab, []byte("#version: 0.2\n"), "", []string{"<go>", "<end>"})
	must(t, err)
	return file
}

// toyPolicy is a small random model that answers with digits, and its prompts.
func toyPolicy(t *testing.T) (*policy, []prompt, *model.Model) { return toyPolicyOf(t, false) }

func toyPolicyOf(t *testing.T, untied bool) (*policy, []prompt, *model.Model) {
	t.Helper()
	cfg, err := model.Fresh{Family: "llama", Vocab: 12, Width: 16, Layers: 2, Heads: 2, KVHeads: 2, HeadDim: 8, FFN: 24, Positions: 64, InitStd: .3, Untied: untied}.Config()
	must(t, err)
	dev := cpu.New(2)
	t.Cleanup(func() { dev.Close() })
	var a device.Arena
	m, err := model.Place(cfg, dev, model.Plan{Tokens: 64, Docs: 24, Positions: 16, Train: true}, &a)
	must(t, err)
	e, err := decode.Place(m, decode.Shape{Seqs: 7, Longest: 12}, &a)
	must(t, err)
	ref := m.Twin(&a)
	must(t, dev.Reserve(a.Bytes()))
	m.Init(3)
	ref.Init(4)
	tok, err := token.Load(digitFile(t))
	must(t, err)
	p := &policy{model: m, engine: e, tok: tok, limits: decode.Limits{MaxNew: 5, Stop: []int32{11}}, hidden: map[int32]bool{11: true, 10: true}}
	var prompts []prompt
	for i := range 9 {
		q := *ask(t, "number", fmt.Sprint(i), "")
		q.id, q.ids = fmt.Sprint("p", i), []int32{int32(i), int32(9 - i), 1}
		prompts = append(prompts, q)
	}
	return p, prompts, ref
}

func toyDealer(t *testing.T, more string) (*dealer, *model.Model) {
	t.Helper()
	run, ds, err := ParseRFT("run.yaml", []byte(rftHead+"rollout: {prompts: 4, samples: 6, max_tokens: 5}\n"+more))
	must(t, err)
	if run == nil {
		t.Fatal(ds)
	}
	p, prompts, ref := toyPolicy(t)
	return &dealer{p, prompts, newOrder(run.Seed, int64(len(prompts))), run, run.algorithm()}, ref
}

// answerable asks so often for so little that some samples are right.
func (d *dealer) answerable() {
	d.run.Rollout.Prompts, d.run.Rollout.Samples, d.policy.limits.MaxNew = 9, 24, 2
}

// TestGroups: a batch holds whole groups in the order of the run, and dynamic
// sampling replaces those that teach nothing, never asking a prompt twice.
func TestGroups(t *testing.T) {
	d, _ := toyDealer(t, "algorithm: grpo\n")
	plain, err := d.draw(context.Background(), 1, 2, "digest")
	must(t, err)
	if len(plain.groups) != 4 || plain.tried != 4 || plain.next != 6 || len(plain.rows) != 24 {
		t.Fatalf("%d groups, %d tried, next %d, %d rows", len(plain.groups), plain.tried, plain.next, len(plain.rows))
	}
	for i, g := range plain.groups {
		if want := d.prompts[d.order.at(int64(2+i))].id; g.prompt.id != want || g.rows[5].PromptID != want || g.rows[5].Sample != 5 {
			t.Errorf("group %d is of %s, want %s", i, g.prompt.id, want)
		}
	}
	d.algorithm.Dynamic = true
	d.run.Rollout.Refill = 50
	dynamic, err := d.draw(context.Background(), 1, 2, "digest")
	must(t, err)
	asked := map[string]int{}
	for i := range dynamic.rows {
		asked[dynamic.rows[i].PromptID]++
	}
	for id, n := range asked {
		if n != 6 {
			t.Errorf("prompt %s was asked %d times, want 6", id, n)
		}
	}
	for _, g := range dynamic.groups {
		if !g.live {
			t.Error("a dead group is left")
		}
	}
	if dynamic.tried <= plain.tried || dynamic.alive != len(dynamic.groups) || !slices.EqualFunc(plain.rows, dynamic.rows[:24], func(a, b Rollout) bool { return a.Text == b.Text }) {
		t.Errorf("%d tried, %d alive of %d", dynamic.tried, dynamic.alive, len(dynamic.groups))
	}
}

// TestPermutedRewards: the control deals the same advantages to other responses,
// and records what was true.
func TestPermutedRewards(t *testing.T) {
	d, _ := toyDealer(t, "")
	d.answerable()
	want, err := d.draw(context.Background(), 1, 0, "")
	must(t, err)
	d.run.Reward.Permute = true
	got, err := d.draw(context.Background(), 1, 0, "")
	must(t, err)
	moved := false
	for i := range want.groups {
		a, b := slices.Clone(want.groups[i].advantage), slices.Clone(got.groups[i].advantage)
		moved = moved || !slices.Equal(a, b)
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) || got.groups[i].rows[0].Reward != want.groups[i].rows[0].Reward {
			t.Errorf("group %d: other advantages or rewards", i)
		}
	}
	if !moved {
		t.Error("no advantage was dealt to another response")
	}
}

// TestRFTGradient: the gradient that reaches the weights is that of the written
// objective: a small step along it lowers the loss by its squared length, with
// every term on. And at ratio 1 micro-batches change it by rounding only.
func TestRFTGradient(t *testing.T) {
	for _, algorithm := range []string{"grpo", "dr_grpo", "dapo", "rloo"} {
		d, ref := toyDealer(t, "algorithm: "+algorithm+"\nobjective: {kl: 0.1, entropy: 0.05}\n")
		d.algorithm.Dynamic = false
		d.answerable()
		batch, err := d.draw(context.Background(), 1, 0, "")
		must(t, err)
		if batch.alive == 0 {
			t.Fatal("no group is live: the test shows nothing of rewards")
		}
		l := learner{model: d.policy.model, reference: ref, objective: d.algorithm.Objective, temperature: 1}
		loss := func() lesson {
			l.model.ZeroGrad()
			r, err := l.learn(responses(batch.groups))
			must(t, err)
			return r
		}
		first := loss()
		if first.Gap != 0 || first.RatioMax != 1 || !first.Backward || first.KL <= 0 || first.Tokens == 0 {
			t.Fatalf("%s: %+v", algorithm, first)
		}
		square := math.Pow(gradientLength(l.model), 2)
		const h = 1e-3
		step := func(scale float64) {
			for _, p := range l.model.Params() {
				w, g := make([]float32, p.W.N), make([]float32, p.W.N)
				l.model.Device().Download(w, p.W)
				l.model.Device().Download(g, p.G)
				for i := range w {
					w[i] += float32(scale) * g[i]
				}
				l.model.Device().Upload(p.W, w)
			}
		}
		size := h / math.Sqrt(square)
		step(-size)
		down := loss().Loss
		if got, want := (first.Loss-down)/size, square; math.Abs(got-want) > .03*want {
			t.Errorf("%s: the loss falls by %g, want %g", algorithm, got, want)
		}
	}
}

// TestDeadBatch: where every group is dead and nothing else is asked for, no
// weight has reason to move.
func TestDeadBatch(t *testing.T) {
	d, _ := toyDealer(t, "")
	batch, err := d.draw(context.Background(), 1, 0, "")
	must(t, err)
	for i := range batch.groups {
		clear(batch.groups[i].advantage)
	}
	l := learner{model: d.policy.model, objective: d.algorithm.Objective, temperature: 1}
	l.model.ZeroGrad()
	got, err := l.learn(responses(batch.groups))
	must(t, err)
	if got.Backward || gradientLength(l.model) != 0 || got.Entropy == 0 {
		t.Errorf("%+v, gradient %g", got, gradientLength(l.model))
	}
}

// TestEvaluationCounts: scores are shares of what was answered, and pass@k of
// all samples is the share of prompts that have a right one.
func TestEvaluationCounts(t *testing.T) {
	d, _ := toyDealer(t, "")
	s, err := d.policy.score(context.Background(), d.prompts, 8, []int{1, 8}, decode.Settings{Temperature: 1}, 5)
	must(t, err)
	rows, _, err := d.policy.answer(context.Background(), asked{prompts: d.prompts, n: 8, settings: decode.Settings{Temperature: 1}, seed: 5, purpose: "evaluate "})
	must(t, err)
	right, solved := 0, 0
	for i := range d.prompts {
		any := false
		for _, r := range rows[i*8 : (i+1)*8] {
			if ok := answer.Find("number").Grade(&d.prompts[i].problem, r.Text).Verdict.String() == "exact"; ok && r.Text != "" {
				right++
				any = true
			}
		}
		if any {
			solved++
		}
	}
	if right == 0 || solved == len(d.prompts) {
		t.Fatalf("%d right, %d solved: the test shows nothing", right, solved)
	}
	if s.Mean != float64(right)/72 || math.Abs(s.PassK[1].Pass-float64(solved)/9) > 1e-12 || math.Abs(s.PassK[0].Pass-s.Mean) > 1e-12 {
		t.Errorf("%+v; %d of 72 are right, %d of 9 solved", s, right, solved)
	}
	if !strings.Contains(s.String(), "of 9 prompts right, greedily") {
		t.Error(s.String())
	}
}
