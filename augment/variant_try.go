package augment

import (
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// TryVariant derives from one attempt of a record without a build around it, as
// the engine does, and proves what comes of it: for tests and for looking at a
// variant. compiled is the attempt with its edits, and tokens counts those of
// a text; both may be nil for a variant that needs neither. spoil, unless nil,
// may change a derived record before it is proved.
func TryVariant(v *ResolvedVariant, seed uint64, rec *format.Record, at int, compiled *format.Trace, tokens func(string) int, spoil func(*Pass, *Derived)) (*Pass, []Derived, []error) {
	verdicts, _ := grades(rec)
	a := &rec.Attempts[at]
	if a.Graph == nil {
		a.Graph = graphOf(answer.NewDeriver(), &rec.Problem, a.Trace.Steps)
	}
	o := origin{rec: rec, attempt: a, verdicts: verdicts, compiled: compiled}
	pass := o.pass(v.Variant)
	pass.Params, pass.Tokens = v.Params, tokens
	pass.Measure = func(t *format.Trace) ([]int, error) { return piecemeal(t, tokens), nil }
	pass.Rand = newStream().start(&key{seed: seed, behavior: v.Variant.Name, version: v.Variant.Version, trace: a.Trace.ID, purpose: "derive"})
	pass.Phrases = &Speaker{bank: v.Bank, rand: pass.Rand}
	made, err := v.Variant.Derive(pass)
	if err != nil {
		return pass, nil, []error{err}
	}
	pass.Rand, pass.Phrases, pass.Measure = nil, nil, nil
	var errs []error
	for i := range made {
		if made[i].Form == "" {
			made[i].Form = RecordForm
		}
		if spoil != nil {
			spoil(pass, &made[i])
		}
		_, err := proveDerived(pass, v.Variant, &made[i])
		errs = append(errs, err)
	}
	return pass, made, errs
}

// piecemeal is what Pass.Measure says where each text is encoded by itself.
func piecemeal(t *format.Trace, tokens func(string) int) (list []int) {
	rest, open := 0, false
	for i := range t.Steps {
		said, n := t.Steps[i].Origin.Edit > 0, tokens(t.Steps[i].Text)
		switch {
		case !said:
			rest += n
		case open:
			list[len(list)-1] += n
		default:
			list = append(list, n)
		}
		open = said
	}
	return append(list, rest)
}
