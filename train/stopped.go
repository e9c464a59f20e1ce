package train

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// A stoppedBatch is what a run that met NaN leaves for whoever looks for the
// reason: the very tokens, and where they came from.
type stoppedBatch struct {
	Step     int64          `json:"step"`
	Position int64          `json:"position"`
	Why      string         `json:"why"`
	Micros   []stoppedMicro `json:"micro_batches"`
}

type stoppedMicro struct {
	Sources []source  `json:"sources"`
	IDs     []int32   `json:"ids"`
	Starts  []int32   `json:"starts"`
	Weights []float32 `json:"weights"`
}

// stopped saves the batch of a step that has no finite loss or gradient, and
// says what happened. Weights and checkpoints are as they were before the step.
func (s *sft) stopped(number int64, st *step, why string) error {
	out := stoppedBatch{Step: number, Position: s.position, Why: why}
	for i := range st.micros {
		m := &st.micros[i]
		out.Micros = append(out.Micros, stoppedMicro{m.sources, m.IDs, m.Starts, m.weights})
	}
	path, err := saveStopped(s.Out, number, out)
	if err != nil {
		return err
	}
	from := st.micros[0].sources[0]
	return fmt.Errorf("step %d: %s; its batch begins with %s, row %d, and is saved in %s; a lower optimizer.lr, a longer warmup or a smaller clip may help",
		number, why, from.File, from.Row, path)
}

// saveStopped writes what a run stopped at into the stopped folder of its own,
// and returns the path.
func saveStopped(out string, step int64, what any) (path string, err error) {
	b, err := json.MarshalIndent(what, "", " ")
	if err != nil {
		return "", err
	}
	dir := filepath.Join(out, "stopped")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	path = filepath.Join(dir, fmt.Sprintf(checkpointAs+".json", step))
	return path, writeWhole(path, append(b, '\n'))
}
