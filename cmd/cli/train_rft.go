package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/seed-cdf14512/graft/train"
)

func (a *app) trainRFTVerb() *cobra.Command {
	var asJSON, printOnly, dry bool
	var device string
	cmd := &cobra.Command{
		Use:   "rft RUN",
		Short: "Reinforce what a model gets right on the prompts of a build",
		Long: `Rft draws groups of responses to the prompts of a build, lets the checkers grade
them, and makes what was right likelier. Each batch is drawn with the weights
that it then changes. A run file to start from:

  version: 1
  seed: 1
  model: {path: runs/first/model}   # what the run file of graft help train sft makes
  prompts: out                      # a build whose recipe has prompts: true
  rollout: {prompts: 32, samples: 16, max_tokens: 512}
  algorithm: grpo                   # or dr_grpo, dapo, rloo
  # objective: {kl: 0.001, updates: 1}
  # lora: {rank: 16, alpha: 32}     # adapters, as graft help train sft tells
  # reward: {format: 0.05, form: [<think>, </think>]}
  steps: 200
  optimizer: {lr: 0.0001, schedule: constant}
  evaluate: {prompts: out, limit: 64, samples: 8}   # better another build with prompts
  every: {evaluate: 20, checkpoint: 50}
  out: runs/reinforced

graft demo leaves others, demo/rft-vanilla.yaml, with all that they name.

The out folder gets rollouts/step-*.parquet, every response with its ids,
log-probabilities and reward, beside what graft train sft leaves. A response ends
with the model's end of text, or with what ends an answer in the build. Ctrl-C
writes a checkpoint, and the same command goes on from it to the same bits.

drift and drift_k3 in metrics.jsonl, and on the line of a step, tell how far the
log-probabilities of drawing are from those of training: mean |dlogp| and k3. On
the CPU they are 0; on a GPU more than 0.005 and 0.001 are warned of.`,
		Example: "  graft train rft run.yaml\n  graft train rft run.yaml --print-config\n  graft train rft run.yaml --dry-run\n  graft train rft run.yaml --json",
		Args:    exactArgs(1, "one run file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			run, ds, err := train.LoadRFT(args[0])
			if err != nil {
				return err
			}
			if err := a.runFaults(run == nil, ds); err != nil {
				return err
			}
			if err := overrideDevice(&run.Device, device); err != nil {
				return err
			}
			if printOnly {
				return a.printJSON(run)
			}
			if dry {
				return a.preview(asJSON, run.Preview)
			}
			return a.trainRFT(cmd.Context(), run, asJSON)
		},
	}
	cmd.Flags().BoolVar(&printOnly, "print-config", false, "print the run with its defaults as JSON, and train nothing")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "print what the run would hold in memory, part by part, and train nothing")
	cmd.Flags().StringVar(&device, "device", "", "what computes, instead of what the run file says: auto, cuda or cpu")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the report as JSON")
	return cmd
}

func (a *app) trainRFT(ctx context.Context, run *train.RFT, asJSON bool) error {
	return trained(ctx, a, run.Train, asJSON, a.printRFT, func(r *train.RFTReport) (done, steps int64) { return r.Done, r.Steps })
}

func (a *app) printRFT(report *train.RFTReport) error {
	fmt.Fprintf(a.out, "trained %s: %d steps, %s parameters on %s\n", report.Model, report.Done, num(int64(report.Parameters)), report.Device)
	if report.After != nil {
		fmt.Fprintf(a.out, "  before: %s\n  after:  %s\n", report.Before, report.After)
	}
	_, err := fmt.Fprintf(a.out, "  curves: graft train plot %s\n", report.Out)
	return err
}
