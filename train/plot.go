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

// panelOf says which metrics stand in the panel of another, and which are not
// drawn. Every other metric has a panel of its own, and those with a slash share
// one.
var panelOf = map[string]string{"validation": "loss", "tokens": "", "weight": ""}

// Plot draws the metrics of runs, by their out folders, as one SVG in a file. Of
// several runs each is a curve of every panel.
func Plot(file string, dirs ...string) error {
	var panels []plot.Panel
	for _, dir := range dirs {
		path := filepath.Join(dir, metricsName)
		steps, all, err := readMetrics(path)
		if err != nil {
			return err
		}
		if len(steps) == 0 {
			return fmt.Errorf("%s: no step was logged yet", path)
		}
		prefix := ""
		if len(dirs) > 1 {
			prefix = filepath.Base(filepath.Clean(dir)) + " "
		}
		panels = addCurves(panels, prefix, steps, all)
	}
	var b bytes.Buffer
	if err := plot.Write(&b, strings.Join(dirs, ", "), "step", panels); err != nil {
		return err
	}
	return writeWhole(file, b.Bytes())
}

// PlotText draws one metric of runs with characters, a curve a run. An empty
// metric is the share of right answers where every run measured it, otherwise
// the loss.
func PlotText(w io.Writer, metric string, dirs ...string) error {
	var runs [][]map[string]float64
	var at [][]int64
	for _, dir := range dirs {
		path := filepath.Join(dir, metricsName)
		steps, all, err := readMetrics(path)
		if err != nil {
			return err
		}
		if len(steps) == 0 {
			return fmt.Errorf("%s: no step was logged yet", path)
		}
		runs, at = append(runs, all), append(at, steps)
	}
	if metric == "" {
		metric = commonest(runs)
	}
	panel := plot.Panel{Title: metric}
	for i, all := range runs {
		c := plot.Curve{Name: dirs[i], Points: pointsOf(metric, at[i], all)}
		if len(c.Points) == 0 {
			return fmt.Errorf("%s has no metric %q%s", dirs[i], metric, strict.Suggest("metrics", metric, metricsOf(all)))
		}
		panel.Curves = append(panel.Curves, c)
	}
	return panel.Text(w, "step")
}

// answersMetric is what people look at first.
const answersMetric = "evaluate/greedy"

func commonest(runs [][]map[string]float64) string {
	for _, all := range runs {
		if !slices.Contains(metricsOf(all), answersMetric) {
			return "loss"
		}
	}
	return answersMetric
}

// metricsOf are the names of the metrics of a run, in order.
func metricsOf(all []map[string]float64) []string {
	names := map[string]bool{}
	for _, values := range all {
		for name := range values {
			names[name] = true
		}
	}
	return sortedKeys(names)
}

func pointsOf(metric string, steps []int64, all []map[string]float64) (points []plot.Point) {
	for i, values := range all {
		if v, ok := values[metric]; ok {
			points = append(points, plot.Point{X: float64(steps[i]), Y: v})
		}
	}
	return points
}

// addCurves adds a curve for each metric of a run. Loss comes first, then what
// others have by name.
func addCurves(panels []plot.Panel, prefix string, steps []int64, all []map[string]float64) []plot.Panel {
	for _, name := range metricsOf(all) {
		title, curve := name, name
		if at := strings.LastIndexByte(name, '/'); at > 0 {
			title, curve = name[:at], name[at+1:]
		} else if to, ok := panelOf[name]; ok {
			title = to
		}
		if title == "" {
			continue
		}
		c := plot.Curve{Name: prefix + curve, Points: pointsOf(name, steps, all)}
		at := slices.IndexFunc(panels, func(p plot.Panel) bool { return p.Title == title })
		if at < 0 {
			at = len(panels)
			panels = append(panels, plot.Panel{Title: title})
		}
		panels[at].Curves = append(panels[at].Curves, c)
	}
	slices.SortStableFunc(panels, func(a, b plot.Panel) int { return rank(a) - rank(b) })
	return panels
}

func rank(p plot.Panel) int {
	if p.Title == "loss" {
		return 0
	}
	return 1
}
