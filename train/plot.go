package train

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

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

// addCurves adds a curve for each metric of a run. Loss comes first, then what
// others have by name.
func addCurves(panels []plot.Panel, prefix string, steps []int64, all []map[string]float64) []plot.Panel {
	names := map[string]bool{}
	for _, values := range all {
		for name := range values {
			names[name] = true
		}
	}
	for _, name := range sortedKeys(names) {
		title, curve := name, name
		if at := strings.LastIndexByte(name, '/'); at > 0 {
			title, curve = name[:at], name[at+1:]
		} else if to, ok := panelOf[name]; ok {
			title = to
		}
		if title == "" {
			continue
		}
		c := plot.Curve{Name: prefix + curve}
		for i, values := range all {
			if v, ok := values[name]; ok {
				c.Points = append(c.Points, plot.Point{X: float64(steps[i]), Y: v})
			}
		}
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
