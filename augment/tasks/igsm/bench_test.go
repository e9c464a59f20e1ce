package igsm

import (
	"math/rand/v2"
	"testing"
)

// One problem of 15 to 20 operations with its trace: at least 5,000 a second
// and core are wanted.
func BenchmarkIGSM(b *testing.B) {
	for _, set := range []struct {
		name string
		p    func(*Params)
	}{{"reasoning", func(*Params) {}}, {"hops", func(p *Params) { p.Hops = true }}, {"mod23", func(p *Params) { p.Mod = 23 }}} {
		b.Run(set.name, func(b *testing.B) {
			p := Defaults
			set.p(&p)
			g := fresh(b, p)
			r := rand.New(rand.NewPCG(1, 2))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := g.record(r); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "problems/s")
		})
	}
}
