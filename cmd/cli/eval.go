package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seed-cdf14512/graft/train"
)

func (a *app) evalVerb() *cobra.Command {
	var asJSON bool
	var ks []int
	q := train.Questioning{}
	cmd := &cobra.Command{
		Use:   "eval MODEL OUT",
		Short: "Measure a model on the prompts of a build",
		Long: `Eval lets a model answer the prompts of a build, whose recipe has prompts: true,
and grades what it says with the checkers of the problems. It prints the share of
right answers of greedy decoding and, with --samples, of drawn responses, and
pass@k: the chance that one of k responses is right, estimated without bias.
The same seed gives the same numbers, however many are decoded at once.`,
		Example: "  graft eval runs/first/model heldout\n  graft eval runs/first/model heldout --samples 16 --k 1,4,16 --json",
		Args:    exactArgs(2, "the folder of a model and that of a build"),
		RunE: func(cmd *cobra.Command, args []string) error {
			q.Model, q.Build = args[0], args[1]
			if err := q.Check(); err != nil {
				return usagef("%v", err)
			}
			paceTraining()
			begun := time.Now()
			q.Note, q.Beside = a.note, itself
			s, err := q.Evaluate(cmd.Context(), ks)
			if err != nil {
				return err
			}
			a.printCost("evaluated", begun)
			if asJSON {
				return a.printJSON(s)
			}
			_, err = fmt.Fprintf(a.out, "%s\n  %.1f tokens a response; %.1f%% ended by themselves\n", s, s.Length, 100*s.Stopped)
			return err
		},
	}
	questionFlags(cmd.Flags(), &q)
	cmd.Flags().IntVar(&q.Samples, "samples", 0, "responses to draw for each prompt, beside the greedy one")
	cmd.Flags().IntSliceVar(&ks, "k", nil, "pass@k for these k; left out, all samples")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the score as JSON")
	return cmd
}

// questionFlags are the flags of verbs that ask a model.
func questionFlags(f *pflag.FlagSet, q *train.Questioning) {
	f.IntVarP(&q.Limit, "limit", "n", 0, "prompts, the first of the build; 0 is all")
	f.IntVar(&q.MaxTokens, "max-tokens", 512, "longest response")
	f.Float64Var(&q.Temperature, "temperature", 1, "of drawn responses")
	f.Float64Var(&q.TopP, "top-p", 1, "share of probability to draw from")
	f.IntVar(&q.TopK, "top-k", 0, "likeliest tokens to draw from; 0 is all")
	f.Uint64Var(&q.Seed, "seed", 1, "the one source of chance")
	f.StringArrayVar(&q.Stop, "stop", nil, "a token that ends a response, beside those of model and build; may be repeated")
	f.IntVar(&q.AtOnce, "at-once", 64, "sequences decoded together; it changes no bit")
	f.StringVar(&q.Device, "device", "auto", "what computes: auto, cuda or cpu")
	f.IntVar(&q.Threads, "threads", 0, "threads of the cpu; 0 is one a processor")
	f.BoolVar(&q.Unverified, "unverified-tokenizer", false, "ask although the tokenizers of model and build cannot be compared")
}
