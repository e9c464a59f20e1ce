package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/seed-cdf14512/graft/train/internal/decode"
	"github.com/seed-cdf14512/graft/train/internal/rl"
)

// A stoppedRollouts is what a run of RFT that met NaN leaves: the very tokens
// that a step learned from, or was to answer, and where they came from.
type stoppedRollouts struct {
	Step     int64          `json:"step"`
	Position int64          `json:"position"`           // of the step's first prompt, in the order of the run
	Update   int            `json:"update,omitempty"`   // of the step, from 1; 0 where nothing was drawn yet
	Updates  int            `json:"updates,omitempty"`  // in a step
	Rollouts string         `json:"rollouts,omitempty"` // file with their log-probabilities and rewards
	Prompts  string         `json:"prompts"`            // build that they are of
	Why      string         `json:"why"`
	Groups   []stoppedGroup `json:"groups"`
}

// A stoppedGroup is a prompt with the responses to it.
type stoppedGroup struct {
	PromptID  string            `json:"prompt_id"`
	ProblemID string            `json:"problem_id"`
	Set       string            `json:"set"`
	IDs       []int32           `json:"prompt_ids"`
	Responses []stoppedResponse `json:"responses,omitempty"`
}

type stoppedResponse struct {
	Sample    int32     `json:"sample"`
	Seed      int64     `json:"seed"`
	IDs       []int32   `json:"response_ids"`
	LogProbs  []mayFail `json:"logprobs"`
	Reward    mayFail   `json:"reward"`
	Advantage mayFail   `json:"advantage"`
}

// A mayFail is a number that need not be finite; then it is written as a string.
type mayFail float64

// MarshalJSON implements json.Marshaler.
func (f mayFail) MarshalJSON() ([]byte, error) {
	if x := float64(f); math.IsNaN(x) || math.IsInf(x, 0) {
		return json.Marshal(strconv.FormatFloat(x, 'g', -1, 64))
	}
	return json.Marshal(float64(f))
}

// stoppedPrompts are groups that have no responses.
func stoppedPrompts(prompts []prompt) (all []stoppedGroup) {
	for i := range prompts {
		p := &prompts[i]
		all = append(all, stoppedGroup{PromptID: p.id, ProblemID: p.problem.ID, Set: p.set, IDs: p.ids})
	}
	return all
}

// stoppedGroups are the groups that an update learned from.
func stoppedGroups(groups []group) (all []stoppedGroup) {
	for i := range groups {
		g := &groups[i]
		s := stoppedPrompts([]prompt{*g.prompt})[0]
		for k := range g.rows {
			r := &g.rows[k]
			logps := make([]mayFail, len(r.LogProbs))
			for j, x := range r.LogProbs {
				logps[j] = mayFail(x)
			}
			s.Responses = append(s.Responses, stoppedResponse{r.Sample, r.Seed, r.ResponseIDs, logps, mayFail(r.Reward), mayFail(g.advantage[k])})
		}
		all = append(all, s)
	}
	return all
}

// stopped saves what a step was at when something was no finite number, and says
// what happened. The last checkpoint is from before.
func (t *rft) stopped(at string, s stoppedRollouts) error {
	s.Position = t.state.Position
	path, err := saveStopped(t.run.Out, s.Step, s)
	if err != nil {
		return err
	}
	batch := fmt.Sprintf("its batch of %d prompts begins with %s", len(s.Groups), s.Groups[0].PromptID)
	if s.Update > 0 {
		batch = fmt.Sprintf("update %d of %d, of %s; %s", s.Update, s.Updates, s.Rollouts, batch)
	}
	return fmt.Errorf("%s: %s; %s, and is saved in %s; the weights from before are in the last checkpoint; a lower optimizer.lr or a smaller clip may help",
		at, s.Why, batch, path)
}

// unanswered is the error of a model that was asked the prompts of s. One that
// gives NaN leaves them saved.
func (t *rft) unanswered(at string, s stoppedRollouts, err error) error {
	if errors.Is(err, decode.ErrNotNumbers) {
		broken := notFinite(t.policy.model)
		if s.Why = err.Error(); errors.Is(broken, errNotFinite) {
			return t.stopped(at, s)
		}
		err = broken
	}
	return fmt.Errorf("%s: %w", at, err)
}

// whyStopped names what is no finite number in a lesson, or in the length of its
// gradient.
func whyStopped(r rl.Report, length float64) string {
	if math.IsNaN(r.Loss) || math.IsInf(r.Loss, 0) {
		return fmt.Sprintf("the loss is %g", r.Loss)
	}
	return fmt.Sprintf("the length of the gradient is %g", length)
}

// UnmarshalJSON implements json.Unmarshaler.
func (f *mayFail) UnmarshalJSON(b []byte) error {
	x, err := strconv.ParseFloat(strings.Trim(string(b), `"`), 64)
	*f = mayFail(x)
	return err
}
