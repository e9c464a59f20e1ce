package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"

	"github.com/seed-cdf14512/graft/train"
)

// A loop is rejection-sampling fine-tuning: the model's own right answers,
// compiled and learned, again and again (ReST, Gulcehre et al. 2023; RAFT, Dong
// et al. 2023). It does nothing that a user could not do with the same verbs and
// files, which it prints.
type loop struct {
	rounds      int
	recipe      string
	samples     int
	temperature string
	maxTokens   int
	device      string // that of the command line; empty is what each verb takes by itself
}

// train is the verb that trains a run file.
func (l *loop) train(file string) []string {
	verb := []string{"train", "sft", file}
	if l.device != "" {
		verb = append(verb, "--device", l.device)
	}
	return verb
}

func (l *loop) flags(f *pflag.FlagSet) {
	f.IntVar(&l.rounds, "rounds", 0, "then sample, build and train again so many times, on the model's own right answers")
	f.StringVar(&l.recipe, "recipe", "", "`FILE`, the recipe that compiles the answers of a round; its traces are replaced by them")
	f.IntVarP(&l.samples, "samples", "k", 8, "with --rounds: answers to each prompt of the build")
	f.StringVar(&l.temperature, "temperature", "1", "with --rounds: sampling temperature")
	f.IntVar(&l.maxTokens, "max-tokens", 512, "with --rounds: longest answer")
}

// trainRounds trains the run, and then for each round samples from the newest
// model, builds what a checker finds right, and trains that model further. Files
// of round 1 are called RUN.round-1.yaml, RECIPE.round-1.yaml, OUT.round-1 and so on;
// what is finished already is not done again.
func (a *app) trainRounds(ctx context.Context, file string, run *train.SFT, l *loop) error {
	if l.recipe == "" {
		return usagef("--rounds wants --recipe FILE, which compiles the answers")
	}
	if err := a.sub(ctx, l.train(file)...); err != nil {
		return err
	}
	newest := filepath.Join(run.Out, "model")
	for i := 1; i <= l.rounds; i++ {
		mark := ".round-" + strconv.Itoa(i)
		answers, corpus, out := run.Out+mark+".jsonl", run.Out+mark+".corpus", run.Out+mark
		if _, err := os.Stat(answers); err != nil {
			if err := a.sub(ctx, "sample", run.Data.Build, "--model", newest, "-k", strconv.Itoa(l.samples), "--temperature", l.temperature,
				"--max-tokens", strconv.Itoa(l.maxTokens), "--seed", strconv.Itoa(i), "-o", answers); err != nil {
				return err
			}
		}
		recipe, err := derived(l.recipe, mark, map[string]any{"traces": []any{map[string]any{
			"path": near(l.recipe, answers), "source": "the model's own answers, round " + strconv.Itoa(i)}}})
		if err != nil {
			return err
		}
		if err := a.sub(ctx, "build", recipe, "-o", corpus); err != nil {
			return err
		}
		next, err := derived(file, mark, map[string]any{"model": map[string]any{"path": near(file, newest)}, "data": map[string]any{"build": near(file, corpus), "mode": run.Data.Mode},
			"out": near(file, out)})
		if err != nil {
			return err
		}
		if err := a.sub(ctx, l.train(next)...); err != nil {
			return err
		}
		newest = filepath.Join(out, "model")
	}
	return nil
}

// derived writes a YAML file beside another, with some keys changed, and returns
// its path.
func derived(file, mark string, change map[string]any) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return "", fmt.Errorf("%s: not a YAML mapping", file)
	}
	top := doc.Content[0]
	for key, value := range change {
		var n yaml.Node
		if err := n.Encode(value); err != nil {
			return "", err
		}
		set(top, key, &n)
	}
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(&doc); err != nil {
		return "", err
	}
	ext := filepath.Ext(file)
	path := strings.TrimSuffix(file, ext) + mark + ext
	return path, os.WriteFile(path, b.Bytes(), 0o644)
}

// set replaces a key of a mapping, or adds it at the end.
func set(m *yaml.Node, key string, value *yaml.Node) {
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			m.Content[i+1] = value
			return
		}
	}
	m.Content = append(m.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, value)
}

// near is path as a file in the folder of another names it.
func near(file, path string) string {
	dir, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return path
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(dir, abs); err == nil {
		return rel
	}
	return abs
}
