package retry

import (
	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/param"
	"github.com/seed-cdf14512/graft/behaviors/internal/retry"
	"github.com/seed-cdf14512/graft/format"
)

// Params are the parameters of retry.
type Params struct {
	As    string `json:"as" jsonschema:"how to go back: bare (the mark as text) or token (the mark as a control token)" enum:"bare,token"`
	Back  string `json:"back" jsonschema:"the mark"`
	Again int    `json:"again" jsonschema:"of 100 starts, how many are followed by another one" range:"0,90"`
}

// Behavior is the behavior for a suite.
var Behavior = &augment.Behavior{
	Name:    "retry",
	Doc:     doc,
	Version: 1,
	Params:  &Params{As: "bare", Back: "[BACK]", Again: 20},
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

// pool holds what cannot be worked out before step i.
func pool(p *augment.Pass, i int, n *format.Node) bool {
	spare := n.Kind == format.ParamNode && param.Spare(n)
	return (spare || retry.Later(p, i, n)) && retry.Locked(p, i, n)
}
