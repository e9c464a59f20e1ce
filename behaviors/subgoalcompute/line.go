package subgoalcompute

import (
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/param"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// lineSites lists the steps that state the value of a parameter whose equation
// takes operations enough.
func lineSites(p *augment.Pass) (list []augment.Site) {
	for _, l := range param.Lines(p) {
		for i := l.First + 1; i < len(p.Steps()) && p.Steps()[i].Node == l.Node.ID; i++ {
			if p.Steps()[i].ID == l.Node.Step && len(lineHops(p, i)) > 0 {
				list = append(list, augment.Site{Step: i, Node: l.Node.ID})
			}
		}
	}
	return list
}

// lineHops are the hops between the numbers and the value, which step i states.
func lineHops(p *augment.Pass, i int) (hops []string) {
	if i < 1 || i >= len(p.Steps()) || p.Steps()[i-1].Node != p.Steps()[i].Node || !strings.HasPrefix(p.Steps()[i].Text, " = ") {
		return nil
	}
	_, expr, ok := strings.Cut(p.Steps()[i-1].Text, " = ")
	for rest := ""; ok; expr = rest {
		if _, rest, ok = strings.Cut(expr, " = "); !ok {
			break
		}
	}
	n := strings.Count(expr, " + ") + strings.Count(expr, " - ") + strings.Count(expr, " * ")
	if n < p.Params.(*Params).Least {
		return nil
	}
	for {
		next, ok := answer.NextHop(expr)
		if _, number := format.ParseNum(next); !ok || number {
			return hops
		}
		hops, expr = append(hops, next), next
	}
}

func inLine(p *augment.Pass, s augment.Site) (edit augment.Edit, err error) {
	hops := lineHops(p, s.Step)
	for _, h := range hops {
		edit.Steps = append(edit.Steps, format.Step{Kind: format.Compute, Node: s.Node, Text: " = " + h})
	}
	edit.Proof = format.Proof{Grade: "computed", Detail: "hops: " + strings.Join(hops, ", ")}
	return edit, nil
}

// verifyLine holds the hops to the order: all of them, one by one.
func verifyLine(p *augment.Pass, s augment.Site, edit augment.Edit) error {
	hops := lineHops(p, s.Step)
	if len(edit.Steps) != len(hops) || len(hops) == 0 {
		return augment.Refuse("shape", "%d hops, %d operations", len(edit.Steps), len(hops))
	}
	for i, h := range hops {
		if s := &edit.Steps[i]; s.Kind != format.Compute || s.Text != " = "+h {
			return augment.Refuse("hop-order", "%q, where = %s is next", s.Text, h)
		}
	}
	return nil
}
