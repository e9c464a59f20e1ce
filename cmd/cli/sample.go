package cli

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/augment/endpoint"
	"github.com/seed-cdf14512/graft/format"
)

// keyVariable is where the endpoint's key is read from, and the only place.
const keyVariable = "GRAFT_API_KEY"

// A sampling is what graft sample was asked for.
type sampling struct {
	ask         asking
	out, policy string
	prefixes    bool
	k           int
	temperature string
	maxTokens   int
	seed        int64
	stop        []string
	records     int
	plain       bool
	asJSON      bool
	prompts     string // build whose prompts a local model is asked with
}

// An asking says which endpoint is asked, and how.
type asking struct {
	client  endpoint.Client
	model   string
	cache   string
	workers int
}

func (q *asking) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&q.client.URL, "endpoint", "", "base `URL` of an OpenAI-compatible API, as http://localhost:8000/v1")
	f.StringVar(&q.model, "model", "", "`NAME` of the model, as the endpoint knows it; or the folder of a checkpoint")
	f.StringVar(&q.cache, "cache", "", "`FOLDER` for answers; beside the output if not given")
	f.IntVarP(&q.workers, "concurrency", "j", 8, "requests at a time")
	f.DurationVar(&q.client.Timeout, "timeout", 2*time.Minute, "how long one request may take")
	f.IntVar(&q.client.Retries, "retries", 5, "how often a request that failed is sent again; 0: never")
}

// ready checks the flags and fills in the rest.
func (q *asking) ready(out, scope string) error {
	switch {
	case q.client.URL == "" && q.model != "":
		return usagef("--model %s is no folder of a checkpoint; --endpoint URL says where a model of that name is served", q.model)
	case q.client.URL == "" || q.model == "":
		return usagef("--endpoint URL and --model NAME say who is asked")
	case out == "" || out == "-":
		return usagef("-o FILE says where the answers go")
	case q.workers < 1 || q.client.Retries < 0 || q.client.Timeout <= 0:
		return usagef("--concurrency and --timeout must be above 0, --retries 0 or more")
	}
	if err := q.client.Check(); err != nil {
		return usagef("%v", err)
	}
	if q.client.Retries == 0 {
		q.client.Retries = -1
	}
	if q.cache == "" {
		q.cache = out + ".cache"
	}
	q.client.Key = os.Getenv(keyVariable)
	q.client.Cache = &endpoint.Cache{Dir: q.cache, Scope: scope}
	return nil
}

func (a *app) sampleVerb() *cobra.Command {
	var s sampling
	cmd := &cobra.Command{
		Use:   "sample TRACES...",
		Short: "Ask a model to go on after gold steps, or to solve the problems",
		Long: `Sample reads traces of any shape and asks a model: one behind an OpenAI-compatible
endpoint, or, with --model DIR, a checkpoint on this machine. With --prefix-steps it asks, for every step of a trace that computes
something, for the next step after the source's own steps up to there: k samples a
step, written as rollouts that a recipe reads:

  errors: {accept: [onpolicy], rollouts: [rollouts.jsonl]}

Without it, it asks for k whole attempts at every problem, written as records that
graft build reads (reader graft).

A checkpoint is asked with the prompts of a build (recipe: prompts: true), named
by --prompts, or given in place of the traces, whose problems it then is asked.
What it says follows from the seed, the problem and its weights alone.

Answers of an endpoint are kept as they come, by the digest of what was asked, so that a run that
is interrupted goes on where it was: give the same command again. A key is read from
` + keyVariable + ` and written nowhere. The exit code is 1 if a request failed for good;
the other answers are written all the same, and the failures counted.`,
		Example: "  graft sample train.jsonl --endpoint http://localhost:8000/v1 --model my-model --prefix-steps -k 8 -o rollouts.jsonl\n  graft sample train.jsonl --endpoint http://localhost:8000/v1 --model my-model -k 16 --temperature 1 -o attempts.jsonl\n  graft sample corpus --model runs/first/model -k 8 --temperature 1 -o attempts.jsonl",
		Args:    rangeArgs(1, 1<<20, "at least one file of traces"),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.sample(cmd.Context(), args, &s) },
	}
	s.ask.flags(cmd)
	f := cmd.Flags()
	f.StringVarP(&s.out, "out", "o", "", "`FILE` to write, JSON lines")
	f.BoolVar(&s.prefixes, "prefix-steps", false, "ask for the next step after each gold prefix")
	f.IntVarP(&s.k, "samples", "k", 8, "answers to each question")
	f.StringVar(&s.temperature, "temperature", "0.7", "sampling temperature")
	f.IntVar(&s.maxTokens, "max-tokens", 0, "most tokens of an answer; 0: 128 for a step, 2048 for an attempt")
	f.Int64Var(&s.seed, "seed", 1, "seed of the first sample; each request has its own, made from it")
	f.StringSliceVar(&s.stop, "stop", nil, "texts that end an answer")
	f.StringVar(&s.policy, "policy", "", "digest of the model's weights, for the proofs; its name if not given")
	f.IntVarP(&s.records, "records", "n", 0, "ask about at most so many records; 0: all")
	f.BoolVar(&s.asJSON, "json", false, "print the counts as JSON")
	f.StringVar(&s.prompts, "prompts", "", "`OUT`, the build with whose prompts a checkpoint is asked")
	f.BoolVar(&s.plain, "completions", false, "send question and prefix as one text to /completions, instead of turns to /chat/completions")
	return cmd
}

// A question is one thing that k answers are asked for.
type question struct {
	rec    *format.Record
	prefix string
	steps  int // gold steps in the prefix
	next   string
	of     int
	said   []string // answers by sample
	good   []bool
}

func (a *app) sample(ctx context.Context, paths []string, s *sampling) error {
	temperature, ok := format.ParseNum(s.temperature)
	switch {
	case !ok || temperature.Sign() < 0:
		return usagef("--temperature is %q; it must be a number from 0", s.temperature)
	case s.k < 1 || s.records < 0:
		return usagef("-k must be above 0, -n 0 or more")
	}
	if s.maxTokens == 0 {
		s.maxTokens = 2048
		if s.prefixes {
			s.maxTokens = 128
		}
	}
	if s.local() {
		return a.sampleLocal(ctx, paths, s, temperature)
	}
	if s.policy == "" {
		s.policy = s.ask.model
	}
	if err := s.ask.ready(s.out, s.policy); err != nil {
		return err
	}
	list, err := s.questions(ctx, paths)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return errors.New("nothing to ask: no trace has a step that computes something from known numbers")
	}
	var requests []*endpoint.Request
	for _, q := range list {
		for i := range s.k {
			requests = append(requests, s.request(q, i))
		}
	}
	bars := a.newBars()
	tally, err := s.ask.client.All(ctx, requests, s.ask.workers, func(i int, ans endpoint.Answer) error {
		q := list[i/s.k]
		q.said[i%s.k], q.good[i%s.k] = ans.Text, true
		return nil
	}, func(t endpoint.Tally) { bars.show(augment.Progress{Stage: "sample", Done: t.Done, Total: t.Total}) })
	bars.stop()
	if err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("interrupted; %s answers are kept in %s, the same command goes on: %w", num(tally.Done), s.ask.cache, err)
		}
		return err
	}
	written, err := s.write(list)
	if err != nil {
		return err
	}
	return a.told(tally, s.out, written, s.asJSON)
}

// told prints how a run of requests went; failures make the exit code 1.
func (a *app) told(t endpoint.Tally, out string, lines int64, asJSON bool) error {
	if asJSON {
		err := a.printJSON(map[string]any{"requests": t.Total, "cached": t.Cached, "failed": failures(t), "file": out, "lines": lines})
		if err == nil && len(t.Failed) > 0 {
			err = errReported
		}
		return err
	}
	fmt.Fprintf(a.out, "%s requests = %s answered", num(t.Total), num(t.Total-total(failures(t))))
	for _, reason := range augment.ByCount(failures(t)) {
		fmt.Fprintf(a.out, " + %s %s", num(failures(t)[reason]), reason)
	}
	fmt.Fprintf(a.out, "; %s of them from the cache; %s lines in %s\n", num(t.Cached), num(lines), out)
	if len(t.Failed) > 0 {
		return errReported
	}
	return nil
}

func failures(t endpoint.Tally) map[string]int64 {
	m := map[string]int64{}
	for r := range maps.Keys(t.Failed) {
		m[string(r)] = t.Failed[r]
	}
	return m
}

// questions are the gold prefixes of the traces, or their problems, each once.
func (s *sampling) questions(ctx context.Context, paths []string) (list []*question, err error) {
	seen, read := map[string]bool{}, 0
	errEnough := errors.New("enough")
	for _, path := range paths {
		err := augment.EachRecord(ctx, path, func(rec *format.Record) error {
			if s.records > 0 && read == s.records {
				return errEnough
			}
			read++
			for _, q := range s.of(rec) {
				key := rec.Problem.ID + "\x00" + q.prefix
				if !seen[key] {
					seen[key] = true
					q.said, q.good = make([]string, s.k), make([]bool, s.k)
					list = append(list, q)
				}
			}
			return nil
		})
		if err != nil && err != errEnough {
			return nil, err
		}
	}
	return list, nil
}

func (s *sampling) of(rec *format.Record) (list []*question) {
	if !s.prefixes {
		return []*question{{rec: rec}}
	}
	for i := range rec.Attempts {
		at := &rec.Attempts[i]
		for _, n := range augment.GoldPrefixes(&rec.Problem, at) {
			q := &question{rec: rec, steps: n, next: at.Trace.Steps[n].Text, of: len(at.Trace.Steps)}
			for _, st := range at.Trace.Steps[:n] {
				q.prefix += st.Text
			}
			list = append(list, q)
		}
	}
	return list
}

// request asks for the i-th sample of a question. Its seed is made from what is
// asked, so that the order of files changes no answer.
func (s *sampling) request(q *question, i int) *endpoint.Request {
	h := sha256.Sum256(fmt.Appendf(nil, "%d\x00%d\x00%s\x00%s", s.seed, i, q.rec.Problem.ID, q.prefix))
	r := &endpoint.Request{
		Model: s.ask.model, Temperature: jsontext.Value(s.temperature), MaxTokens: s.maxTokens, Stop: s.stop,
		Seed: int64(binary.LittleEndian.Uint32(h[:]) >> 1),
	}
	p := &q.rec.Problem
	if s.plain {
		r.Prompt = strings.TrimLeft(p.System+"\n"+p.Question+"\n"+q.prefix, "\n")
		return r
	}
	if p.System != "" {
		r.Messages = append(r.Messages, endpoint.Message{Role: "system", Content: p.System})
	}
	r.Messages = append(r.Messages, endpoint.Message{Role: "user", Content: p.Question})
	if q.prefix != "" {
		r.Messages = append(r.Messages, endpoint.Message{Role: "assistant", Content: q.prefix})
		r.Continue, r.Generate = true, new(bool)
	}
	return r
}

// write writes what was answered: rollouts, or records with attempts.
func (s *sampling) write(list []*question) (n int64, err error) {
	f, err := os.CreateTemp(filepath.Dir(s.out), ".graft-*")
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	w := bufio.NewWriterSize(f, 1<<16)
	for _, q := range list {
		var said []string
		for i, ok := range q.good {
			if ok {
				said = append(said, q.said[i])
			}
		}
		if len(said) == 0 {
			continue
		}
		n++
		if err := s.line(w, q, said); err != nil {
			return 0, err
		}
	}
	if err := errors.Join(w.Flush(), f.Chmod(0o644), f.Close()); err != nil {
		return 0, err
	}
	return n, os.Rename(f.Name(), s.out)
}

func (s *sampling) line(w io.Writer, q *question, said []string) error {
	var v any
	if s.prefixes {
		v = augment.Rollout{
			ProblemID: q.rec.Problem.ID, System: q.rec.Problem.System, Question: q.rec.Problem.Question, Prefix: q.prefix, Steps: &q.steps, Of: q.of, Next: q.next,
			Samples: said, Policy: s.policy, Model: s.ask.model, Temperature: s.temperature, Seed: fmt.Sprint(s.seed),
		}
	} else {
		v = augment.Sampled(q.rec, s.policy, said)
	}
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return err
	}
	_, err = w.Write(append(b, '\n'))
	return err
}
