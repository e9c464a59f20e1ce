package slip

import (
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/arith"
	"github.com/seed-cdf14512/graft/behaviors/internal/prose"
	"github.com/seed-cdf14512/graft/format"
)

// A conversion says that one large unit is so many small ones.
type conversion struct {
	factor       int64
	small, large string
	article      string // of the large one
	plural       string // of the small one
}

// conversions are exact, and the same everywhere; a month of 30 days is neither.
var conversions = [...]conversion{
	{60, "minute", "hour", "an", "minutes"},
	{60, "second", "minute", "a", "seconds"},
	{24, "hour", "day", "a", "hours"},
	{7, "day", "week", "a", "days"},
	{12, "month", "year", "a", "months"},
	{10, "year", "decade", "a", "years"},
	{100, "year", "century", "a", "years"},
	{100, "cent", "dollar", "a", "cents"},
	{100, "cent", "$", "a", "cents"},
	{12, "inch", "foot", "a", "inches"},
	{12, "inch", "feet", "a", "inches"},
	{3, "feet", "yard", "a", "feet"},
	{36, "inch", "yard", "a", "inches"},
	{16, "ounce", "pound", "a", "ounces"},
	{2000, "pound", "ton", "a", "pounds"},
	{1000, "gram", "kilogram", "a", "grams"},
	{1000, "meter", "kilometer", "a", "meters"},
	{1000, "gram", "kg", "a", "grams"},
	{1000, "meter", "km", "a", "meters"},
	{100, "centimeter", "meter", "a", "centimeters"},
	{100, "cm", "meter", "a", "centimeters"},
	{1000, "milliliter", "liter", "a", "milliliters"},
	{1000, "ml", "liter", "a", "milliliters"},
	{4, "quart", "gallon", "a", "quarts"},
}

var largeNames = map[string]string{"$": "dollar", "feet": "foot", "kg": "kilogram", "km": "kilometer"}

func (c *conversion) one() string {
	name := c.large
	if long, ok := largeNames[name]; ok {
		name = long
	}
	return c.article + " " + name
}

// fact says the conversion: an hour has 60 minutes.
func (c *conversion) fact() string {
	return c.one() + " has " + format.Int(c.factor).String() + " " + c.plural
}

// words name the two units.
func (c *conversion) words() string { return c.plural + " to " + c.one() }

// conversionIn finds the conversion that the second operand of a step's own
// computation makes: world knowledge, with both units in the problem.
func conversionIn(p *augment.Pass, s *format.Step, e *arith.Expr) *conversion {
	if !e.Binary() || e.Op != '*' && e.Op != '/' || len(s.Claims[0].Args) != 2 || s.Claims[0].Args[1].Binding != format.Constant {
		return nil
	}
	f, ok := e.R.Value.Int64()
	if !ok {
		return nil
	}
	for i := range conversions {
		c := &conversions[i]
		if c.factor == f && mentions(p, s, c.small) && mentions(p, s, c.large) {
			return c
		}
	}
	return nil
}

func mentions(p *augment.Pass, s *format.Step, unit string) bool {
	return names(p.Problem.Question, unit) || names(s.Text, unit)
}

// names reports whether a unit stands in text, singular or plural.
func names(text, unit string) bool {
	if unit == "$" {
		return strings.Contains(text, "$")
	}
	return prose.HasPhrase(text, unit) || prose.HasPhrase(text, unit+"s") || prose.HasPhrase(text, unit+"es")
}

// unit converts the wrong way round: minutes to hours by multiplying.
func unit(p *augment.Pass, s *format.Step, _ *format.Node, e *arith.Expr) []slip {
	c := conversionIn(p, s, e)
	if c == nil {
		return nil
	}
	list := operator(p, s, nil, e)
	for i := range list {
		list[i].conv = c
	}
	return list
}

// converted reports whether a wrong step is a conversion the wrong way round, and
// the reason says the conversion. It is decided from the texts.
func converted(p *augment.Pass, src *format.Step, expr, reason string) bool {
	e, w := arith.Parse(src.Claims[0].Expr), arith.Parse(expr)
	if e == nil || w == nil || !w.Binary() || !w.L.Value.Equal(e.L.Value) {
		return false
	}
	c := conversionIn(p, src, e)
	return c != nil && w.R.Value.Equal(e.R.Value) && w.Op != e.Op && (w.Op == '*' || w.Op == '/') && strings.Contains(strings.ToLower(reason), c.fact())
}

// offByOne counts one too many or one too few.
func offByOne(_ *augment.Pass, _ *format.Step, n *format.Node, _ *arith.Expr) (list []slip) {
	if !n.Value.IsInt() {
		return nil
	}
	for _, d := range [...]int64{1, -1} {
		list = append(list, slip{value: n.Value.Add(format.Int(d)), arg: -1})
	}
	return list
}
