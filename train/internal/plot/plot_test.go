package plot

import (
	"encoding/xml"
	"io"
	"math"
	"strings"
	"testing"
)

func draw(t *testing.T, panels ...Panel) string {
	t.Helper()
	var b strings.Builder
	if err := Write(&b, "a <run> & more", "step", panels); err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(strings.NewReader(b.String()))
	for {
		if _, err := d.Token(); err == io.EOF {
			return b.String()
		} else if err != nil {
			t.Fatalf("no XML: %v\n%s", err, b.String())
		}
	}
}

// A curve from (0, 0) to (10, 4) spans its panel from corner to corner.
func TestCurveFillsPanel(t *testing.T) {
	svg := draw(t, Panel{"loss", []Curve{{"train", []Point{{0, 0}, {5, 4}, {10, 0}}}}})
	if want := `d="M64.0 212.0L317.0 28.0L570.0 212.0"`; !strings.Contains(svg, want) {
		t.Errorf("no %s in\n%s", want, svg)
	}
	for _, want := range []string{">train<", ">loss<", ">step<", ">4<", ">10<", "a &lt;run&gt; &amp; more"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %s in\n%s", want, svg)
		}
	}
}

// Values that are no numbers leave a gap, and never reach the file.
func TestGaps(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	svg := draw(t, Panel{"loss", []Curve{{"train", []Point{{0, 1}, {1, nan}, {2, 3}, {3, 2}, {4, inf}}}}})
	if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
		t.Errorf("no numbers in\n%s", svg)
	}
	if want := `d="M64.0 212.0h2M401.3 28.0L570.0 120.0"`; !strings.Contains(svg, want) {
		t.Errorf("no %s in\n%s", want, svg)
	}
}

// Nothing to draw, one point, and a constant are drawn without dividing by 0.
func TestSmallRanges(t *testing.T) {
	svg := draw(t, Panel{"none", nil}, Panel{"one", []Curve{{"a", []Point{{3, 7}}}}}, Panel{"flat", []Curve{{"b", []Point{{1, 0}, {2, 0}}}}})
	if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
		t.Errorf("no numbers in\n%s", svg)
	}
}
