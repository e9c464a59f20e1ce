package train

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/format/strict"
	"github.com/seed-cdf14512/graft/train/internal/plot"
)

// A place says in which panel a metric stands; the table is their order. A metric
// that is not here has a panel of its own behind them, and those with a slash in
// their name share one.
type place struct {
	metric, panel string
	always        bool // drawn even where it never changes
}

func places() []place {
	return []place{
		{answersMetric, "answers right", true}, {"evaluate/mean", "answers right", false},
		{"reward", "reward", true}, {"correct", "reward", false},
		{"loss", "loss", true}, {"validation", "loss", false},
		{"length", "length of answers, in tokens", false}, {"evaluate/length", "length of answers, in tokens", false},
		{"stopped", "answers that end by themselves", false}, {"evaluate/stopped", "answers that end by themselves", false},
		{"live", "groups with right and wrong answers", false},
		{"entropy", "entropy", false}, {"kl", "divergence from the reference", false},
		{"gradient", "length of the gradient", false}, {"rate", "learning rate", false},
	}
}

// undrawn are metrics that nobody reads as a curve.
var undrawn = []string{"tokens", "weight"}

// placeOf is the place of a metric, and its rank among panels.
func placeOf(metric string) (place, int) {
	all := places()
	if i := slices.IndexFunc(all, func(p place) bool { return p.metric == metric }); i >= 0 {
		return all[i], i
	}
	if strings.HasPrefix(metric, "evaluate/pass@") {
		return place{metric, "answers right", false}, 0
	}
	if at := strings.LastIndexByte(metric, '/'); at > 0 {
		return place{metric, metric[:at], false}, len(all)
	}
	return place{metric, metric, false}, len(all)
}

// A logged is what one run has logged.
type logged struct {
	name  string // of the curves
	steps []int64
	all   []map[string]float64
}

// readRuns reads the metrics of runs by their out folders. Their names are those
// of the folders, or the whole paths where two folders have one name.
func readRuns(dirs []string) (runs []logged, err error) {
	seen := map[string]bool{}
	for _, dir := range dirs {
		path := filepath.Join(dir, metricsName)
		steps, all, err := readMetrics(path)
		if err != nil {
			return nil, err
		}
		if len(steps) == 0 {
			return nil, fmt.Errorf("%s: no step was logged yet", path)
		}
		runs = append(runs, logged{filepath.Base(filepath.Clean(dir)), steps, all})
	}
	for _, r := range runs {
		if seen[r.name] {
			for i := range runs {
				runs[i].name = dirs[i]
			}
			break
		}
		seen[r.name] = true
	}
	return runs, nil
}

// Plot draws the metrics of runs, by their out folders, as one SVG in a file. Of
// several runs each is a curve of every panel. What never changes is told below.
func Plot(file string, dirs ...string) error {
	runs, err := readRuns(dirs)
	if err != nil {
		return err
	}
	panels, constant := panelsOf(runs)
	var notes []string
	if len(constant) > 0 {
		notes = append(notes, "the same at every step: "+strings.Join(constant, ", "))
	}
	var b bytes.Buffer
	if err := plot.Write(&b, strings.Join(dirs, ", "), "step", panels, notes...); err != nil {
		return err
	}
	return writeWhole(file, b.Bytes())
}

// panelsOf sorts the metrics of runs into panels, and lists those that have one
// value in all of them.
func panelsOf(runs []logged) (panels []plot.Panel, constant []string) {
	ranks := map[string]int{}
	for _, name := range namesOf(runs) {
		if slices.Contains(undrawn, name) {
			continue
		}
		to, rank := placeOf(name)
		if v, same := onlyValue(runs, name); same && !to.always {
			constant = append(constant, fmt.Sprintf("%s %.6g", name, v))
			continue
		}
		if name == "correct" && equal(runs, "correct", "reward") {
			continue // nothing but right answers is paid
		}
		at := slices.IndexFunc(panels, func(p plot.Panel) bool { return p.Title == to.panel })
		if at < 0 {
			at, ranks[to.panel] = len(panels), rank
			panels = append(panels, plot.Panel{Title: to.panel})
		}
		ranks[to.panel] = min(ranks[to.panel], rank)
		for _, r := range runs {
			if points := r.points(name); len(points) > 0 {
				panels[at].Curves = append(panels[at].Curves, plot.Curve{Name: name + "\x00" + r.name, Points: points})
			}
		}
	}
	slices.SortStableFunc(panels, func(a, b plot.Panel) int { return ranks[a.Title] - ranks[b.Title] })
	for i := range panels {
		nameCurves(panels[i].Curves, len(runs))
	}
	return panels, constant
}

// nameCurves leaves of metric and run, which stand in the names with a zero between,
// what tells the curves of a panel apart.
func nameCurves(curves []plot.Curve, runs int) {
	metrics := map[string]bool{}
	for _, c := range curves {
		metric, _, _ := strings.Cut(c.Name, "\x00")
		metrics[metric] = true
	}
	for i := range curves {
		metric, run, _ := strings.Cut(curves[i].Name, "\x00")
		if last := metric[strings.LastIndexByte(metric, '/')+1:]; last == metric || !metrics[last] {
			metric = last // the panel says the rest
		}
		switch {
		case runs == 1:
			curves[i].Name = metric
		case len(metrics) == 1:
			curves[i].Name = run
		default:
			curves[i].Name = run + " " + metric
		}
	}
}

// equal reports whether two metrics are one.
func equal(runs []logged, a, b string) bool {
	for _, r := range runs {
		if !slices.Equal(r.points(a), r.points(b)) {
			return false
		}
	}
	return true
}

// onlyValue is the value that a metric has in every step of every run, if it has
// two at least.
func onlyValue(runs []logged, metric string) (v float64, same bool) {
	n := 0
	for _, r := range runs {
		for _, p := range r.points(metric) {
			if n > 0 && p.Y != v {
				return 0, false
			}
			v, n = p.Y, n+1
		}
	}
	return v, n > 1
}

// PlotText draws one metric of runs with characters, a curve a run. An empty
// metric is the share of right answers where every run measured it, otherwise
// the loss.
func PlotText(w io.Writer, metric string, dirs ...string) error {
	runs, err := readRuns(dirs)
	if err != nil {
		return err
	}
	if metric == "" {
		metric = answersMetric
		for _, r := range runs {
			if len(r.points(metric)) == 0 {
				metric = "loss"
			}
		}
	}
	panel := plot.Panel{Title: metric}
	for i, r := range runs {
		c := plot.Curve{Name: dirs[i], Points: r.points(metric)}
		if len(c.Points) == 0 {
			return fmt.Errorf("%s has no metric %q%s", dirs[i], metric, strict.Suggest("metrics", metric, namesOf(runs[i:i+1])))
		}
		panel.Curves = append(panel.Curves, c)
	}
	return panel.Text(w, "step")
}

// answersMetric is what people look at first.
const answersMetric = "evaluate/greedy"

// namesOf are the names of the metrics of runs, in order.
func namesOf(runs []logged) []string {
	names := map[string]bool{}
	for _, r := range runs {
		for _, values := range r.all {
			for name := range values {
				names[name] = true
			}
		}
	}
	return sortedKeys(names)
}

// points are the values of a metric by step.
func (r *logged) points(metric string) (points []plot.Point) {
	for i, values := range r.all {
		if v, ok := values[metric]; ok {
			points = append(points, plot.Point{X: float64(r.steps[i]), Y: v})
		}
	}
	return points
}
