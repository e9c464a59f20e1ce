package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/chat"
	"github.com/seed-cdf14512/graft/format/ingest"
	"github.com/seed-cdf14512/graft/format/token"
)

func (a *app) tokenizerVerb() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "tokenizer",
		Short:   "Train a tokenizer, or describe one",
		Long:    "Tokenizer works on tokenizer.json files: train makes one from traces, info describes one.",
		Example: "  graft tokenizer train traces.jsonl -o tokenizer.json\n  graft tokenizer info tokenizer.json",
		RunE: func(cmd *cobra.Command, args []string) error {
			return usagef("tokenizer wants a verb: train or info; see graft help tokenizer")
		},
	}
	cmd.AddCommand(a.tokenizerTrain(), a.tokenizerInfo())
	return cmd
}

func (a *app) tokenizerTrain() *cobra.Command {
	var o token.Options
	var out, pattern string
	var extra []string
	cmd := &cobra.Command{
		Use:   "train FILE...",
		Short: "Train a byte-level BPE on the text of traces",
		Long: `Train reads traces as a build does and learns a byte-level BPE vocabulary from
their questions, answers and attempts. Same texts, same file, in whatever order
they come. The control tokens of the chat templates are added, so that the
result can be used in a recipe as it is.`,
		Example: "  graft tokenizer train traces/*.jsonl -o tokenizer.json\n  graft tokenizer train --vocab 32768 --special '<|think|>' traces.jsonl.gz -o bpe32k.json",
		Args:    rangeArgs(1, 1<<20, "at least one file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return usagef("tokenizer train wants -o FILE")
			}
			o.Pattern, o.Specials = pattern, specials(extra)
			files, err := ingest.Expand(args, ".")
			if err != nil {
				return err
			}
			ctx, cancel := context.WithCancel(cmd.Context())
			defer cancel()
			var n corpusCount
			file, err := token.Train(a.corpus(ctx, files, &n), o)
			if err != nil {
				return err
			}
			if n.records == 0 {
				return fmt.Errorf("no record of %s could be read", strings.Join(args, ", "))
			}
			if err := writeWhole(out, file); err != nil {
				return err
			}
			t, err := token.Load(file)
			if err != nil {
				return fmt.Errorf("the trained tokenizer does not load: %w", err)
			}
			fmt.Fprintf(a.errs, "%d records, %d refused, %d bytes of text\nwrote %s: %s, %d tokens, sha256 %x\n",
				n.records, n.refused, n.bytes, out, t.Name(), t.VocabSize(), t.Digest())
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVarP(&out, "out", "o", "", "`FILE` to write, required")
	f.IntVar(&o.VocabSize, "vocab", 8192, "tokens in all")
	f.IntVar(&o.MinFrequency, "min", 2, "pairs that are rarer make no token")
	f.StringVar(&pattern, "pattern", token.DefaultPattern, "how text is cut into pieces: "+strings.Join(token.Patterns(), ", "))
	f.StringArrayVar(&extra, "special", nil, "a further special token; may be repeated")
	cmd.RegisterFlagCompletionFunc("pattern", flagNames(patterns))
	return cmd
}

// specials are what the built-in chat templates need, and the user's own.
func specials(extra []string) []string {
	var all []string
	for _, t := range chat.Templates {
		all = append(all, t.Controls...)
	}
	all = append(all, extra...)
	var once []string
	for _, s := range all {
		if !slices.Contains(once, s) {
			once = append(once, s)
		}
	}
	return once
}

type corpusCount struct{ records, refused, bytes int64 }

var errStop = errors.New("stop")

// corpus yields every text of the records in files, refused records left out
// and counted.
func (a *app) corpus(ctx context.Context, files []string, n *corpusCount) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, path := range files {
			o := ingest.Options{Stdin: a.in}
			reader, err := readerOf(ctx, path, o)
			if err == nil {
				err = ingest.Frames(ctx, path, o, func(f ingest.Frame) error {
					rec, err := decodeFrame(path, reader, o, f)
					if err != nil {
						if ingest.ReasonOf(err) == "" {
							return err
						}
						n.refused++
						return nil
					}
					n.records++
					for _, text := range recordTexts(&rec) {
						n.bytes += int64(len(text))
						if !yield(text, nil) {
							return errStop
						}
					}
					return nil
				})
			}
			if err == errStop {
				return
			}
			if err != nil {
				yield("", err)
				return
			}
		}
	}
}

func decodeFrame(path string, r *ingest.Reader, o ingest.Options, f ingest.Frame) (format.Record, error) {
	it, err := o.Parse(path, f)
	if err != nil {
		return format.Record{}, err
	}
	return ingest.Decode(r, it.Canonical, it.Digest)
}

func readerOf(ctx context.Context, path string, o ingest.Options) (*ingest.Reader, error) {
	if path == ingest.Stdin {
		return nil, fmt.Errorf("standard input cannot be sniffed and then read; write it to a file")
	}
	p, err := ingest.Peek(ctx, path, 0, o)
	switch {
	case err != nil:
		return nil, err
	case p.Reader != "":
		return ingest.FindReader(p.Reader)
	case p.Mapping != nil:
		return p.Mapping.Reader()
	}
	return nil, fmt.Errorf("%s: no reader knows its records; see graft peek %s", path, path)
}

func recordTexts(r *format.Record) []string {
	texts := []string{r.Problem.System, r.Problem.Question}
	for _, t := range r.Attempts {
		texts = append(texts, t.Trace.Text())
	}
	if len(r.Attempts) == 0 {
		texts = append(texts, r.Problem.Answer)
	}
	return slices.DeleteFunc(texts, func(t string) bool { return t == "" })
}

func (a *app) tokenizerInfo() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "info FILE",
		Short:   "Describe a tokenizer.json",
		Long:    "Info says what kind of tokenizer a tokenizer.json holds, and refuses kinds that graft does not read exactly.",
		Example: "  graft tokenizer info tokenizer.json\n  graft tokenizer info --json tokenizer.json",
		Args:    exactArgs(1, "one tokenizer.json"),
		RunE: func(_ *cobra.Command, args []string) error {
			b, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			t, err := token.LoadAny(b)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			i := t.Info()
			if asJSON {
				return a.printJSON(i)
			}
			a.table([][]string{
				{"name", t.Name()}, {"model", i.Model}, {"pattern", i.Pattern}, {"normalizer", cmp.Or(i.Normalizer, "none")},
				{"vocabulary", fmt.Sprint(i.VocabSize)}, {"merges", fmt.Sprint(i.Merges)},
				{"added tokens", fmt.Sprintf("%d, %d of them special", i.Added, i.Special)},
				{"Unicode", i.Unicode}, {"sha256", i.Digest},
			})
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
