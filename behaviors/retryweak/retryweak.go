package retryweak

import (
	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/retry"
	"github.com/seed-cdf14512/graft/format"
)

// Params are the parameters of retry_weak.
type Params struct {
	Current bool   `json:"current" jsonschema:"may start on what the step at hand computes, too, which is no error at all"`
	As      string `json:"as" jsonschema:"how to go back: words, bare (the mark as text) or token (the mark as a control token)" enum:"words,bare,token"`
	Back    string `json:"back" jsonschema:"the mark of bare and token"`
	Again   int    `json:"again" jsonschema:"of 100 starts, how many are followed by another one: repeated at random, so that k in a row have chance again^k" range:"0,90"`
}

// Behavior is the behavior for a suite.
var Behavior = &augment.Behavior{
	Name:    "retry_weak",
	Doc:     doc,
	Version: 1,
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

// pool holds the results of later steps.
func pool(p *augment.Pass, i int, n *format.Node) bool {
	at := p.Steps()[i]
	own := n.Kind == format.ResultNode && n.Step == at.ID || n.Kind == format.ParamNode && n.ID == at.Node
	return retry.Later(p, i, n) || own && p.Params.(*Params).Current
}
