package train

import (
	"strings"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
	"github.com/seed-cdf14512/graft/train/internal/decode"
	"github.com/seed-cdf14512/graft/train/internal/rl"
)

// The parts that a reward may have.
const (
	partCorrect  = "correct"  // 1 where the checker proves the answer right, else 0
	partFormat   = "format"   // the bonus, where the response is in the form asked for
	partOverlong = "overlong" // 0 to -weight: DAPO's punishment of long responses
)

// A RewardRun says what a response earns beside 1 for a right answer.
type RewardRun struct {
	Format   format.Num `json:"format,omitzero" range:"0,1" jsonschema:"bonus for a response that ends by itself, marks its answer, and holds every text of form once and in order"`
	Form     []string   `json:"form,omitempty" jsonschema:"texts that the bonus asks for, as </think>"`
	Overlong format.Num `json:"overlong,omitzero" range:"0,1" jsonschema:"weight of the punishment of long responses: nothing up to the margin before the longest, then a straight line down to this"`
	Permute  bool       `json:"permute,omitempty" jsonschema:"a control: learn from the rewards of each group dealt to its responses at random; what is recorded stays true"`
	Margin   int        `json:"margin,omitempty" range:"0,16777216" jsonschema:"tokens before the longest response at which the punishment begins; 0 is a fifth of the longest"`
}

// reward grades a response: its text without control tokens, how it ended, and
// its length in tokens of at most longest. Only a verdict of exact pays: what
// cannot be proved right earns what is wrong earns.
func (r RewardRun) reward(p *prompt, text, finish string, length, longest int) []RewardPart {
	correct := 0.0
	if text != "" && p.checker.Grade(&p.problem, text).Verdict == format.Exact {
		correct = 1
	}
	parts := []RewardPart{{partCorrect, correct}}
	if bonus := float(r.Format); bonus > 0 {
		if !r.formed(text, finish) {
			bonus = 0
		}
		parts = append(parts, RewardPart{partFormat, bonus})
	}
	if w := float(r.Overlong); w > 0 {
		margin := r.Margin
		if margin == 0 {
			margin = max(longest/5, 1)
		}
		parts = append(parts, RewardPart{partOverlong, w * rl.Overlong(length, longest, margin)})
	}
	return parts
}

// formed reports whether a response has the form that the bonus is paid for.
func (r RewardRun) formed(text, finish string) bool {
	if _, _, _, marked := answer.Final(text); !marked || finish != decode.Stop {
		return false
	}
	rest := text
	for _, f := range r.Form {
		_, after, ok := strings.Cut(rest, f)
		if !ok || strings.Count(text, f) != 1 {
			return false
		}
		rest = after
	}
	return true
}

// total is the reward: the sum of its parts, in order.
func total(parts []RewardPart) (sum float64) {
	for _, p := range parts {
		sum += p.Value
	}
	return sum
}
