package train

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/train/internal/decode"
	"github.com/seed-cdf14512/graft/train/internal/device"
	"github.com/seed-cdf14512/graft/train/internal/model"
)

// An AnswerRun says on which problems a model that is being fine-tuned is asked
// for answers, greedily.
type AnswerRun struct {
	Prompts   string     `json:"prompts,omitempty" jsonschema:"folder that graft build made, with prompts; left out, data.build"`
	Limit     int        `json:"limit,omitempty" range:"0," jsonschema:"prompts, the first of the build; 0 is all"`
	MaxTokens int        `json:"max_tokens,omitempty" default:"256" range:"1,1048576" jsonschema:"longest answer, its end included"`
	Stop      []string   `json:"stop,omitempty" jsonschema:"tokens that end an answer beside the model's end of text and the end of a turn in the build"`
	Until     format.Num `json:"until,omitzero" range:"0,1" jsonschema:"end the run when this share of answers is right; 0 is never"`
}

// shownAnswers is how many answers samples.jsonl gets at a time.
const shownAnswers = 8

// An examiner asks the model of a run for answers.
type examiner struct {
	set    *promptSet
	shape  decode.Shape
	limits decode.Limits
	policy *policy
}

// newExaminer reads the prompts, or returns nil where the run asks for no answers.
func (s *sft) newExaminer() (*examiner, error) {
	if s.Every.Evaluate == 0 && s.Every.Samples == 0 {
		return nil, nil
	}
	dir := s.Evaluate.Prompts
	if dir == "" {
		dir = s.Data.Build
	}
	set, err := openPrompts(dir, s.Evaluate.Limit)
	if err != nil {
		return nil, err
	}
	if a, b := set.manifest.Tokenizer.SHA256, s.build.manifest.Tokenizer.SHA256; a != b {
		return nil, fmt.Errorf("the prompts of %s were made with another tokenizer than the rows of %s", dir, s.build.dir)
	}
	stop, err := opening{sets: []*promptSet{set, {build: s.build}}, stop: s.Evaluate.Stop}.stops(s.cfg)
	if err != nil {
		return nil, err
	}
	longest := 0
	for _, p := range set.prompts {
		longest = max(longest, len(p.ids))
	}
	return &examiner{set: set, shape: decode.Shape{Seqs: min(64, len(set.prompts)), Longest: longest + s.Evaluate.MaxTokens},
		limits: decode.Limits{MaxNew: s.Evaluate.MaxTokens, Stop: stop}}, nil
}

// widen makes room in a plan for what answering needs.
func (e *examiner) widen(p model.Plan) model.Plan {
	p.Tokens = max(p.Tokens, e.shape.Longest, e.shape.Seqs)
	p.Positions = max(p.Positions, e.shape.Longest)
	shortest := p.Tokens
	for _, q := range e.set.prompts {
		shortest = min(shortest, len(q.ids))
	}
	p.Docs = max(p.Docs, p.Tokens/(shortest+1)+1, e.shape.Seqs)
	return p
}

// place lays out what answering needs beside the model.
func (e *examiner) place(m *model.Model, a *device.Arena) error {
	tok, err := readTokenizer(e.set.tokenizerPath())
	if err != nil {
		return err
	}
	e.policy, err = newPolicy(m, tok, e.shape, e.limits, a)
	return err
}

// engine is what answers; nil where nothing is asked.
func (e *examiner) engine() *decode.Engine {
	if e == nil {
		return nil
	}
	return e.policy.engine
}

// sample is the answers to the first prompts.
func (e *examiner) sample() (out []Sample, err error) {
	prompts := e.set.prompts[:min(shownAnswers, len(e.set.prompts))]
	rows, _, err := e.policy.answer(context.Background(), asked{prompts: prompts, n: 1})
	if err != nil {
		return nil, err
	}
	for i, r := range rows {
		p := prompts[i].problem
		out = append(out, Sample{Prompt: p.Question, Response: r.Text, Truth: p.Answer, Finish: r.Finish, Reward: r.Reward})
	}
	return out, nil
}

// answers asks for what is due after a step. An interruption waits for it: the
// metrics of a step do not depend on when somebody pressed a key.
func (s *sft) answers(last bool) (metrics []Metric, err error) {
	if s.examiner == nil {
		return nil, nil
	}
	if n := s.Every.Evaluate; n > 0 && (last || due(s.step, n)) {
		score, err := s.examiner.policy.score(context.Background(), s.examiner.set.prompts, 0, nil, decode.Settings{}, 0)
		if err != nil {
			return nil, fmt.Errorf("answers after step %d: %w", s.step, err)
		}
		s.report.Answers = &score
		metrics = score.metrics()
		if until := float(s.Evaluate.Until); until > 0 && score.Greedy >= until {
			s.reached = true
			s.Note(fmt.Sprintf("step %d: %s, which is what evaluate.until asks for", s.step, score))
		}
	}
	if n := s.Every.Samples; n > 0 && (last || s.reached || due(s.step, n)) {
		samples, err := s.examiner.sample()
		return metrics, errors.Join(err, s.journal.sample(s.step, samples))
	}
	return metrics, nil
}
