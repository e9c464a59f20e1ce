package gpucheck

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"
)

// A Check is all that a session measures with.
type Check struct {
	Device Device
	Load   Load
	Folder Folder
	Python string // the interpreter that has PyTorch
	Log    *Log
}

// A Job is one measurement, which is done or not done as a whole.
type Job struct {
	Stage, Name string
	Model       string // whose load it measures; empty where it has none
	// Needs is how long it takes on one H200, roughly and at most: a job is not begun
	// where less is left.
	Needs time.Duration
	run   func(ctx context.Context, c Check, r *Result) error
}

// Stages are the names of Jobs' stages, in the order in which they are done.
func Stages() []string {
	return []string{"smoke", "parity", "kernels", "sft", "decode", "grpo", "torch-generate", "torch-sft", "torch-grpo"}
}

// Jobs lists what the chosen stages measure of some models, the first stage first. Of
// 1.5B the claims name two things alone.
func Jobs(stages, models []string) (list []Job) {
	const minute, second = time.Minute, time.Second
	add := func(stage, model, name string, needs time.Duration, run func(context.Context, Check, *Result) error) {
		if slices.Contains(stages, stage) {
			list = append(list, Job{stage, name, model, needs, run})
		}
	}
	add("smoke", "", "all of smoke", 30*second, func(_ context.Context, c Check, _ *Result) error { return c.whole(Smoke) })
	add("parity", "", "every operation", 2*minute, func(_ context.Context, c Check, _ *Result) error { return c.whole(Parity) })
	add("parity", "", "whole steps", 30*second, func(_ context.Context, c Check, _ *Result) error { return c.whole(Steps) })
	add("parity", "", "decoding against scoring, 1000 refills", 30*second, func(ctx context.Context, c Check, r *Result) error { return drift(ctx, r, c.Device, driftTraffic) })
	add("kernels", "", "all kernels bound by memory", 30*second, func(_ context.Context, c Check, _ *Result) error { return c.whole(Kernels) })
	for _, model := range models {
		few := model == "1.5B"
		add("sft", model, "SFT "+model+", one document a row", 3*minute, func(ctx context.Context, c Check, r *Result) error { return c.sft(ctx, r, kinds()[1]) })
		add("decode", model, "decoding "+model, minute, func(ctx context.Context, c Check, r *Result) error { return c.decode(ctx, r, false) })
		if few {
			continue
		}
		add("sft", model, "SFT "+model+", documents of mean 350", 2*minute, func(ctx context.Context, c Check, r *Result) error { return c.sft(ctx, r, kinds()[0]) })
		add("decode", model, "decoding "+model+" to the end", minute, func(ctx context.Context, c Check, r *Result) error { return c.decode(ctx, r, true) })
		add("grpo", model, "GRPO step "+model, minute, func(ctx context.Context, c Check, r *Result) error { return c.grpo(ctx, r) })
	}
	for _, model := range models {
		few := model == "1.5B"
		kinds := []string{"rows"}
		if !few {
			kinds = []string{"docs", "rows"}
		}
		add("torch-generate", model, "transformers' generate, "+model, 3*minute, func(ctx context.Context, c Check, r *Result) error { return c.torch(ctx, r, "generate.py") })
		for _, way := range []string{"plain", "transformers"} {
			add("torch-sft", model, fmt.Sprintf("PyTorch's SFT, %s, %s", model, way), 5*minute, func(ctx context.Context, c Check, r *Result) error {
				return c.torch(ctx, r, "sft.py", c.waysOf(way, kinds)...)
			})
		}
		if !few {
			add("torch-grpo", model, "TRL's GRPO step, "+model, 5*minute, func(ctx context.Context, c Check, r *Result) error { return c.torch(ctx, r, "grpo.py") })
		}
	}
	// By stage, so that what is cut off is the end, and of a stage in the order above.
	slices.SortStableFunc(list, func(a, b Job) int { return slices.Index(Stages(), a.Stage) - slices.Index(Stages(), b.Stage) })
	return list
}

// Do does the jobs that have no good result yet, as long as there is time for them,
// and returns those that are left. loads are by model. A job that ended an earlier
// session comes last, so that the others are not kept from their turn.
func (c Check) Do(ctx context.Context, jobs []Job, loads map[string]Load) (left []Job, err error) {
	var first, last []Job
	for _, j := range jobs {
		switch load := j.load(loads); {
		case c.Log.Find(j.Stage, j.Name, load) != nil:
		case c.Log.hung(j.Stage, j.Name, load):
			last = append(last, j)
		default:
			first = append(first, j)
		}
	}
	jobs = append(first, last...)
	for i, j := range jobs {
		if end, ok := ctx.Deadline(); ok && time.Until(end) < j.Needs {
			left = append(left, j)
			continue
		}
		r := c.one(ctx, j, j.load(loads))
		stopped := ctx.Err()
		if stopped != nil && !r.OK {
			r.Skip, r.Detail = "stopped: "+r.Detail, ""
			left = append(left, j)
		}
		c.Log.Add(r)
		if stopped != nil {
			return append(left, jobs[i+1:]...), stopped
		}
	}
	return left, nil
}

// load is the load that a job measures, nil for none.
func (j Job) load(loads map[string]Load) *Load {
	if j.Model == "" {
		return nil
	}
	l := loads[j.Model]
	return &l
}

// patience is how long a job may take to end when the time is over: a kernel that
// hangs never does.
const patience = 15 * time.Second

// one does a job. A bug in it is its result, and not the end of the session; and so is
// that it hangs.
func (c Check) one(ctx context.Context, j Job, load *Load) Result {
	start := Result{Stage: j.Stage, Name: j.Name, Load: load}
	if load != nil {
		c.Load = *load
	}
	began := start
	began.Began = true
	c.Log.Add(began)
	done := make(chan Result, 1)
	go func() {
		done <- timed(start, func(r *Result) (err error) {
			defer func() {
				if p := recover(); p != nil {
					err = fmt.Errorf("a bug: %v\n%s", p, debug.Stack())
				}
			}()
			return j.run(ctx, c, r)
		})
	}()
	select {
	case r := <-done:
		return r
	case <-ctx.Done():
	}
	select {
	case r := <-done:
		return r
	case <-time.After(patience):
		start.Detail = "it does not answer"
		return start
	}
}

// waysOf is what sft.py is to be told: the way, the kinds, and how fast the other way was.
func (c Check) waysOf(way string, kinds []string) []string {
	args := append([]string{"--way", way, "--kinds"}, kinds...)
	for i, k := range kinds {
		if r := best(c.Log, c.Load, "torch-sft", fmt.Sprintf("SFT %s, %s, ", c.Load.Model, k)); r != nil {
			if i == 0 {
				args = append(args, "--beat")
			}
			args = append(args, fmt.Sprintf("%s=%v", k, r.Numbers["tokens/s"]))
		}
	}
	return args
}

// whole is a stage of many results: it is good where all of them were.
func (c Check) whole(stage func(Device, *Log) error) error {
	before := c.Log.Bad()
	err := stage(c.Device, c.Log)
	if n := c.Log.Bad() - before; n > 0 {
		err = errors.Join(err, fmt.Errorf("%d results are not as they should be", n))
	}
	return err
}
