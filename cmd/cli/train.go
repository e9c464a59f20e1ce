package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-cdf14512/graft/format/strict"
	"github.com/seed-cdf14512/graft/train"
)

func (a *app) trainVerb() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "train",
		Short: "Train a model on a corpus",
		Long: `Train reads the shards of a build and trains a decoder of the Llama, Qwen2 and
Qwen3 family on them. What to do stands in a run file, one YAML file; the schemas
of run files are graft schema train, for sft, and graft schema rft.`,
		Example: "  graft train sft run.yaml\n  graft train rft rl.yaml\n  graft train plot runs/first runs/second -o both.svg",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown kind of training %q%s", args[0], nearVerb(cmd, args[0]))
			}
			return cmd.Help()
		},
	}
	cmd.AddCommand(a.trainSFTVerb(), a.trainRFTVerb(), a.trainPlotVerb())
	return cmd
}

func (a *app) trainSFTVerb() *cobra.Command {
	var asJSON, printOnly, dry bool
	var device string
	var rounds loop
	cmd := &cobra.Command{
		Use:   "sft RUN",
		Short: "Fine-tune a model on the rows of a build",
		Long: `Sft fine-tunes a model on the packed rows of a build, with the loss weights of
its manifest by span name. A run file to start from, on what graft build made:

  version: 1
  seed: 1
  model: {fresh: {width: 64, layers: 2, heads: 4, ffn: 192}}
  # model: {path: models/small}     # or a folder with config.json and safetensors
  data: {build: out}
  batch: {tokens: 4096, accumulate: 1}
  epochs: 2                         # or steps: 1000
  optimizer: {lr: 0.003, schedule: cosine, warmup: 20}
  every: {validate: 50, checkpoint: 50}  # evaluate: 50 would ask the model
  # evaluate: {prompts: out, limit: 200} # these: a build with prompts: true
  # lora: {rank: 16, alpha: 32}     # with model.path: adapters beside its weights
  out: runs/first

graft demo leaves others, with all that they name.

The out folder gets metrics.jsonl, event files for TensorBoard, checkpoints and
in the end model/, in bf16, as Hugging Face reads it. Ctrl-C writes a checkpoint
first. However a run ended, the same command goes on from its last checkpoint,
and the results are the same bits as without the interruption.

With lora the model of model.path stays as it is, and adapters of low rank are
trained beside its linear layers: no gradient, no moments and no masters of the
rest. targets names the layers, of q_proj, k_proj, v_proj, o_proj, gate_proj,
up_proj and down_proj; whole names embed_tokens, lm_head or norm, which are then
trained as they are: new control tokens want it. model/ has the adapters merged
in; adapter/ holds them alone, as PEFT reads them. --dry-run prints what a run
would hold in memory, part by part, and trains nothing.

With --rounds the model then learns from itself: it answers the prompts of the
build, a recipe compiles what the checkers find right, and training goes on from
there. Every round goes through the verbs sample, build and train sft, which are
printed, and leaves its files beside the run's: RUN.round-1.yaml, OUT.round-1.`,
		Example: "  graft train sft run.yaml\n  graft train sft run.yaml --rounds 3 --recipe recipe.yaml -k 8\n  graft train sft run.yaml --print-config\n  graft train sft run.yaml --dry-run\n  graft train sft run.yaml --json",
		Args:    exactArgs(1, "one run file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			run, ds, err := train.LoadSFT(args[0])
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
				meter := a.newMeter()
				defer meter.stop()
				return a.preview(asJSON, func() (*train.Preview, error) { return run.Preview(meter.note) })
			}
			if rounds.rounds > 0 {
				if asJSON {
					return usagef("--json prints one report; --rounds has one a round, in each folder")
				}
				rounds.device = device
				return a.trainRounds(cmd.Context(), args[0], run, &rounds)
			}
			return a.trainSFT(cmd.Context(), run, asJSON)
		},
	}
	rounds.flags(cmd.Flags())
	cmd.Flags().BoolVar(&printOnly, "print-config", false, "print the run with its defaults as JSON, and train nothing")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "print what the run would hold in memory, part by part, and train nothing")
	cmd.Flags().StringVar(&device, "device", "", "what computes, instead of what the run file says: auto, cuda or cpu")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the report as JSON")
	return cmd
}

// overrideDevice puts what --device says in the place of a run file's device.
func overrideDevice(to *string, flag string) error {
	if flag == "" {
		return nil
	}
	if !slices.Contains(train.Devices(), flag) {
		return usagef("--device is %q; there are %s", flag, strings.Join(train.Devices(), ", "))
	}
	*to = flag
	return nil
}

// runFaults prints what is wrong with a run file.
func (a *app) runFaults(none bool, ds strict.Diagnostics) error {
	fmt.Fprint(a.errs, ds)
	if none {
		return errReported
	}
	return nil
}

// preview prints what a run would be.
func (a *app) preview(asJSON bool, of func() (*train.Preview, error)) error {
	p, err := of()
	if err != nil {
		return err
	}
	if asJSON {
		return a.printJSON(p)
	}
	fmt.Fprintf(a.out, "%s parameters, %s trained, %s steps on %s\n", num(int64(p.Parameters)), num(int64(p.Trained)), num(p.Steps), p.Device)
	rows := [][]string{{"memory", "MiB"}}
	for _, r := range append(p.Memory, train.Room{Name: "together", Bytes: p.Bytes}) {
		rows = append(rows, []string{r.Name, fmt.Sprintf("%.1f", float64(r.Bytes)/(1<<20))})
	}
	a.table(rows)
	return nil
}

func (a *app) trainSFT(ctx context.Context, run *train.SFT, asJSON bool) error {
	return trained(ctx, a, run.Train, asJSON, a.printRun, func(r *train.Report) (done, steps int64) { return r.Done, r.Steps })
}

// trained runs a run to its end, or to an interruption, and prints its report.
func trained[R any](ctx context.Context, a *app, run func(context.Context, train.Options) (*R, error), asJSON bool,
	print func(*R) error, reached func(*R) (done, steps int64)) error {
	paceTraining()
	begun := time.Now()
	meter := a.newMeter()
	report, err := run(ctx, train.Options{Progress: meter.show, Note: meter.note, Beside: itself})
	meter.stop()
	if errors.Is(err, context.Canceled) && report != nil {
		done, steps := reached(report)
		fmt.Fprintf(a.errs, "graft: stopped after step %d of %d; the same command goes on from there\n", done, steps)
		return interrupted{err}
	}
	if err != nil {
		return err
	}
	a.printCost("trained", begun)
	if asJSON {
		return a.printJSON(report)
	}
	return print(report)
}

// interrupted is an interruption that a verb has told of already.
type interrupted struct{ error }

func (i interrupted) Is(target error) bool { return target == errReported }
func (i interrupted) Unwrap() error        { return i.error }

func (a *app) printRun(r *train.Report) error {
	fmt.Fprintf(a.out, "trained %s: %d steps, %s rows, %s parameters on %s\n", r.Model, r.Done, num(r.Rows), num(int64(r.Parameters)), r.Device)
	if r.Loss != nil {
		fmt.Fprintf(a.out, "  loss of the last step: %.4f\n", *r.Loss)
	}
	if r.Answers != nil {
		fmt.Fprintf(a.out, "  answers: %s\n", r.Answers)
	}
	if v := r.Validation; v != nil {
		fmt.Fprintf(a.out, "  validation: %.4f\n", v.Loss)
		rows := [][]string{{"span", "tokens", "loss"}}
		for _, s := range v.Spans {
			rows = append(rows, []string{s.Name, num(s.Tokens), fmt.Sprintf("%.4f", s.Loss)})
		}
		a.table(rows)
	}
	_, err := fmt.Fprintf(a.out, "  curves: graft train plot %s\n", r.Out)
	return err
}

func (a *app) trainPlotVerb() *cobra.Command {
	var out, metric string
	var asJSON, text bool
	cmd := &cobra.Command{
		Use:   "plot DIR...",
		Short: "Draw the curves of runs, as SVG or in the terminal",
		Long: `Plot draws what the metrics.jsonl of a run says, a panel for each metric, as SVG
that any browser shows. Of several runs each gets its curve in every panel.
With --text it draws one metric in the terminal: the share of right answers where
it was measured, otherwise the loss, or what --metric names.`,
		Example: "  graft train plot runs/first\n  graft train plot runs/first runs/second -o both.svg\n  graft train plot runs/first --text --metric loss",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("train plot wants the out folder of a run; see graft help train plot")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			switch {
			case text && (out != "" || asJSON):
				return usagef("--text prints the curves; it goes with neither -o nor --json")
			case text:
				return train.PlotText(a.out, metric, args...)
			case metric != "":
				return usagef("--metric goes with --text; the SVG has a panel for each metric")
			}
			file := out
			if file == "" {
				file = filepath.Join(args[0], "plot.svg")
			}
			if err := train.Plot(file, args...); err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(map[string]string{"plot": file})
			}
			_, err := fmt.Fprintln(a.out, file)
			return err
		},
	}
	cmd.Flags().StringVarP(&out, "out", "o", "", "`FILE` to write; left out, plot.svg in the first folder")
	cmd.Flags().BoolVar(&text, "text", false, "draw one metric with characters, in the terminal")
	cmd.Flags().StringVar(&metric, "metric", "", "`NAME` of the metric that --text draws, as metrics.jsonl has it")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print where the plot is as JSON")
	return cmd
}
