package train

import (
	"errors"
	"fmt"
	"strings"

	"github.com/seed-cdf14512/graft/train/internal/decode"
	"github.com/seed-cdf14512/graft/train/internal/device"
	"github.com/seed-cdf14512/graft/train/internal/model"
)

// A Room is a part of the memory that a run holds.
type Room struct {
	Name  string `json:"name"`
	Bytes int    `json:"bytes"`
}

// A Beside is asked before an arena of so many bytes is reserved in the memory of this
// process: what that holds beside it.
type Beside func(arena int) []Room

// A memory is what a run holds on its device, in bytes: the arena, and on a GPU what
// operations need beside it; on the CPU, what the process holds besides.
type memory struct {
	arena, scratch int
	beside         []Room
}

// reserve takes the arena of a model and its engine, which may be nil, and room for all
// that their operations need beside it. ask may be nil.
func (held *memory) reserve(m *model.Model, e *decode.Engine, ask Beside) error {
	p, planner := m.Device().(device.Planner)
	if ask != nil && !planner {
		held.beside = ask(held.arena)
	}
	if err := m.Device().Reserve(held.arena); err != nil {
		return fmt.Errorf("%d MiB for weights, cache and workspace: %w", held.arena>>20, err)
	}
	if !planner {
		return nil
	}
	var wrong error
	n, err := p.Rehearse(func() {
		if wrong = m.Rehearse(); wrong == nil && e != nil {
			wrong = e.Rehearse()
		}
	})
	held.scratch = n
	return errors.Join(wrong, err)
}

// rooms is the account of a memory: of its model, of a frozen reference where there
// is one that takes something, of what decoding adds, and of scratch.
func rooms(m, reference *model.Model, held memory) (all []Room) {
	rest := held.arena
	add := func(name string, bytes int) {
		if bytes > 0 {
			all = append(all, Room{name, bytes})
			rest -= bytes
		}
	}
	for _, r := range m.Budget() {
		add(r.Name, r.Bytes)
	}
	if reference != nil {
		add("reference", reference.Budget().Bytes())
	}
	add("decoding", rest)
	add("scratch", held.scratch)
	return append(all, held.beside...)
}

// memoryNote says what a run will hold.
func memoryNote(all []Room) string {
	var parts []string
	sum := 0
	for _, r := range all {
		parts = append(parts, r.Name+" "+mebibytes(r.Bytes))
		sum += r.Bytes
	}
	return fmt.Sprintf("memory: %s MiB predicted = %s", mebibytes(sum), strings.Join(parts, " + "))
}

func mebibytes(n int) string { return fmt.Sprintf("%.1f", float64(n)/(1<<20)) }

// parametersNote counts the weights of a model, and those that are trained if they
// are not all.
func parametersNote(m *model.Model) string {
	n, trained := m.Parameters(), m.TrainedParameters()
	if trained == 0 || trained == n {
		return fmt.Sprintf("%d parameters", n)
	}
	return fmt.Sprintf("%d parameters, %d trained", n, trained)
}
