// Package tries chooses among the attempts at one problem.
package tries

import "github.com/seed-cdf14512/graft/augment"

// Wrong lists the attempts, by index in Pass.Others, that the checker finds wrong,
// each text once, in order.
func Wrong(p *augment.Pass) []int {
	var list []int
	seen := map[string]bool{}
	for i := range p.Others {
		if text := p.Others[i].Trace.Text(); p.Verdicts[i] == "wrong" && !seen[text] {
			seen[text] = true
			list = append(list, i)
		}
	}
	return list
}
