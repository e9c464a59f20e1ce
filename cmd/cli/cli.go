// Package cli is graft's command line: one file a verb. It takes the suite of
// behaviors and imports none, so that anybody can build a graft with more: a
// main package of five lines that calls Main with a longer suite.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format/strict"
)

// Main runs the command line of this process and exits.
func Main(suite augment.Suite) {
	PaceCollector()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	code := Run(ctx, suite, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// PaceCollector lets the heap grow to five times what lives in it, because what
// a build keeps is little and what it throws away is much, but not beyond 640 MiB
// as long as that can be helped. GOGC and GOMEMLIMIT still say otherwise.
func PaceCollector() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(640 << 20)
	}
}

// paceTraining is PaceCollector for verbs that hold a model: it is one block that
// lives as long as the run, with little garbage beside it.
func paceTraining() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(10)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(math.MaxInt64)
	}
}

// Run runs one command line and returns its exit code. Results go to out,
// everything else to errs.
func Run(ctx context.Context, suite augment.Suite, args []string, in io.Reader, out, errs io.Writer) (code int) {
	defer func() {
		if p := recover(); p != nil {
			fmt.Fprintf(errs, "graft: bug: %v\n\n%s\nPlease report this with the recipe and the input that led to it.\n", p, debug.Stack())
			code = broke
		}
	}()
	if err := suite.Validate(); err != nil {
		fmt.Fprintf(errs, "graft: bug: %v\n", err)
		return broke
	}
	a := &app{suite: suite, in: in, out: &trackedWriter{w: out}, errs: errs}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(a.out)
	root.SetErr(errs)
	err := root.ExecuteContext(ctx)
	if err == nil {
		err = a.out.err
	}
	if err != nil && !errors.Is(err, errReported) {
		fmt.Fprintf(errs, "graft: %v\n", err)
	}
	return exitCode(err)
}

// An app is one run of the command line.
type app struct {
	suite augment.Suite
	in    io.Reader
	out   *trackedWriter
	errs  io.Writer
	color string
	inner bool // another verb runs this one, and has its own hints on what is next
}

// A trackedWriter remembers that results could not be written: a full disk
// behind a pipe must not look like success.
type trackedWriter struct {
	w   io.Writer
	err error
}

func (t *trackedWriter) Write(b []byte) (int, error) {
	if t.err != nil {
		return 0, t.err
	}
	n, err := t.w.Write(b)
	if err != nil {
		t.err = fmt.Errorf("standard output: %w", err)
	}
	return n, err
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "graft",
		Short: "Compile reasoning traces into behavior-injected training corpora",
		Long: `graft compiles raw reasoning traces into training corpora: it reads traces,
grades them, weaves behaviors such as reflection, backtracking and verification
into them, proves every edit, and writes token shards that a trainer reads.

A build is described by a recipe, one YAML file. Start with: graft init`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown verb %q%s", args[0], nearVerb(cmd, args[0]))
			}
			return cmd.Help()
		},
		PersistentPreRunE: func(*cobra.Command, []string) error { return a.checkColor() },
	}
	root.PersistentFlags().StringVar(&a.color, "color", "auto", "color the output: auto, always or never (NO_COLOR counts)")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usagef("%v; see graft help %s", err, cmd.Name()) })
	root.CompletionOptions.HiddenDefaultCmd = false
	root.SetHelpCommandGroupID("about")
	root.SetCompletionCommandGroupID("about")
	root.AddGroup(
		&cobra.Group{ID: "make", Title: "Make a corpus:"},
		&cobra.Group{ID: "read", Title: "Look at it:"},
		&cobra.Group{ID: "train", Title: "Train on it:"},
		&cobra.Group{ID: "about", Title: "Ask graft:"},
	)
	for _, g := range []struct {
		group string
		verbs []*cobra.Command
	}{
		{"make", []*cobra.Command{a.sampleVerb(), a.graphVerb(), a.initVerb(), a.genVerb(), a.peekVerb(), a.lintVerb(), a.buildVerb(), a.exportVerb(), a.tokenizerVerb()}},
		{"read", []*cobra.Command{a.showVerb(), a.statsVerb(), a.checkVerb(), a.diffVerb(), a.tokenizeVerb()}},
		{"train", []*cobra.Command{a.demoVerb(), a.trainVerb(), a.evalVerb()}},
		{"about", []*cobra.Command{a.listVerb(), a.explainVerb(), a.schemaVerb(), a.versionVerb()}},
	} {
		for _, v := range g.verbs {
			v.GroupID = g.group
			root.AddCommand(v)
		}
	}
	if topic := a.behaviorsTopic(); topic != nil {
		root.AddCommand(topic)
	}
	return root
}

func nearVerb(root *cobra.Command, got string) string {
	var verbs []string
	for _, c := range root.Commands() {
		verbs = append(verbs, c.Name())
	}
	return strict.Suggest("verbs", got, verbs)
}
