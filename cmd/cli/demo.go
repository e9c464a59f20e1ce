package cli

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"text/template"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-cdf14512/graft/format/shard"
)

// demoFiles are templates of the recipes and run files.
//
//go:embed demo/*.yaml
var demoFiles embed.FS

// A demoSize is how much of everything a demo has.
type demoSize struct {
	Problems, Heldout, Digits int
	Width, Layers, FFN        int
	Steps                     int    // of fine-tuning, at most
	Until                     string // share of right answers that ends it
	Group, Rounds, Evaluate   int    // prompts of a batch, batches, and batches between evaluations
}

// Measured on two cores: the model of the full size answers three sums in ten
// after about 500 steps with behaviors or without, and half as many again after
// 80 rounds; everything together takes 126 seconds of processor time.
var demoSizes = map[bool]demoSize{
	false: {Problems: 4000, Heldout: 100, Digits: 3, Width: 64, Layers: 2, FFN: 192, Steps: 800, Until: "0.3", Group: 16, Rounds: 80, Evaluate: 10},
	true:  {Problems: 300, Heldout: 12, Digits: 1, Width: 16, Layers: 1, FFN: 32, Steps: 20, Until: "0", Group: 4, Rounds: 4, Evaluate: 2},
}

// demoArms are the two corpora that are compared, and the longest answer that
// either model gets room for.
var demoArms = []struct {
	name      string
	behaviors bool
	maxTokens int
}{{"vanilla", false, 96}, {"injected", true, 192}}

func (a *app) demoVerb() *cobra.Command {
	var out string
	var fast bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "See the whole way in a few minutes: problems, two corpora, training, reinforcement",
		Long: `Demo makes sums worked out digit by digit, compiles them twice, as they are and
with behaviors woven in, trains a small model on each, reinforces both, and draws
how many answers to held-out sums are right. It runs the verbs that you would
type and prints each first, so that any of them can be pasted and changed. It
takes about two minutes of one core, or half of that of two; --fast takes seconds
and learns nothing.

Ctrl-C leaves everything usable; the same command goes on from there, and does
nothing twice. It is a tour of the machinery and shows nothing about behaviors:
one seed, one task, a model of 127 thousand parameters.`,
		Example: "  graft demo\n  graft demo -o /tmp/tour --fast",
		Args:    exactArgs(0, "no argument; -o names the folder"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.demo(cmd.Context(), &demo{app: a, dir: out, size: demoSizes[fast]}, fast)
		},
	}
	cmd.Flags().StringVarP(&out, "out", "o", "demo", "`FOLDER` for all files")
	cmd.Flags().BoolVar(&fast, "fast", false, "the smallest sizes, to see that it runs")
	return cmd
}

func (a *app) demo(ctx context.Context, d *demo, fast bool) error {
	begun := time.Now()
	err := d.run(ctx)
	if err != nil && ctx.Err() != nil {
		again := []string{"demo", "-o", d.dir}
		if fast {
			again = append(again, "--fast")
		}
		fmt.Fprintf(a.errs, "graft: the demo stopped; the same command goes on from there: %s\n", commandLine(again...))
		return interrupted{err}
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(a.errs, "\nall of it took %s\n", time.Since(begun).Round(time.Second))
	return nil
}

// A demo is one run of the verb.
type demo struct {
	*app
	dir  string
	size demoSize
}

func (d *demo) path(name string) string { return filepath.Join(d.dir, name) }

// run goes the whole way. Each stage is a heading and the verbs below it.
func (d *demo) run(ctx context.Context) error {
	if err := d.write(); err != nil {
		return err
	}
	for _, stage := range []struct {
		heading string
		do      func(context.Context) error
	}{
		{"Problems: sums worked out digit by digit, some of them held out", d.problems},
		{"Two corpora from the same problems, and prompts to measure with", d.corpora},
		{"The same problem in both: on the left who wrote what", d.show},
		{"Fine-tuning: a small model learns each corpus", func(ctx context.Context) error { return d.train(ctx, "sft") }},
		{"Reinforcement: both models try, and what is right becomes likelier", func(ctx context.Context) error { return d.train(ctx, "rft") }},
		{"The share of held-out sums answered rightly", d.curves},
	} {
		fmt.Fprintf(d.errs, "\n== %s\n", stage.heading)
		if err := stage.do(ctx); err != nil {
			return err
		}
	}
	return d.where()
}

// write puts the recipes and run files into the folder. What is there already
// must be what would be written: another size, or an edit, is another demo.
func (d *demo) write() error {
	if err := os.MkdirAll(d.dir, 0o777); err != nil {
		return err
	}
	files, err := d.files()
	if err != nil {
		return err
	}
	for name, text := range files {
		old, err := os.ReadFile(d.path(name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			err = writeWhole(d.path(name), text)
		case err == nil && !bytes.Equal(old, text):
			err = fmt.Errorf("%s is not what this demo would write: it was edited, or is of another size (--fast); -o names another folder", d.path(name))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// files are the recipes and run files by name.
func (d *demo) files() (map[string][]byte, error) {
	files := map[string][]byte{}
	fill := func(name, from string, values map[string]any) error {
		t, err := template.ParseFS(demoFiles, "demo/"+from)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		err = t.Execute(&b, values)
		files[name] = b.Bytes()
		return err
	}
	s := d.size
	err := fill("heldout.yaml", "corpus.yaml", map[string]any{"Arm": "heldout", "Traces": "heldout.jsonl", "Behaviors": false,
		"About": "Sums that no model is trained on, to measure with."})
	for _, arm := range demoArms {
		about := "The sums as they are."
		if arm.behaviors {
			about = "The same sums, with behaviors woven into some."
		}
		values := map[string]any{"Arm": arm.name, "Traces": "sums.jsonl", "Behaviors": arm.behaviors, "About": about, "MaxTokens": arm.maxTokens,
			"Width": s.Width, "Layers": s.Layers, "FFN": s.FFN, "Steps": s.Steps, "Until": s.Until, "Group": s.Group, "Rounds": s.Rounds, "Evaluate": s.Evaluate}
		err = errors.Join(err, fill(arm.name+".yaml", "corpus.yaml", values),
			fill("sft-"+arm.name+".yaml", "sft.yaml", values), fill("rft-"+arm.name+".yaml", "rft.yaml", values))
	}
	return files, err
}

// once runs a verb unless the file that it makes is there.
func (d *demo) once(ctx context.Context, makes string, args ...string) error {
	if _, err := os.Stat(d.path(makes)); err == nil {
		_, err := fmt.Fprintf(d.errs, "%s is there already\n", d.path(makes))
		return err
	}
	return d.sub(ctx, args...)
}

func (d *demo) problems(ctx context.Context) error {
	digits := strconv.Itoa(d.size.Digits)
	for _, set := range []struct {
		file    string
		n, seed int
	}{{"sums.jsonl", d.size.Problems, 1}, {"heldout.jsonl", d.size.Heldout, 2}} {
		err := d.once(ctx, set.file, "gen", "add", "-n", strconv.Itoa(set.n), "--seed", strconv.Itoa(set.seed),
			"--digits", digits, "--least", digits, "--short", digits, "--order", "low", "-o", d.path(set.file))
		if err != nil {
			return err
		}
	}
	return d.once(ctx, "tokenizer.json", "tokenizer", "train", d.path("sums.jsonl"), "--vocab", "320", "-o", d.path("tokenizer.json"))
}

func (d *demo) corpora(ctx context.Context) error {
	for _, name := range []string{"vanilla", "injected", "heldout"} {
		if err := d.once(ctx, filepath.Join(name, shard.ManifestName), "build", d.path(name+".yaml"), "-o", d.path(name)); err != nil {
			return err
		}
	}
	return nil
}

// show prints the first record that took a step back, and the same one without.
func (d *demo) show(ctx context.Context) error {
	m, err := shard.ReadManifest(d.path("injected"))
	if err != nil {
		return err
	}
	r, err := findRecord(d.path("injected"), m, nil, showOptions{behavior: "backtracking"})
	if err != nil {
		return err
	}
	for _, arm := range demoArms {
		if err := d.sub(ctx, "show", d.path(arm.name), r.RecordID); err != nil {
			return err
		}
	}
	return nil
}

// train goes on from where each run is; a finished one only says so.
func (d *demo) train(ctx context.Context, kind string) error {
	for _, arm := range demoArms {
		if err := d.sub(ctx, "train", kind, d.path(kind+"-"+arm.name+".yaml")); err != nil {
			return err
		}
	}
	return nil
}

func (d *demo) curves(ctx context.Context) error {
	vanilla, injected := d.path("rft-vanilla"), d.path("rft-injected")
	if err := d.sub(ctx, "train", "plot", vanilla, injected, "-o", d.path("curves.svg")); err != nil {
		return err
	}
	if err := d.sub(ctx, "train", "plot", vanilla, injected, "--text"); err != nil {
		return err
	}
	_, err := fmt.Fprint(d.out, "\nThis shows the machinery and claims nothing: one seed, one task, a tiny model.\n")
	return err
}

// where says what lies where.
func (d *demo) where() error {
	fmt.Fprintf(d.out, "\nwhat is where:\n")
	rows := [][]string{}
	for _, f := range [][2]string{
		{"sums.jsonl", "the problems, with a trace each; heldout.jsonl to measure with"},
		{"injected.yaml", "the recipe with behaviors; vanilla.yaml without"},
		{"injected/", "the corpus: records, packed shards, where each came from; README.md is its data card"},
		{"sft-injected.yaml", "the run file of fine-tuning; rft-injected.yaml of reinforcement"},
		{"sft-injected/model/", "the fine-tuned model, as Hugging Face reads it"},
		{"rft-injected/model/", "the reinforced one"},
		{"rft-injected/rollouts/", "every answer it gave, with log-probabilities and reward; samples.jsonl has some to read"},
		{"rft-injected/metrics.jsonl", "the numbers of every step, beside event files for TensorBoard"},
		{"curves.svg", "all curves of both runs"},
	} {
		rows = append(rows, []string{d.path(f[0]), f[1]})
	}
	d.table(rows)
	_, err := fmt.Fprintf(d.out, "\nnext:\n  %s\n  %s\n", commandLine("eval", d.path("rft-injected/model"), d.path("heldout"), "--samples", "8"),
		commandLine("help", "build"))
	return err
}
