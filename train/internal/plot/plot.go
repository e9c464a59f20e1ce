// Package plot draws curves as SVG, for people: panels one below the other, each
// with axes, a grid and a legend. It depends on nothing, and the same curves give
// the same bytes.
package plot

import (
	"fmt"
	"html"
	"io"
	"math"
	"strconv"
	"strings"
)

// A Point is one value of a curve.
type Point struct{ X, Y float64 }

// A Curve is a named line. Points that are no finite numbers break it.
type Curve struct {
	Name   string
	Points []Point
}

// A Panel is one system of axes.
type Panel struct {
	Title  string
	Curves []Curve
}

// The sizes of a panel, in the units of the SVG.
const (
	width, height       = 800, 240
	left, right         = 64, 230 // room for the numbers and for the legend
	top, bottom         = 28, 28
	plotWide, plotHigh  = width - left - right, height - top - bottom
	ticks               = 5  // on an axis, about
	longest             = 34 // characters of a name in the legend
	noteStep            = 16
	legendStep, perLine = 16, 12
)

// colors are told apart by people who see few (Okabe and Ito 2008).
func color(i int) string {
	colors := [...]string{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8b6d00"}
	return colors[i%len(colors)]
}

// Write draws the panels over one range of x, and notes below them, a line each.
// x says what the horizontal axes count.
func Write(w io.Writer, title, x string, panels []Panel, notes ...string) error {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" font-family="sans-serif" font-size="11">`+"\n",
		width, height*len(panels)+40+noteStep*len(notes))
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="white"/><text x="%d" y="22" font-size="14">%s</text>`+"\n", left, html.EscapeString(title))
	var all Panel
	for _, p := range panels {
		all.Curves = append(all.Curves, p.Curves...)
	}
	xs, _ := all.ranges()
	if xs.lo > 0 && xs.lo < xs.hi/20 {
		xs.lo = 0 // steps count from 1
	}
	for i, p := range panels {
		fmt.Fprintf(&b, `<g transform="translate(0,%d)">`+"\n", 30+i*height)
		p.draw(&b, x, xs)
		b.WriteString("</g>\n")
	}
	for i, note := range notes {
		fmt.Fprintf(&b, `<text x="%d" y="%d" fill="#555">%s</text>`+"\n", left, 45+height*len(panels)+noteStep*i, html.EscapeString(note))
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func (p Panel) draw(b *strings.Builder, x string, xs span) {
	_, ys := p.ranges()
	toX := func(v float64) float64 { return left + plotWide*xs.share(v) }
	toY := func(v float64) float64 { return top + plotHigh*(1-ys.share(v)) }
	fmt.Fprintf(b, `<text x="%d" y="%d" font-size="12" font-weight="bold">%s</text>`+"\n", left, top-8, html.EscapeString(p.Title))
	for _, t := range xs.ticks() {
		fmt.Fprintf(b, `<path d="M%.1f %dv%d" stroke="#ddd"/><text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n",
			toX(t), top, plotHigh, toX(t), top+plotHigh+14, number(t))
	}
	for _, t := range ys.ticks() {
		fmt.Fprintf(b, `<path d="M%d %.1fh%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%s</text>`+"\n",
			left, toY(t), plotWide, left-6, toY(t)+4, number(t))
	}
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" fill="none" stroke="#888"/>`+"\n", left, top, plotWide, plotHigh)
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end" fill="#555">%s</text>`+"\n", left+plotWide, top-8, html.EscapeString(x))
	for i, c := range p.Curves {
		if d := path(c.Points, toX, toY); d != "" {
			fmt.Fprintf(b, `<path d="%s" fill="none" stroke="%s" stroke-width="1.5"/>`+"\n", d, color(i))
		}
		if i < perLine {
			y := top + 10 + i*legendStep
			fmt.Fprintf(b, `<path d="M%d %dh14" stroke="%s" stroke-width="2"/><text x="%d" y="%d">%s</text>`+"\n",
				left+plotWide+8, y-4, color(i), left+plotWide+26, y, html.EscapeString(short(c.Name)))
		}
	}
	if more := len(p.Curves) - perLine; more > 0 {
		fmt.Fprintf(b, `<text x="%d" y="%d" fill="#555">and %d more</text>`+"\n", left+plotWide+26, top+10+perLine*legendStep, more)
	}
}

// short leaves out the middle of a long name: runs differ at their ends.
func short(name string) string {
	r := []rune(name)
	if len(r) <= longest {
		return name
	}
	return string(r[:longest/2]) + "…" + string(r[len(r)-longest/2+1:])
}

// path is the line through points; a single point becomes a dash, so that it is seen.
func path(points []Point, toX, toY func(float64) float64) string {
	var b strings.Builder
	down, alone := false, false
	for _, p := range points {
		if !finite(p.X) || !finite(p.Y) {
			down = false
			continue
		}
		command := byte('L')
		if !down {
			command = 'M'
			if alone {
				b.WriteString("h2")
			}
		}
		alone, down = !down, true
		fmt.Fprintf(&b, "%c%.1f %.1f", command, toX(p.X), toY(p.Y))
	}
	if alone {
		b.WriteString("h2")
	}
	return b.String()
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// A span is the range of an axis.
type span struct{ lo, hi float64 }

func (s span) share(v float64) float64 { return (v - s.lo) / (s.hi - s.lo) }

// ranges are those of all finite points, never empty.
func (p Panel) ranges() (x, y span) {
	x, y = span{math.Inf(1), math.Inf(-1)}, span{math.Inf(1), math.Inf(-1)}
	for _, c := range p.Curves {
		for _, q := range c.Points {
			if finite(q.X) && finite(q.Y) {
				x = span{min(x.lo, q.X), max(x.hi, q.X)}
				y = span{min(y.lo, q.Y), max(y.hi, q.Y)}
			}
		}
	}
	return x.widened(), y.widened()
}

func (s span) widened() span {
	if s.lo > s.hi {
		return span{0, 1}
	}
	if s.lo == 0 && s.hi == 0 {
		return span{0, 1} // of most metrics nothing is below 0
	}
	if s.lo == s.hi {
		d := math.Abs(s.lo) / 2
		return span{s.lo - d, s.hi + d}
	}
	return s
}

// ticks are round numbers in the range: multiples of 1, 2 or 5 times a power of 10.
func (s span) ticks() (at []float64) {
	step := math.Pow(10, math.Floor(math.Log10((s.hi-s.lo)/ticks)))
	for _, m := range []float64{1, 2, 5, 10} {
		if (s.hi-s.lo)/(step*m) <= ticks {
			step *= m
			break
		}
	}
	for i := math.Ceil(s.lo / step); i*step <= s.hi; i++ {
		at = append(at, i*step)
	}
	return at
}

// number writes a tick without the noise of binary fractions.
func number(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }
