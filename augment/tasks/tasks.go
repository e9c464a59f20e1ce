// Package tasks is the table of problem generators. Their problems have a known
// dependency graph or a known search tree, so that a program can prove whatever
// a behavior says about them. A problem is drawn from a stream of chance that is
// keyed by seed, generator and index, so that the same seed gives the same bytes
// whatever the number of workers, and a longer set begins with a shorter one.
package tasks

import (
	"fmt"
	"math/rand/v2"
	"reflect"

	"github.com/seed-cdf14512/graft/augment/tasks/add"
	"github.com/seed-cdf14512/graft/augment/tasks/countdown"
	"github.com/seed-cdf14512/graft/augment/tasks/dyval"
	"github.com/seed-cdf14512/graft/augment/tasks/edits"
	"github.com/seed-cdf14512/graft/augment/tasks/igsm"
	"github.com/seed-cdf14512/graft/format"
)

// A Draw makes one problem with its reference attempts from a source of chance.
// It may hold scratch: one goroutine, one Draw.
type Draw func(*rand.Rand) (format.Record, error)

// A Task is one generator of problems.
type Task struct {
	Name   string
	Doc    string // a summary line, a blank line, the full explanation
	Params any    // pointer to a struct holding the defaults; tags as for behaviors
	New    func(params any) (Draw, error)
}

// Tasks is the list of generators.
var Tasks = []Task{
	{"igsm", igsmDoc, &igsm.Defaults, with(igsm.New)},
	{"dyval", dyvalDoc, &dyval.Defaults, with(dyval.New)},
	{"countdown", countdownDoc, &countdown.Defaults, with(countdown.New)},
	{"add", addDoc, &add.Defaults, with(add.New)},
	{"edits", editsDoc, &edits.Defaults, with(edits.New)},
}

const dyvalDoc = `expressions as graphs of named values, and reachability

Every premise names one value; the trace works out what is needed, operands
first. Sets as published: training --depth 4 --more 8; tests --depth 5 --more 8,
and outside the training range --depth 5 --redundant 20 --more 2. --kind boolean
takes truth values instead of numbers, --kind reach asks for a way in a graph.`

const countdownDoc = `numbers to be combined to a target, solved or searched

--trace solution writes the moves that make the target, dfs and beam the whole
search with every state visited; --failures keeps searches that find nothing
within their budget, labelled wrong, and without it puzzles too hard for the
budget are drawn again. --compact writes one token a number.`

const addDoc = `additions of many digits, highest or lowest digit first

The trace adds column by column with its carries; --order low writes numbers
with their lowest digit first.`

const editsDoc = `drafts with known errors, repaired by as few edits as possible

A draft of a solution is corrupted by --ops at --rate, a line at a time or, with
--granularity token, a token at a time. The trace is the shortest script that
repairs it (Levenshtein's distance); every edit names its place and what stands
there, and how many are left. The checker, edits, works the solution out from the
question and carries the script out: a wasted edit, a wrong place or a wrong count
is found at its step. Some drafts have no error, and are to be left alone.

  Start with 12. Then add 7, subtract 4.
  The draft below may have errors. Repair it with as few edits as possible:
  delete, insert or replace one line at a time.
  Draft:
  1: 12 + 7 = 19
  2: 19 - 4 = 14

  replace 2: 19 - 4 = 14 -> 19 - 4 = 15 (0 left)
  #### 12 + 7 = 19; 19 - 4 = 15`

const igsmDoc = `arithmetic in layered worlds, with redundant premises

Premises in random order define quantities by other quantities; the trace
computes what is asked for in an order that never needs what is not known yet.
With --mod it writes the clipped solutions of the original mod-23 problems,
otherwise whole-number reasoning with answers below --limit. Sets as published:

  training           --min-op 15 --max-op 20
  validation         --min-op 21 --max-op 25
  test               --op 20, and outside the training range --op 25
  original, medium   --mod 23 --min-op 1 --max-op 15 --instances 20, outside --op 20 to --op 23
  original, hard     --mod 23 --min-op 1 --max-op 21 --instances 28, outside --op 28 to --op 32

--bins train and --bins test share no template of a solution.`

// Find returns the task of that name, or nil.
func Find(name string) *Task {
	for i := range Tasks {
		if Tasks[i].Name == name {
			return &Tasks[i]
		}
	}
	return nil
}

// Copy returns a pointer to a copy of the defaults, for a caller to change.
func (t *Task) Copy() any {
	v := reflect.New(reflect.TypeOf(t.Params).Elem())
	v.Elem().Set(reflect.ValueOf(t.Params).Elem())
	return v.Interface()
}

// with makes a New of the table from one with a parameter type of its own.
func with[P any](f func(P) (func(*rand.Rand) (format.Record, error), error)) func(any) (Draw, error) {
	return func(params any) (Draw, error) {
		p, ok := params.(*P)
		if !ok {
			return nil, fmt.Errorf("parameters are %T, must be %T", params, (*P)(nil))
		}
		draw, err := f(*p)
		return draw, err
	}
}
