package train

import (
	"context"
	"fmt"
	"strconv"

	"github.com/seed-cdf14512/graft/train/internal/decode"
	"github.com/seed-cdf14512/graft/train/internal/rl"
)

// A Score is what an evaluation measured.
type Score struct {
	Prompts int     `json:"prompts"`
	Greedy  float64 `json:"greedy"` // share of right greedy responses
	Length  float64 `json:"length"` // tokens of a greedy response, in the mean
	Stopped float64 `json:"stopped"`
	Samples int     `json:"samples,omitempty"` // drawn for each prompt
	Mean    float64 `json:"mean,omitempty"`    // share of right samples
	PassK   []PassK `json:"pass,omitempty"`
}

// A PassK is the chance that one of K samples is right, without bias.
type PassK struct {
	K    int     `json:"k"`
	Pass float64 `json:"pass"`
}

// String tells a score in a line.
func (s Score) String() string {
	text := fmt.Sprintf("%.1f%% of %d prompts right, greedily", 100*s.Greedy, s.Prompts)
	if s.Samples > 0 {
		text += fmt.Sprintf("; %.1f%% of samples", 100*s.Mean)
	}
	for _, p := range s.PassK {
		if p.K > 1 {
			text += fmt.Sprintf("; pass@%d %.1f%%", p.K, 100*p.Pass)
		}
	}
	return text
}

// metrics are the numbers of a score.
func (s *Score) metrics() []Metric {
	m := []Metric{{"evaluate/greedy", s.Greedy}, {"evaluate/length", s.Length}, {"evaluate/stopped", s.Stopped}}
	if s.Samples > 0 {
		m = append(m, Metric{"evaluate/mean", s.Mean})
	}
	for _, p := range s.PassK {
		m = append(m, Metric{"evaluate/pass@" + strconv.Itoa(p.K), p.Pass})
	}
	return m
}

// score measures a policy: greedily, and with n samples of each prompt.
func (p *policy) score(ctx context.Context, prompts []prompt, n int, ks []int, s decode.Settings, seed uint64) (Score, error) {
	out := Score{Prompts: len(prompts), Samples: n}
	rows, _, err := p.answer(ctx, asked{prompts: prompts, n: 1})
	if err != nil {
		return out, err
	}
	greedy, stopped, tokens := 0, 0, 0
	for i := range rows {
		r := &rows[i]
		tokens += len(r.ResponseIDs)
		if r.right() {
			greedy++
		}
		if r.Finish == decode.Stop {
			stopped++
		}
	}
	out.Greedy, out.Stopped, out.Length = share(greedy, len(rows)), share(stopped, len(rows)), share(tokens, len(rows))
	if n == 0 {
		return out, nil
	}
	if rows, _, err = p.answer(ctx, asked{prompts: prompts, n: n, settings: s, seed: seed, purpose: "evaluate "}); err != nil {
		return out, err
	}
	solved, right := make([]int, len(prompts)), 0
	for i := range rows {
		if rows[i].right() {
			solved[i/n]++
			right++
		}
	}
	out.Mean = share(right, len(rows))
	if len(ks) == 0 {
		if ks = []int{1}; n > 1 {
			ks = append(ks, n)
		}
	}
	for _, k := range ks {
		pass := 0.0
		for _, c := range solved {
			pass += rl.PassK(n, c, k) / float64(len(prompts))
		}
		out.PassK = append(out.PassK, PassK{k, pass})
	}
	return out, nil
}

func share(part, whole int) float64 { return float64(part) / float64(whole) }
