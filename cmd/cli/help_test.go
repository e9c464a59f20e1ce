package cli

import (
	"bytes"
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seed-cdf14512/graft/augment"
)

// Whatever verb a person asks about, the help shows how to use it, and what is
// read by people can be read by programs.
func TestEveryVerbHelps(t *testing.T) {
	a := &app{out: &trackedWriter{w: &bytes.Buffer{}}}
	noJSON := []string{"graft demo", "graft graph", "graft init", "graft schema", "graft tokenizer", "graft tokenizer train", "graft train"}
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		path := c.CommandPath()
		if c.Short == "" || c.Long == "" || !strings.Contains(c.Example, "  graft ") {
			t.Errorf("%s: short %q, long %q, example %q", path, c.Short, c.Long, c.Example)
		}
		if c.Flags().Lookup("json") == nil && !slices.Contains(noJSON, path) {
			t.Errorf("%s has no --json", path)
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" {
				t.Errorf("%s --%s says nothing", path, f.Name)
			}
		})
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	verbs := a.root().Commands()
	if len(verbs) < 14 {
		t.Errorf("%d verbs, want all of them", len(verbs))
	}
	for _, v := range verbs {
		visit(v)
	}
}

// Results that cannot be written are no success: a full disk is told apart from
// wrong data.
func TestFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("needs /dev/full")
	}
	defer full.Close()
	var errs bytes.Buffer
	if code := Run(context.Background(), augment.Suite{}, []string{"list"}, nil, full, &errs); code != broke {
		t.Errorf("exit code %d, want %d; said %q", code, broke, errs.String())
	}
}

// A broken suite is the programmer's fault and is named before any work.
func TestBrokenSuite(t *testing.T) {
	suite := augment.Suite{Behaviors: []*augment.Behavior{{Name: "Loud"}}}
	var out, errs bytes.Buffer
	code := Run(context.Background(), suite, []string{"lint", "../../testdata/recipes/quickstart.yaml"}, nil, &out, &errs)
	if code != broke || !strings.Contains(errs.String(), `behavior "Loud": the name must be one lower-case word`) {
		t.Errorf("exit code %d, said %q", code, errs.String())
	}
}
