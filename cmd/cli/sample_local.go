package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/shard"
	"github.com/seed-cdf14512/graft/train"
)

// local reports whether the model is a checkpoint on this machine.
func (s *sampling) local() bool {
	info, err := os.Stat(s.ask.model)
	return s.ask.client.URL == "" && err == nil && info.IsDir()
}

// sampleLocal asks a checkpoint.
func (a *app) sampleLocal(ctx context.Context, paths []string, s *sampling, temperature format.Num) error {
	if s.out == "" || s.out == "-" {
		return usagef("-o FILE says where the answers go")
	}
	t, _ := temperature.Rat().Float64()
	q := train.Questioning{Model: s.ask.model, Build: s.prompts, Seed: uint64(s.seed), MaxTokens: s.maxTokens, AtOnce: 64, Device: "auto", Temperature: t, Limit: s.records}
	list, err := s.localQuestions(ctx, paths, &q)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return errors.New("nothing to ask: no trace has a step that computes something from known numbers")
	}
	var asks []train.Ask
	for _, q := range list {
		for i := range s.k {
			asks = append(asks, train.Ask{ProblemID: q.rec.Problem.ID, Prefix: q.prefix, Sample: i})
		}
	}
	begun := time.Now()
	q.Note, q.Beside = a.note, itself
	bars, said, cut := a.newBars(), int64(0), int64(0)
	policy, err := q.Complete(ctx, asks, func(i int, c train.Completion) error {
		q := list[i/s.k]
		q.said[i%s.k], q.good[i%s.k] = beforeAny(c.Text, s.stop), true
		if said++; c.Finish != "stop" {
			cut++
		}
		bars.show(augment.Progress{Stage: "sample", Done: said, Total: int64(len(asks))})
		return nil
	})
	bars.stop()
	if err != nil {
		return err
	}
	a.printCost("sampled", begun)
	if s.policy == "" {
		s.policy = policy
	}
	lines, err := s.write(list)
	if err != nil {
		return err
	}
	if s.asJSON {
		return a.printJSON(map[string]any{"samples": said, "cut": cut, "policy": policy, "file": s.out, "lines": lines})
	}
	_, err = fmt.Fprintf(a.out, "%s samples, %s of them cut off at %d tokens; %s lines in %s\n", num(said), num(cut), s.maxTokens, num(lines), s.out)
	return err
}

// localQuestions are those of the traces, or the problems of a build.
func (s *sampling) localQuestions(ctx context.Context, paths []string, q *train.Questioning) ([]*question, error) {
	if _, err := os.Stat(filepath.Join(paths[0], shard.ManifestName)); len(paths) == 1 && err == nil {
		if s.prefixes {
			return nil, usagef("--prefix-steps wants traces, whose steps are the prefixes; name %s with --prompts", paths[0])
		}
		q.Build = paths[0]
		records, err := q.Problems()
		var list []*question
		for i := range records {
			list = append(list, &question{rec: &records[i], said: make([]string, s.k), good: make([]bool, s.k)})
		}
		return list, err
	}
	if q.Build == "" {
		return nil, usagef("--prompts OUT names the build that says how the checkpoint is asked")
	}
	q.Limit = 0 // records counts traces here
	return s.questions(ctx, paths)
}

// beforeAny is text up to the first of the stops.
func beforeAny(text string, stops []string) string {
	for _, stop := range stops {
		if stop != "" {
			text, _, _ = strings.Cut(text, stop)
		}
	}
	return text
}
