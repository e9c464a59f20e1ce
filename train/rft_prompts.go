package train

import (
	"fmt"
	"path/filepath"

	"github.com/go-json-experiment/json"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
	"github.com/seed-cdf14512/graft/format/shard"
)

// A prompt is a problem to sample responses to, with who grades them.
type prompt struct {
	id      string
	ids     []int32
	problem format.Problem
	checker *answer.Checker
	set     string
}

// readPrompts reads the prompts of a build. It refuses one that is empty, one
// that nobody can grade, and ids beyond the vocabulary.
func readPrompts(dir string, m *shard.Manifest, vocab int) ([]prompt, error) {
	var all []prompt
	for _, f := range m.FilesOf(shard.Prompts.Name) {
		r, err := shard.Prompts.Open(filepath.Join(dir, filepath.FromSlash(f.Path)))
		if err != nil {
			return nil, err
		}
		defer r.Close()
		for row, err := range r.Rows() {
			if err != nil {
				return nil, err
			}
			p, err := newPrompt(row)
			if err != nil {
				return nil, fmt.Errorf("%s: prompt %s: %w", r.Path(), row.PromptID, err)
			}
			if len(p.ids) == 0 {
				return nil, fmt.Errorf("%s: prompt %s has no tokens", r.Path(), p.id)
			}
			for _, id := range p.ids {
				if id < 0 || int(id) >= vocab {
					return nil, fmt.Errorf("%s: prompt %s holds id %d, but its tokenizer has %d", r.Path(), p.id, id, vocab)
				}
			}
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: the build holds no prompts; a recipe asks for them with prompts", dir)
	}
	return all, nil
}

func newPrompt(row *shard.Prompt) (prompt, error) {
	p := prompt{id: row.PromptID, ids: row.PromptIDs, set: row.DataSource, checker: answer.Find(row.Checker)}
	if p.checker == nil {
		return p, fmt.Errorf("checker %q is none of graft's: nobody could grade a response", row.Checker)
	}
	p.problem = format.Problem{ID: row.ProblemID, Answer: row.GroundTruth, Checker: row.Checker}
	for _, m := range row.Messages {
		switch m.Role {
		case "system":
			p.problem.System = m.Content
		case "user":
			p.problem.Question = m.Content
		}
	}
	if row.Params == "" {
		return p, nil
	}
	var params map[string]string
	if err := json.Unmarshal([]byte(row.Params), &params); err != nil {
		return p, fmt.Errorf("its params are no object of strings: %w", err)
	}
	for _, name := range sortedKeys(params) {
		p.problem.Params = append(p.problem.Params, format.Field{Name: name, Value: params[name]})
	}
	return p, nil
}
