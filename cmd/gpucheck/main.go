// Command gpucheck finds out, on a machine that has a GPU for a short time, whether
// graft's operations work there, are right, and how fast they are, against PyTorch on
// the same weights and tokens. Run without arguments it does all of it; see help.go.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/seed-cdf14512/graft/train/gpucheck"
)

// Exit codes.
const (
	fine    = 0
	wrong   = 1 // something is not as it should be
	usage   = 2
	unended = 3 // time or Ctrl-C ended it: the same command goes on
	noGPU   = 4
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// groups are names for several stages.
var groups = map[string][]string{
	"all":   append(gpucheck.Stages(), "claims"),
	"speed": {"kernels", "sft", "decode", "grpo"},
	"torch": {"torch-generate", "torch-sft", "torch-grpo"},
}

// A command is what the command line says.
type command struct {
	stages, models []string
	loads          map[string]gpucheck.Load
	check          gpucheck.Check
	out            string
	again          bool
	limit          time.Duration
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return fine
	}
	if err != nil {
		fmt.Fprintln(stderr, "gpucheck:", err)
		return usage
	}
	about, err := c.check.Device.About()
	if err != nil {
		fmt.Fprintln(stderr, "gpucheck:", strings.ReplaceAll(err.Error(), "\n", "; "))
		return noGPU
	}
	fmt.Fprintln(stdout, about)
	if c.limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.limit)
		defer cancel()
	}
	log := &gpucheck.Log{Table: stdout, On: c.check.Device.Name}
	if c.out != "" {
		file, err := log.Open(c.out, c.again)
		if err != nil {
			fmt.Fprintln(stderr, "gpucheck:", err)
			return usage
		}
		defer file.Close()
	}
	c.check.Log = log
	return c.measure(ctx, about, stdout, stderr)
}

// measure does the jobs, and holds the results against the claims.
func (c *command) measure(ctx context.Context, about string, stdout, stderr io.Writer) int {
	log := c.check.Log
	log.Add(gpucheck.Result{Stage: "about", Name: about, OK: true})
	left, err := c.check.Do(ctx, gpucheck.Jobs(c.stages, c.models), c.loads)
	if slices.Contains(c.stages, "claims") {
		for _, m := range c.models {
			gpucheck.Claims(log, c.loads[m])
		}
	}
	if err != nil {
		fmt.Fprintln(stderr, "gpucheck:", err)
	}
	if err := log.Err(); err != nil {
		fmt.Fprintf(stderr, "gpucheck: %s: %v\n", c.out, err)
		return wrong
	}
	if log.Bad() > 0 {
		fmt.Fprintf(stdout, "%d results are not as they should be\n", log.Bad())
	}
	for _, j := range left {
		fmt.Fprintf(stdout, "left: %s: %s\n", j.Stage, j.Name)
	}
	switch {
	case len(left) > 0:
		fmt.Fprintln(stdout, "the same command goes on from here")
		return unended
	case log.Bad() > 0 || err != nil:
		return wrong
	}
	return fine
}

func parse(args []string, stderr io.Writer) (*command, error) {
	f := flag.NewFlagSet("gpucheck", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.Usage = func() {
		fmt.Fprint(stderr, help)
		f.PrintDefaults()
	}
	l := gpucheck.Definition("")
	c := &command{loads: map[string]gpucheck.Load{}}
	device := f.String("device", "cuda", "what is checked: cuda, or cpu to try the harness")
	stages := f.String("stage", "all", "stages, with commas: "+strings.Join(groups["all"], ", ")+"; all, speed and torch stand for several")
	models := f.String("model", "0.5B,1.5B", "shapes that speed is measured on, with commas: 0.5B, 1.5B, tiny")
	threads := f.Int("threads", 0, "threads of the CPU; 0: all")
	folder := f.String("work", filepath.Join(os.TempDir(), "gpucheck"), "`folder` for weights and tokens, up to 12 GB; it may stay for the next time")
	f.StringVar(&c.check.Python, "python", "python3", "the interpreter that has PyTorch")
	f.StringVar(&c.out, "o", "gpucheck.jsonl", "`file` of results, a line of JSON each; good ones in it are not measured again. Empty: none")
	f.BoolVar(&c.again, "again", false, "measure anew what the file of results has")
	f.DurationVar(&c.limit, "for", 0, "begin nothing that would not end within this time; 0: no limit")
	micro := f.String("micro", "4,8,16", "rows of a micro-batch, with commas: each is tried and the fastest counts")
	for _, n := range []struct {
		name string
		to   *int
		what string
	}{
		{"row", &l.Row, "tokens of a row of SFT"}, {"rows", &l.Rows, "rows of a step"}, {"tune", &l.Tune, "steps for trying a micro-batch"},
		{"warm", &l.Warm, "steps before those that count"}, {"steps", &l.Steps, "steps that count"},
		{"seqs", &l.Seqs, "sequences decoded at once"}, {"prompt", &l.Prompt, "tokens of a prompt"}, {"new", &l.New, "tokens after it"},
		{"ends", &l.Ends, "mean length of responses that end where the model ends them"}, {"batches", &l.Batches, "times seqs of them"},
		{"prompts", &l.Prompts, "prompts of the step of GRPO"}, {"samples", &l.Samples, "responses to each"}, {"response", &l.Response, "tokens of a response"},
		{"update", &l.Update, "responses of a micro-batch of GRPO"},
	} {
		f.IntVar(n.to, n.name, *n.to, n.what)
	}
	f.BoolVar(&l.Recompute, "recompute", false, "activation checkpointing")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	if err := positive(f); err != nil {
		return nil, err
	}
	return c, c.fill(l, *device, *threads, *stages, *models, *folder, *micro)
}

// fill turns words of the command line into what they stand for.
func (c *command) fill(l gpucheck.Load, device string, threads int, stages, models, folder, micro string) (err error) {
	if c.check.Device, err = gpucheck.Open(device, threads); err != nil {
		return err
	}
	if c.stages, err = choose(stages); err != nil {
		return err
	}
	c.check.Folder = gpucheck.Folder(folder)
	l.Micro = nil
	for _, m := range strings.Split(micro, ",") {
		n, err := strconv.Atoi(m)
		if err != nil {
			return fmt.Errorf("-micro is %q; it must be numbers with commas between them", micro)
		}
		l.Micro = append(l.Micro, n)
	}
	c.models = strings.Split(models, ",")
	for _, m := range c.models {
		l.Model = m
		if err := l.Check(); err != nil {
			return err
		}
		c.loads[m] = l
	}
	return nil
}

// choose is the stages of a list of names.
func choose(names string) (list []string, err error) {
	for _, n := range strings.Split(names, ",") {
		switch group, ok := groups[n]; {
		case ok:
			list = append(list, group...)
		case slices.Contains(groups["all"], n):
			list = append(list, n)
		default:
			return nil, fmt.Errorf("unknown stage %q; there are %s, and all, speed and torch for several", n, strings.Join(groups["all"], ", "))
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
