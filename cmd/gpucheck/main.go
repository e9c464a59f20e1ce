// Command gpucheck finds out, on a machine that has a GPU for a short time,
// whether graft's operations work there, are right, and how fast they are:
//
//	go run ./cmd/gpucheck                        smoke, parity, speed: about ten minutes
//	go run ./cmd/gpucheck -stage smoke           half a minute
//	go run ./cmd/gpucheck -stage speed -model 1.5B
//	go run ./cmd/gpucheck -device cpu -stage parity
//
// It needs no file: build it where Go is, copy the binary, run it. Results are
// written as they come, as a table and, a line of JSON each, to a file.
//
// Exit codes: 0 all is well, 1 something is wrong or too far off, 2 the command
// line is wrong, 4 there is no GPU, or a library is missing.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/train/gpucheck"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// A stage is one part, named on the command line.
type stage struct {
	name string
	run  func(gpucheck.Device, gpucheck.Load, *gpucheck.Log) error
}

var stages = []stage{
	{"smoke", func(d gpucheck.Device, _ gpucheck.Load, log *gpucheck.Log) error { return gpucheck.Smoke(d, log) }},
	{"parity", func(d gpucheck.Device, _ gpucheck.Load, log *gpucheck.Log) error {
		return errors.Join(gpucheck.Parity(d, log), gpucheck.Steps(d, log))
	}},
	{"kernels", func(d gpucheck.Device, _ gpucheck.Load, log *gpucheck.Log) error { return gpucheck.Kernels(d, log) }},
	{"sft", gpucheck.SFT},
	{"decode", gpucheck.Decode},
	{"grpo", gpucheck.GRPO},
}

// speed is the stages that -stage speed stands for.
var speed = []string{"kernels", "sft", "decode", "grpo"}

func run(args []string, stdout, stderr io.Writer) int {
	f := flag.NewFlagSet("gpucheck", flag.ContinueOnError)
	f.SetOutput(stderr)
	l := gpucheck.Definition("0.5B")
	name := f.String("device", "cuda", "what is checked: cuda, or cpu to try the harness")
	which := f.String("stage", "smoke,parity,speed", "stages, with commas: smoke, parity, kernels, sft, decode, grpo; speed is the last four")
	out := f.String("o", "gpucheck.jsonl", "where results go, a line of JSON each; empty: nowhere")
	threads := f.Int("threads", 0, "threads of the CPU; 0: all")
	f.StringVar(&l.Model, "model", l.Model, "the shape that speed is measured on: 0.5B, 1.5B or tiny")
	for _, n := range []struct {
		name string
		to   *int
		what string
	}{
		{"tokens", &l.Step, "tokens of a step of SFT"}, {"micro", &l.Micro, "tokens of a micro-batch"}, {"warm", &l.Warm, "steps before those that count"}, {"steps", &l.Steps, "steps that count"},
		{"seqs", &l.Seqs, "sequences decoded at once"}, {"prompt", &l.Prompt, "tokens of a prompt"}, {"new", &l.New, "tokens after it"},
		{"prompts", &l.Prompts, "prompts of the step of GRPO"}, {"samples", &l.Samples, "responses to each"}, {"response", &l.Response, "tokens of a response"},
	} {
		f.IntVar(n.to, n.name, *n.to, n.what)
	}
	f.BoolVar(&l.Recompute, "recompute", false, "activation checkpointing")
	if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	chosen, err := choose(*which)
	if err == nil && f.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	if err == nil {
		err = positive(f)
	}
	var d gpucheck.Device
	if err == nil {
		d, err = gpucheck.Open(*name, *threads)
	}
	if err != nil {
		fmt.Fprintln(stderr, "gpucheck:", err)
		return 2
	}
	about, err := d.About()
	if err != nil {
		fmt.Fprintln(stderr, "gpucheck:", strings.ReplaceAll(err.Error(), "\n", "; "))
		return 4
	}
	fmt.Fprintln(stdout, about)
	log := &gpucheck.Log{Table: stdout}
	if *out != "" {
		file, err := os.Create(*out)
		if err != nil {
			fmt.Fprintln(stderr, "gpucheck:", err)
			return 2
		}
		defer file.Close()
		log.JSON = file
	}
	code := 0
	for _, s := range chosen {
		if err := s.run(d, l, log); err != nil {
			fmt.Fprintf(stderr, "gpucheck: %s: %v\n", s.name, err)
			code = 1
		}
	}
	if err := log.Err(); err != nil {
		fmt.Fprintln(stderr, "gpucheck:", err)
		code = 1
	}
	if log.Bad() > 0 {
		fmt.Fprintf(stdout, "%d results are not as they should be\n", log.Bad())
		code = 1
	}
	return code
}

// choose is the stages of a list of names, in the order of the table.
func choose(names string) (list []stage, err error) {
	want := strings.Split(names, ",")
	if i := slices.Index(want, "speed"); i >= 0 {
		want = slices.Replace(want, i, i+1, speed...)
	}
	for _, n := range want {
		if !slices.ContainsFunc(stages, func(s stage) bool { return s.name == n }) {
			return nil, fmt.Errorf("unknown stage %q; there are smoke, parity, kernels, sft, decode, grpo, and speed for the last four", n)
		}
	}
	for _, s := range stages {
		if slices.Contains(want, s.name) {
			list = append(list, s)
		}
	}
	return list, nil
}

// positive refuses a number below 1 where one is counted.
func positive(f *flag.FlagSet) (err error) {
	f.Visit(func(g *flag.Flag) {
		if n, ok := g.Value.(flag.Getter).Get().(int); ok && err == nil && (n < 0 || n == 0 && g.Name != "threads" && g.Name != "warm") {
			err = fmt.Errorf("-%s is %d; it must be at least 1", g.Name, n)
		}
	})
	return err
}
