package behaviors

import (
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/augment/augmenttest"
	"github.com/seed-cdf14512/graft/augment/tasks/igsm"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// graphs are the behaviors that act on problems with parameters: alone, or too.
var graphs = map[string]bool{"info_analysis": true, "reflect_locked": true, "detour_redundant": true, "backward_chain": true,
	"retry": false, "retry_weak": false, "retry_miss": false, "reflection": false, "subgoal_compute": false, "subgoal_setting": false}

// drawn makes problems with parameters, as a build reads them: from the text.
func drawn(t testing.TB, n int) (list []*format.Record) {
	t.Helper()
	p := igsm.Defaults
	draw, err := igsm.New(p)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(20261122, 9))
	for i := range n {
		rec, err := draw(r)
		if err != nil {
			t.Fatal(err)
		}
		rec.ID = "igsm-" + strconv.Itoa(i)
		a := &rec.Attempts[0]
		a.Trace.ID = rec.ID
		a.Graph = answer.BindParams(&rec.Problem, a.Trace.Steps)
		list = append(list, &rec)
	}
	return list
}

var layered struct {
	once sync.Once
	recs []*format.Record
}

// problems are the same for all tests.
func problems(t testing.TB) []*format.Record {
	layered.once.Do(func() { layered.recs = drawn(t, 2000) })
	return layered.recs
}

func graphUse(t testing.TB, name, params string) augment.ResolvedUse {
	u := augmenttest.Use(t, Suite.Find(name), params, augment.PerSite)
	for i, b := range Suite.Behaviors {
		if b.Name == name {
			u.Rank = i
		}
	}
	return u
}

// corpus is what a behavior acts on.
func corpus(t testing.TB, b *augment.Behavior) []*format.Record {
	if graphs[b.Name] {
		return problems(t)
	}
	return gsm8k(t)
}

// together are the uses of a recipe that weaves everything into problems with
// parameters.
func together(t testing.TB, without string, rates map[string]int64) (list []augment.ResolvedUse) {
	for _, b := range Suite.Behaviors {
		if _, ok := graphs[b.Name]; !ok || b.Name == without {
			continue
		}
		params := "{}"
		switch b.Name {
		case "retry_weak", "retry_miss":
			params = `{"as": "bare", "again": 20}`
		case "reflect_locked":
			params = `{"level": 2}`
		case "retry":
			params = `{"again": 30}`
		case "detour_redundant":
			params = `{"share": true}`
		}
		u := graphUse(t, b.Name, params)
		rate := int64(2)
		if r, ok := rates[b.Name]; ok {
			rate = r
		}
		q, err := format.Frac(rate, 10)
		if !err {
			t.Fatal("no rate")
		}
		u.Select.Rate = &q
		list = append(list, u)
	}
	return list
}
