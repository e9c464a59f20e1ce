package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/seed-cdf14512/graft/augment"
)

// The exit codes.
const (
	done  = 0
	wrong = 1 // the data or the recipe is wrong
	usage = 2 // the command line is wrong
	broke = 3 // graft, the disk or the machine failed, or the user interrupted
)

// errReported ends a verb with exit code 1 after it has said why.
var errReported = errors.New("reported")

// A usageError is a fault of the command line.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(text string, args ...any) error { return &usageError{fmt.Sprintf(text, args...)} }

func exitCode(err error) int {
	var use *usageError
	var errno syscall.Errno
	switch {
	case err == nil:
		return done
	case errors.As(err, &use):
		return usage
	case errors.Is(err, context.Canceled), errors.Is(err, os.ErrClosed):
		return broke
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission), errors.Is(err, fs.ErrExist),
		errors.Is(err, syscall.EISDIR), errors.Is(err, syscall.ENOTDIR):
		return wrong // a path that somebody wrote
	case errors.As(err, &errno):
		return broke // no space, no memory, a bad disk
	}
	return wrong
}

// exactArgs wants n arguments and says what they are.
func exactArgs(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usagef("%s wants %s; see graft help %s", cmd.CommandPath()[len("graft "):], what, cmd.Name())
		}
		return nil
	}
}

// rangeArgs wants lo to hi arguments.
func rangeArgs(lo, hi int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < lo || len(args) > hi {
			return usagef("%s wants %s; see graft help %s", cmd.CommandPath()[len("graft "):], what, cmd.Name())
		}
		return nil
	}
}

// loadPlan loads a recipe and prints what is wrong with it.
func (a *app) loadPlan(path string) (*augment.Plan, error) {
	plan, ds, err := augment.Load(path, a.suite)
	if err != nil {
		return nil, err
	}
	fmt.Fprint(a.errs, ds)
	if plan == nil {
		return nil, errReported
	}
	return plan, nil
}
