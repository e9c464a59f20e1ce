package augment

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/format/ingest"
	"github.com/seed-cdf14512/graft/format/strict"
)

// errors holds the error sources of a recipe to one another: a grade whose source
// is not named, and a source whose grade is not accepted, would change nothing.
func (r *resolver) errors() {
	e := &r.recipe.Errors
	wants := func(ok func(string) bool) bool { return slices.ContainsFunc(e.Accept, ok) }
	for i, g := range e.Accept {
		ptr := fmt.Sprintf("errors.accept[%d]", i)
		set, labelled := strings.CutPrefix(g, labelledBy)
		switch {
		case slices.Contains(e.Accept[:i], g):
			r.At(ptr, strict.BadValue, "%s stands twice", g)
		case !KnownGrade(g):
			r.At(ptr, strict.BadValue, "unknown grade of proof %q%s", strict.Short(g), strict.Suggest("grades", g, []string{Computed, OnPolicy, AnAttempt, labelledBy + "SET"}))
		case labelled && !slices.Contains(readerNames(), set):
			r.At(ptr, strict.UnknownName, "unknown set %q; a set is named by its reader%s", strict.Short(set), strict.Suggest("readers", set, readerNames()))
		case g == OnPolicy && len(e.Rollouts) == 0:
			r.At(ptr, strict.BadValue, "onpolicy needs errors.rollouts: files that graft sample --prefix-steps writes")
		}
	}
	if len(e.Rollouts) > 0 && !wants(func(g string) bool { return g == OnPolicy }) {
		r.At("errors.rollouts", strict.BadValue, "the rollouts would not be used: errors.accept does not list onpolicy")
	}
	if len(e.Attempts) > 0 && !wants(func(g string) bool { return g == AnAttempt || Labelled(g) }) {
		r.At("errors.attempts", strict.BadValue, "the attempts would not be used: errors.accept lists neither attempt nor labelled:SET")
	}
	for i, p := range e.Rollouts {
		r.file(fmt.Sprintf("errors.rollouts[%d]", i), p)
	}
	for i, p := range e.Attempts {
		r.file(fmt.Sprintf("errors.attempts[%d]", i), p)
	}
}

func readerNames() (names []string) {
	for _, r := range ingest.Readers() {
		names = append(names, r.Name)
	}
	return names
}
