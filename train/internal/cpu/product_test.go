package cpu

import (
	"fmt"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

var productNames = []string{"NT", "NN", "TN"}

// refProduct is c + a·b in float64.
func refProduct(c, a, b []float32, p device.Product, m, n, k int, accumulate bool) []float64 {
	out := make([]float64, m*n)
	for i := range m {
		for j := range n {
			var sum float64
			if accumulate {
				sum = float64(c[i*n+j])
			}
			for q := range k {
				x, y := i*k+q, q*n+j
				if p == device.TN {
					x = q*m + i
				}
				if p == device.NT {
					y = j*k + q
				}
				sum += float64(a[x]) * float64(b[y])
			}
			out[i*n+j] = sum
		}
	}
	return out
}

var productShapes = [][3]int{{1, 1, 1}, {1, 17, 3}, {5, 16, 8}, {6, 15, 9}, {7, 33, 64}, {13, 31, 257}, {64, 64, 64}, {65, 127, 63}, {241, 50, 300}, {500, 70, 40}, {3, 300, 520}, {17, 130, 270}, {24, 256, 256}, {64, 520, 300}, {100, 517, 641}}

func TestMatMulIsTheProduct(t *testing.T) {
	eachFamily(t, func(t *testing.T, family string) {
		for _, threads := range []int{1, 3} {
			r := newRig(t, threads, family)
			for _, s := range productShapes {
				m, n, k := s[0], s[1], s[2]
				a, b, c := random(1, m*k), random(2, k*n), random(3, m*n)
				for p := device.NT; p <= device.TN; p++ {
					for _, acc := range []bool{false, true} {
						r.off = 0
						cb := r.floats(c)
						after := r.floats([]float32{42}) // what stands behind c must stay
						r.MatMul(cb, r.floats(a), r.floats(b), p, m, n, k, acc)
						what := fmt.Sprintf("%s %v threads=%d accumulate=%v", productNames[p], s, threads, acc)
						near(t, what, r.get(cb), refProduct(c, a, b, p, m, n, k, acc), 2e-6)
						if r.get(after)[0] != 42 {
							t.Fatalf("%s: wrote beyond c", what)
						}
					}
				}
			}
		}
	})
}

// Every row alone, and every number of threads, gives the same bits.
func TestMatMulBitsDependOnTheRowAlone(t *testing.T) {
	eachFamily(t, func(t *testing.T, family string) {
		const m, n, k = 250, 130, 600
		a, b, c := random(1, m*k), random(2, k*n), random(3, m*n)
		var want []float32
		for _, threads := range []int{1, 2, 3, 8} {
			r := newRig(t, threads, family)
			for p := device.NT; p <= device.TN; p++ {
				r.off = 0
				cb := r.floats(c)
				r.MatMul(cb, r.floats(a), r.floats(b), p, m, n, k, true)
				got := r.get(cb)
				if p == device.NT {
					if want == nil {
						want = got
					}
					bits(t, fmt.Sprintf("threads 1 and %d", threads), want, got)
				}
				if p == device.TN {
					continue
				}
				for _, rows := range []int{1, 2, 5, 7, 20, 40, 64} { // 20 and 40 are few
					at := 249 - rows
					sub := r.floats(c[at*n : (at+rows)*n])
					r.MatMul(sub, r.floats(a[at*k:(at+rows)*k]), r.floats(b), p, rows, n, k, true)
					bits(t, fmt.Sprintf("%s: %d rows alone and in the batch", productNames[p], rows), r.get(sub), got[at*n:(at+rows)*n])
				}
			}
		}
	})
}

func BenchmarkMatMul(b *testing.B) {
	for _, threads := range []int{1, 2} {
		for _, s := range []struct {
			p       device.Product
			m, n, k int
		}{{device.NT, 2048, 256, 256}, {device.NT, 2048, 1024, 256}, {device.NN, 2048, 256, 1024}, {device.TN, 1024, 256, 2048}, {device.TN, 256, 256, 2048},
			{device.NT, 2048, 4096, 256}, {device.NT, 2048, 64, 64}, {device.TN, 64, 64, 2048}, {device.NT, 64, 64, 64}, {device.NT, 64, 256, 256}, {device.NT, 64, 4096, 256}} {
			b.Run(fmt.Sprintf("%s/%dx%dx%d/%d", productNames[s.p], s.m, s.n, s.k, threads), func(b *testing.B) {
				r := newRig(b, threads, "")
				x, w, y := r.floats(random(1, s.m*s.k)), r.floats(random(2, s.n*s.k)), r.zeros(s.m*s.n)
				for b.Loop() {
					r.MatMul(y, x, w, s.p, s.m, s.n, s.k, false)
				}
				b.ReportMetric(2*float64(s.m)*float64(s.n)*float64(s.k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}
