package train

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"

	"github.com/seed-cdf14512/graft/train/internal/events"
	"github.com/seed-cdf14512/graft/train/internal/weights"
)

// The files of a run that grow by a line a step.
const (
	metricsName = "metrics.jsonl"
	timingName  = "timing.jsonl"
	samplesName = "samples.jsonl"
)

// A Metric is one number of a step. A name with slashes is a curve of the panel
// before the last one.
type Metric struct {
	Name  string
	Value float64
}

// A Sample is what the model said, and what it got for it.
type Sample struct {
	Prompt   string  `json:"prompt"`
	Response string  `json:"response"`
	Truth    string  `json:"truth,omitempty"`
	Finish   string  `json:"finish,omitempty"`
	Reward   float64 `json:"reward"`
}

// A journal writes down the course of a run: metrics.jsonl and samples.jsonl,
// whose bytes follow from the run alone, timing.jsonl, and an event file.
type journal struct {
	metrics, timing, samples *lines
	events                   *events.Writer
}

// openJournal begins or goes on with the journal of the folder dir, after the
// given step: what was written of later ones is taken out, so that a resumed run
// leaves the bytes of one that was never interrupted. Where that step is still to
// be measured, what a killed process said of it goes too.
func openJournal(dir string, after int64, measured bool) (j *journal, err error) {
	j = new(journal)
	defer func() {
		if err != nil {
			j.close()
		}
	}()
	for _, f := range []struct {
		to   **lines
		name string
	}{{&j.metrics, metricsName}, {&j.timing, timingName}, {&j.samples, samplesName}} {
		if *f.to, err = openLines(filepath.Join(dir, f.name), after, measured); err != nil {
			return nil, err
		}
	}
	j.events, err = events.Create(dir, after+1)
	return j, err
}

// log writes the metrics of a step.
func (j *journal) log(step int64, metrics []Metric) error {
	if err := j.metrics.write(line(step, metrics)); err != nil {
		return err
	}
	return j.curves(step, metrics)
}

// time writes what of a step differs from run to run.
func (j *journal) time(step int64, metrics []Metric) error {
	if err := j.timing.write(line(step, metrics)); err != nil {
		return err
	}
	return j.curves(step, metrics)
}

func (j *journal) curves(step int64, metrics []Metric) error {
	for _, m := range metrics {
		if err := j.events.Scalar(step, m.Name, m.Value); err != nil {
			return err
		}
	}
	return j.events.Flush()
}

// sample writes samples of a step.
func (j *journal) sample(step int64, samples []Sample) error {
	for _, s := range samples {
		b, err := json.Marshal(struct {
			Step int64 `json:"step"`
			Sample
		}{step, s})
		if err != nil {
			return err
		}
		if err := j.samples.write(append(b, '\n')); err != nil {
			return err
		}
		text := fmt.Sprintf("reward %g\n\n```\n%s%s\n```\n", s.Reward, s.Prompt, s.Response)
		if err := j.events.Text(step, "samples", text); err != nil {
			return err
		}
	}
	return j.events.Flush()
}

// sync puts everything on disk: before a checkpoint says that it happened.
func (j *journal) sync() error {
	return errors.Join(j.metrics.f.Sync(), j.timing.f.Sync(), j.samples.f.Sync(), j.events.Flush())
}

func (j *journal) close() error {
	var errs []error
	for _, l := range []*lines{j.metrics, j.timing, j.samples} {
		if l != nil {
			errs = append(errs, l.f.Close())
		}
	}
	if j.events != nil {
		errs = append(errs, j.events.Close())
	}
	return errors.Join(errs...)
}

// line is a JSON object with the step first and the metrics in their order.
// What is no number in JSON stands as text.
func line(step int64, metrics []Metric) []byte {
	b := strconv.AppendInt([]byte(`{"step":`), step, 10)
	for _, m := range metrics {
		b = strconv.AppendQuote(append(b, ','), m.Name)
		b = append(b, ':')
		if math.IsNaN(m.Value) || math.IsInf(m.Value, 0) {
			b = strconv.AppendQuote(b, fmt.Sprint(m.Value))
		} else {
			b = strconv.AppendFloat(b, m.Value, 'g', -1, 64)
		}
	}
	return append(b, '}', '\n')
}

// A lines is a file of lines that begin with their step.
type lines struct{ f *os.File }

// A lineHead is what of a line says whether it goes: RFT has a line of its own for
// what is measured after a step, or before the first.
type lineHead struct {
	Step    *int64          `json:"step"`
	Loss    json.RawMessage `json:"loss"`
	Measure json.RawMessage `json:"evaluate/greedy"`
}

// beyond reports whether a line is of later than a step, or of its evaluation
// where that is still to come.
func (h *lineHead) beyond(step int64, measured bool) bool {
	return *h.Step > step || *h.Step == step && !measured && h.Measure != nil && h.Loss == nil
}

// openLines opens the file and drops the lines after a step. A last line
// that was cut short is one of them.
func openLines(path string, after int64, measured bool) (*lines, error) {
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	keep := 0
	for l := range bytes.Lines(old) {
		var head lineHead
		whole := bytes.HasSuffix(l, []byte("\n"))
		if whole && json.Unmarshal(l, &head) != nil || head.Step == nil && whole {
			return nil, fmt.Errorf("%s: the line at byte %d is none of graft's: %.80q", path, keep, l)
		}
		if !whole || head.beyond(after, measured) {
			break
		}
		keep += len(l)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err = f.Truncate(int64(keep)); err == nil {
		_, err = f.Seek(0, 2)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &lines{f}, nil
}

func (l *lines) write(b []byte) error {
	_, err := l.f.Write(b)
	return err
}

// readMetrics reads the metrics of every step of a file of a journal.
func readMetrics(path string) (steps []int64, all []map[string]float64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<20)
	for n := 1; in.Scan(); n++ {
		var raw map[string]any
		if err := json.Unmarshal(in.Bytes(), &raw); err != nil {
			return nil, nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
		values := map[string]float64{}
		for k, v := range raw {
			if x, ok := v.(float64); ok {
				values[k] = x
			} else {
				values[k] = math.NaN()
			}
		}
		steps = append(steps, int64(values["step"]))
		delete(values, "step")
		all = append(all, values)
	}
	return steps, all, in.Err()
}

// writeWhole writes a file so that it is there whole or not at all.
func writeWhole(path string, data []byte) error {
	tmp := path + ".partial"
	os.Remove(tmp) // what a killed process left
	if err := weights.WriteText(tmp, data); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}
