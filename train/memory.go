package train

import (
	"fmt"
	"strings"

	"github.com/seed-cdf14512/graft/train/internal/model"
)

// A Room is a part of the memory that a run holds.
type Room struct {
	Name  string `json:"name"`
	Bytes int    `json:"bytes"`
}

// rooms is the account of an arena: of its model, of a frozen reference where there
// is one that takes something, and of what decoding adds.
func rooms(m, reference *model.Model, arena int) (all []Room) {
	rest := arena
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
	return all
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
