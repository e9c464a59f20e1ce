package plot

import (
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"
)

// The sizes of a panel of text, in characters, without numbers and frame.
const textWide, textHigh = 60, 14

// marks tell curves apart without color; where two meet stands mixed.
const (
	marks = "o*+x#%&@"
	mixed = '='
)

// Text draws the panel with characters, for a terminal: points as marks, joined
// by dots, axes with round numbers, and a legend with both ends of each curve.
// x says what the horizontal axis counts.
func (p Panel) Text(w io.Writer, x string) error {
	xs, ys := p.ranges()
	grid := newGrid(p, xs, ys)
	labels, gutter := map[int]string{}, 0
	for _, t := range ys.ticks() {
		text := number(t)
		labels[row(ys.share(t))] = text
		gutter = max(gutter, utf8.RuneCountInString(text))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%*s  %s\n", gutter, "", p.Title)
	for i, line := range grid {
		edge := "│"
		if labels[i] != "" {
			edge = "┤"
		}
		fmt.Fprintf(&b, "%*s %s%s\n", gutter, labels[i], edge, strings.TrimRight(string(line), " "))
	}
	fmt.Fprintf(&b, "%*s └%s\n%*s  %s\n\n", gutter, "", strings.Repeat("─", textWide), gutter, "", below(xs, x))
	for i, c := range p.Curves {
		fmt.Fprintf(&b, "  %c %s%s\n", marks[i%len(marks)], c.Name, c.ends(x))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func row(share float64) int    { return int(math.Round((textHigh - 1) * (1 - share))) }
func column(share float64) int { return int(math.Round((textWide - 1) * share)) }

// newGrid draws the curves, lines first, so that no line hides a mark.
func newGrid(p Panel, xs, ys span) [][]rune {
	grid := make([][]rune, textHigh)
	for i := range grid {
		grid[i] = []rune(strings.Repeat(" ", textWide))
	}
	for _, c := range p.Curves {
		for i := 1; i < len(c.Points); i++ {
			if from, to := c.Points[i-1], c.Points[i]; from.finite() && to.finite() {
				join(grid, column(xs.share(from.X)), row(ys.share(from.Y)), column(xs.share(to.X)), row(ys.share(to.Y)))
			}
		}
	}
	for i, c := range p.Curves {
		mark := rune(marks[i%len(marks)])
		for _, q := range c.Points {
			if !q.finite() {
				continue
			}
			at := &grid[row(ys.share(q.Y))][column(xs.share(q.X))]
			if *at != ' ' && *at != '·' && *at != mark {
				mark = mixed
			}
			*at, mark = mark, rune(marks[i%len(marks)])
		}
	}
	return grid
}

// join puts a dot into each column between two points.
func join(grid [][]rune, x0, y0, x1, y1 int) {
	for x := x0 + 1; x < x1; x++ {
		share := float64(x-x0) / float64(x1-x0)
		grid[int(math.Round(float64(y0)+share*float64(y1-y0)))][x] = '·'
	}
}

// below is the line of numbers under the axis, each in the middle under its place.
func below(xs span, x string) string {
	line := []rune(strings.Repeat(" ", textWide+12))
	free := 0
	for _, t := range xs.ticks() {
		text := []rune(number(t))
		at := max(column(xs.share(t))-len(text)/2, 0)
		if at < free {
			continue
		}
		copy(line[at:], text)
		free = at + len(text) + 1
	}
	return strings.TrimRight(string(line[:max(free, textWide)]), " ") + "  " + x
}

// ends tells where a curve begins and where it stops.
func (c Curve) ends(x string) string {
	var seen []Point
	for _, q := range c.Points {
		if q.finite() {
			seen = append(seen, q)
		}
	}
	if len(seen) == 0 {
		return ": no value"
	}
	first, last := seen[0], seen[len(seen)-1]
	return fmt.Sprintf(": %.4g at %s %s, %.4g at %s %s", first.Y, x, number(first.X), last.Y, x, number(last.X))
}

func (p Point) finite() bool { return finite(p.X) && finite(p.Y) }
