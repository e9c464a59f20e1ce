package augment

import (
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// TryVariant derives from one attempt of a record without a build around it, as
// the engine does, and proves what comes of it: for tests and for looking at a
// variant. compiled is the attempt with its edits, and measure counts the tokens of
// an answer; both may be nil for a variant that needs neither. spoil, unless nil,
// may change a derived record before it is proved.
func TryVariant(v *ResolvedVariant, seed uint64, rec *format.Record, at int, compiled *format.Trace, measure func(*format.Trace) (int, error), spoil func(*Pass, *Derived)) (*Pass, []Derived, []error) {
	verdicts, _ := grades(rec)
	a := &rec.Attempts[at]
	if a.Graph == nil {
		a.Graph = graphOf(answer.NewDeriver(), &rec.Problem, a.Trace.Steps)
	}
	o := origin{rec: rec, attempt: a, verdicts: verdicts, compiled: compiled}
	pass := o.pass(v.Variant)
	pass.Params, pass.Measure = v.Params, measure
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
