package train

import (
	"fmt"
	"strings"

	"github.com/seed-cdf14512/graft/train/internal/model"
)

// memoryNote says what a run will hold: the account of its model, a frozen
// reference where there is one, and what decoding adds to their arena.
func memoryNote(m, reference *model.Model, arena int) string {
	rooms := append(model.Budget(nil), m.Budget()...)
	if reference != nil {
		rooms = append(rooms, model.Room{Name: "reference", Bytes: reference.Budget().Bytes()})
	}
	if rest := arena - rooms.Bytes(); rest > 0 {
		rooms = append(rooms, model.Room{Name: "decoding", Bytes: rest})
	}
	var parts []string
	for _, room := range rooms {
		parts = append(parts, room.Name+" "+mebibytes(room.Bytes))
	}
	return fmt.Sprintf("memory: %s MiB predicted = %s", mebibytes(arena), strings.Join(parts, " + "))
}

func mebibytes(n int) string { return fmt.Sprintf("%.1f", float64(n)/(1<<20)) }
