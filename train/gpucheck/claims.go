package gpucheck

import (
	"fmt"
	"math"
	"strings"
)

// A claim is one of the numbers that graft is held to.
type claim struct {
	name  string
	unit  string
	least float64 // or most, with atMost; NaN where it is only told
	aim   float64 // 0: none
	most  bool
	value func(*Log, Load) (float64, bool)
}

// claims lists the numbers of one model. The claims name a document a row and decoding
// of both models, and everything else of the smaller one.
func claims(model string) (list []claim) {
	few, bound, aim := model == "1.5B", 35.0, 45.0
	if few {
		aim = 50
		bound = 45
	}
	for _, k := range kinds() {
		if few && k.name == "docs" {
			continue
		}
		ours := fmt.Sprintf("SFT %s, %s", model, k.says)
		theirs := fmt.Sprintf("SFT %s, %s, ", model, k.name)
		list = append(list,
			claim{name: ours, unit: "MFU %", least: bound, aim: aim, value: number("sft", ours, "MFU %")},
			claim{name: ours, unit: "times PyTorch at its best", least: 1.1, value: over(number("sft", ours, "tokens/s"), fastest("torch-sft", theirs))},
			claim{name: ours, unit: "% between the losses of a step, at most", least: 1, most: true, value: apartLosses(ours, theirs)})
	}
	decoding, share := "decoding "+model, 35.0
	if few {
		share = 50
	}
	list = append(list,
		claim{name: decoding, unit: "% of the bound", least: share, value: number("decode", decoding, "% of the bound")},
		claim{name: decoding, unit: "times transformers' generate", least: 5, value: over(number("decode", decoding, "tokens/s"), fastest("torch-generate", "transformers generate "+model+", "))})
	if few {
		return list
	}
	step := "GRPO step " + model
	return append(list,
		claim{name: decoding + " to the end", unit: "times transformers' generate", least: math.NaN(),
			value: over(number("decode", decoding+" to the end", "tokens/s"), number("torch-generate", "transformers generate "+model+" to the end", "tokens/s"))},
		claim{name: step, unit: "mean |dlogp| of generating against scoring", least: mostApart, most: true, value: number("grpo", step, "mean |dlogp|")},
		claim{name: step, unit: "k3 of generating against scoring", least: mostK3, most: true, value: number("grpo", step, "k3")},
		claim{name: step, unit: "times TRL, transformers generation, no vLLM", least: math.NaN(),
			value: over(number("torch-grpo", fmt.Sprintf("TRL GRPO step %s, transformers generation, no vLLM", model), "step s"), number("grpo", step, "step s"))})
}

// number reads a number of a good result.
func number(stage, name, key string) func(*Log, Load) (float64, bool) {
	return func(log *Log, load Load) (float64, bool) {
		r := log.Find(stage, name, &load)
		if r == nil {
			return 0, false
		}
		v, ok := r.Numbers[key]
		return v, ok
	}
}

// best is the good result of most tokens a second whose name begins so.
func best(log *Log, load Load, stage, prefix string) (found *Result) {
	for _, r := range log.All {
		if !strings.HasPrefix(r.Name, prefix) || strings.Contains(r.Name, "micro-batch") {
			continue
		}
		if one := log.Find(stage, r.Name, &load); one != nil && (found == nil || one.Numbers["tokens/s"] > found.Numbers["tokens/s"]) {
			found = one
		}
	}
	return found
}

func fastest(stage, prefix string) func(*Log, Load) (float64, bool) {
	return func(log *Log, load Load) (float64, bool) {
		if r := best(log, load, stage, prefix); r != nil {
			return r.Numbers["tokens/s"], true
		}
		return 0, false
	}
}

// over is one number over another.
func over(a, b func(*Log, Load) (float64, bool)) func(*Log, Load) (float64, bool) {
	return func(log *Log, load Load) (float64, bool) {
		x, okA := a(log, load)
		y, okB := b(log, load)
		return x / y, okA && okB && y > 0
	}
}

// apartLosses is the largest difference of the losses of a step, in percent of
// PyTorch's, over all steps.
func apartLosses(ours, theirs string) func(*Log, Load) (float64, bool) {
	return func(log *Log, load Load) (float64, bool) {
		a, b := log.Find("sft", ours, &load), best(log, load, "torch-sft", theirs)
		if a == nil || b == nil || len(a.Losses) != len(b.Losses) || len(a.Losses) == 0 {
			return 0, false
		}
		worst := 0.0
		for i := range a.Losses {
			worst = math.Max(worst, 100*math.Abs(a.Losses[i]-b.Losses[i])/b.Losses[i]) // NaN stays
		}
		return worst, true
	}
}

// Claims holds what the log has against the claims about one load's model, and says
// what has not been measured.
func Claims(log *Log, load Load) {
	for _, c := range claims(load.Model) {
		r := Result{Stage: "claims", Name: c.name, Load: &load}
		v, ok := c.value(log, load)
		switch {
		case !ok:
			r.Skip = "not measured: " + c.unit
		case math.IsNaN(c.least):
			r.OK, r.Detail = true, fmt.Sprintf("%.4g %s", v, c.unit)
		case c.most:
			r.OK, r.Detail = v <= c.least, fmt.Sprintf("%.3g %s, of %g", v, c.unit, c.least)
		default:
			r.OK, r.Detail = v >= c.least, fmt.Sprintf("%.4g %s, at least %g", v, c.unit, c.least)
			if c.aim > 0 {
				r.Detail += fmt.Sprintf(", the aim is %g", c.aim)
			}
		}
		log.Add(r)
	}
}
