package retrymiss

import (
	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/param"
	"github.com/seed-cdf14512/graft/behaviors/internal/retry"
	"github.com/seed-cdf14512/graft/format"
)

// Params are the parameters of retry_miss.
type Params struct {
	As    string `json:"as" jsonschema:"how to go back: words, bare (the mark as text) or token (the mark as a control token)" enum:"words,bare,token"`
	Back  string `json:"back" jsonschema:"the mark of bare and token"`
	Again int    `json:"again" jsonschema:"of 100 starts, how many are followed by another one: repeated at random, so that k in a row have chance again^k" range:"0,90"`
}

// Behavior is the behavior for a suite.
var Behavior = &augment.Behavior{
	Name:    "retry_miss",
	Doc:     doc,
	Version: 2,
	Params:  &Params{As: "words", Back: "[BACK]"},
	Phrases: retry.Phrases,
	Sites:   func(p *augment.Pass) []augment.Site { return retry.Sites(p, pool) },
	Write: func(p *augment.Pass, s augment.Site) (augment.Edit, error) {
		return retry.Write(p, s, pool, manner(p))
	},
	Verify: func(p *augment.Pass, s augment.Site, e augment.Edit) error {
		return retry.Verify(p, s, e, pool, manner(p))
	},
}

func manner(p *augment.Pass) retry.Manner {
	par := p.Params.(*Params)
	return retry.Manner{As: par.As, Back: par.Back, Again: par.Again}
}

// pool holds what neither stands nor is used before step i, with or without a
// detour, and is no business of step i itself.
func pool(p *augment.Pass, i int, n *format.Node) bool {
	switch n.Kind {
	case format.ResultNode:
		return n.Step > p.Steps()[i].ID
	case format.ParamNode:
		return param.Spare(n) && !param.Idle(p, i, n) || retry.Later(p, i, n)
	}
	return n.Kind == format.GivenNode && !retry.Used(p.Steps()[:i+1], n.ID)
}
