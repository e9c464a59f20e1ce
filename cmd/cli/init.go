package cli

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format/ingest"
)

func (a *app) initVerb() *cobra.Command {
	var out string
	var force bool
	cmd := &cobra.Command{
		Use:   "init [TRACES...]",
		Short: "Write a commented recipe to start from",
		Long: `Init writes a recipe with every behavior of this graft, each line explained. It
sniffs the given trace files and fills in how to read them; without files the
recipe reads the trace set that ships with graft, so it builds at once.`,
		Example: "  graft init\n  graft init traces/*.jsonl.gz -o gsm.yaml\n  graft init -o - traces.jsonl",
		RunE: func(cmd *cobra.Command, args []string) error {
			traces, err := a.tracesFor(cmd, args, filepath.Dir(out))
			if err != nil {
				return err
			}
			text := a.recipeText(traces)
			if _, ds, err := augment.Parse(out, text, filepath.Dir(out), a.suite); err != nil || ds.Failed() {
				return cmp.Or(err, fmt.Errorf("the recipe would not be right:\n%s", ds))
			}
			if out == "-" {
				_, err := a.out.Write(text)
				return err
			}
			if _, err := os.Stat(out); err == nil && !force {
				return fmt.Errorf("%s is there already; --force replaces it, -o names another file", out)
			} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			if err := os.WriteFile(out, text, 0o666); err != nil {
				return err
			}
			fmt.Fprintf(a.errs, "wrote %s\n\nnext:\n  graft lint %s\n  graft build %s -o out\n", out, out, out)
			return nil
		},
	}
	cmd.Flags().StringVarP(&out, "out", "o", "recipe.yaml", "`FILE` to write; - is standard output")
	cmd.Flags().BoolVar(&force, "force", false, "replace the file if it is there")
	return cmd
}

// tracesFor is the traces block for the given files, by paths relative to dir.
func (a *app) tracesFor(cmd *cobra.Command, args []string, dir string) (string, error) {
	if len(args) == 0 {
		return "traces:\n  - path: builtin:quickstart   # ships with graft; put your own files here\n", nil
	}
	files, err := ingest.Expand(args, ".")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("traces:\n")
	for _, f := range files {
		p, err := ingest.Peek(cmd.Context(), f, 1, ingest.Options{Stdin: a.in})
		if err != nil {
			return "", err
		}
		if p.Reader == "" && p.Mapping == nil {
			return "", fmt.Errorf("%s: no reader knows its records and no field looks like a question; see graft peek %s", f, f)
		}
		if p.Path, err = relative(dir, f); err != nil {
			return "", err
		}
		b.WriteString(strings.TrimPrefix(tracesEntry(&p), "traces:\n"))
	}
	return b.String(), nil
}

// relative is file as a recipe in dir names it.
func relative(dir, file string) (string, error) {
	if filepath.IsAbs(file) || file == ingest.Stdin {
		return file, nil
	}
	base, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	full, err := filepath.Abs(file)
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(base, full)
	if err != nil {
		return "", err
	}
	return filepath.ToSlash(rel), nil
}

// recipeText is a whole recipe around a traces block.
func (a *app) recipeText(traces string) []byte {
	var b bytes.Buffer
	b.WriteString(`# A recipe says everything about a build. graft lint checks it, graft schema
# describes every key, graft explain NAME describes a behavior.
version: 1
seed: 1                          # the one seed of all chance

# What to read, relative to this file; globs and .gz, .zst are fine.
` + traces + `
# Which attempts become samples: right, any, wrong or first.
grade: {keep: right}

# Problems become prompts too, for graft train rft, graft eval and graft sample.
prompts: true

# What to weave in. rate is the share of traces (per: trace) or the chance of
# each place (per: site).
behaviors:
`)
	for _, use := range a.suite.Behaviors {
		fmt.Fprintf(&b, "  - use: %s\n    # %s\n    select: {per: trace, rate: 0.3}\n", use.Name, use.Summary())
		if params, err := use.ParamList(); err == nil && len(params) > 0 {
			b.WriteString("    # with:                      # these are the defaults\n")
			for _, p := range params {
				fmt.Fprintf(&b, "    #   %s: %s   # %s (%s)\n", p.Name, p.Default, p.Doc, p.Type)
			}
		}
	}
	if len(a.suite.Behaviors) == 0 {
		b.WriteString("  []\n")
	}
	b.WriteString(`
render: {template: chatml}

# Loss weights by span name; a build's weights can be changed without tokenizing
# again. What is wrong on purpose is never trained unless you say so.
weights: {default: 1, "*.wrong": 0}

tokenize:
  tokenizer: builtin:quickstart  # or the path of a tokenizer.json
  max_tokens: 2048               # length of a packed sequence
  over_length: refuse            # longer documents: refuse, or prompt

shards: {pack: partition, validation: 0.01}

# Tests that graft lint runs, every rate taken as 1.
tests:
  - name: the source survives
    trace:
      prompt: Ann has 48 clips and gives half of them away. How many are left after 4 more are lost?
      steps: ["Ann gives 48/2 = <<48/2=24>>24 clips away.", "That leaves 24-4 = <<24-4=20>>20 clips.", "#### 20"]
      answer: "20"
    expect: {contains: ["#### 20"], answer: "20"}
`)
	return b.Bytes()
}

// yamlText writes s as a YAML scalar on one line, quoted where it must be.
func yamlText(s string) string {
	b, err := yaml.Marshal(s)
	if text := strings.TrimSuffix(string(b), "\n"); err == nil && !strings.Contains(text, "\n") {
		return text
	}
	n := yaml.Node{Kind: yaml.ScalarNode, Style: yaml.DoubleQuotedStyle, Value: s}
	b, _ = yaml.Marshal(&n)
	return strings.TrimSuffix(string(b), "\n")
}
