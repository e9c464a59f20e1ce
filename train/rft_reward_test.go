package train

import (
	"math"
	"testing"

	"github.com/seed-cdf14512/graft/format/shard"
	"github.com/seed-cdf14512/graft/train/internal/decode"
)

func ask(t *testing.T, checker, truth, params string) *prompt {
	t.Helper()
	p, err := newPrompt(&shard.Prompt{PromptID: "p", PromptIDs: []int32{1}, Checker: checker, GroundTruth: truth, Params: params,
		Messages: []shard.Turn{{Role: "system", Content: "s"}, {Role: "user", Content: "q"}}})
	if err != nil {
		t.Fatal(err)
	}
	return &p
}

// TestReward: what is paid, in parts. An answer that is right to the last digit
// written is not exact, and earns nothing: rounding could be learned.
func TestReward(t *testing.T) {
	form := RewardRun{Format: num("0.05"), Form: []string{"<think>", "</think>"}}
	long := RewardRun{Overlong: num("0.5"), Margin: 20}
	number := ask(t, "number", "12.5", "")
	for _, c := range []struct {
		name         string
		r            RewardRun
		text, finish string
		length       int
		want         float64
	}{
		{"right", RewardRun{}, "#### 12.5", decode.Stop, 5, 1},
		{"right, cut off after its answer", RewardRun{}, "#### 12.5", decode.Length, 5, 1},
		{"wrong", RewardRun{}, "#### 12", decode.Stop, 5, 0},
		{"rounded", RewardRun{}, "#### 13", decode.Stop, 5, 0},
		{"nothing said", RewardRun{}, "", decode.Stop, 1, 0},
		{"right and in form", form, "<think>6.25*2</think>\n#### 12.5", decode.Stop, 9, 1.05},
		{"wrong but in form", form, "<think>6.25*2</think>\n#### 1", decode.Stop, 9, .05},
		{"not ended", form, "<think>6.25*2</think>\n#### 12.5", decode.Length, 9, 1},
		{"twice", form, "<think>a</think><think>b</think>\n#### 12.5", decode.Stop, 9, 1},
		{"in the other order", form, "</think><think>\n#### 12.5", decode.Stop, 9, 1},
		{"half way into the margin", long, "#### 12.5", decode.Stop, 90, 1 - .25},
		{"longest", long, "#### 12.5", decode.Length, 100, 1 - .5},
	} {
		parts := c.r.reward(number, c.text, c.finish, c.length, 100)
		if got := total(parts); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: got %v (%v), want %v", c.name, got, parts, c.want)
		}
	}
}

// TestPromptIsGraded: a prompt brings its checker's parameters along, and one
// that nobody can grade is refused.
func TestPromptIsGraded(t *testing.T) {
	countdown := ask(t, "countdown", "24", `{"numbers":"4 6 1","target":"24"}`)
	if len(countdown.problem.Params) != 2 || countdown.problem.System != "s" || countdown.problem.Question != "q" {
		t.Errorf("problem: %+v", countdown.problem)
	}
	for _, row := range []shard.Prompt{{Checker: "none such"}, {Checker: "number", Params: "[1]"}} {
		if _, err := newPrompt(&row); err == nil {
			t.Errorf("%+v: no error", row)
		}
	}
}
