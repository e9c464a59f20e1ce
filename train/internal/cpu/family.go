package cpu

import (
	"fmt"
	"os"
	"strings"
)

// A family is one set of kernels: the inner loops of every operation, on slices
// reached by pointers. Inside a family every result is the same bits whatever
// the number of threads; families agree to 1e-5.
type family struct {
	name     string
	rows     int // rows of the register tile of a product
	cols     int // and columns: the width of a packed panel
	products []product
	wide     func(k int, a, b *float32, bs int, c *float32, load int) // c[64] (+)= a[k] · b[k,64]: a product of one row and a tile of keys
	vectors
	tileRows
	layerRows
	transpose func(blocks int, src *float32, ld int, dst *float32, ldd int) // 8 x 8 blocks side by side, into blocks one below the other
	copy8     func(rows int, src *float32, ld int, dst *float32, ldd int)   // 8 elements of every row
	copy16    func(rows int, src *float32, ld int, dst *float32, ldd int)
}

// A product adds a·b to c or, where load is 0, writes it, for `tiles` register
// tiles one below the other. Element (i, p) of a is at a[i*rs + p*cs], row p of b
// (family.cols elements) at b[p*bs], row i of c at c[i*ldc]. Every element of c is
// one chain of multiply-adds in the order of p, which starts from 0 or from c:
// that is why no result depends on tiles, blocks or threads.
type product func(tiles, k int, a *float32, rs, cs int, b *float32, bs int, c *float32, ldc, load int)

// vectors are the loops over n elements. Sums come as lanes, added by sum8.
type vectors struct {
	add       func(n int, dst, a, b *float32)
	scale     func(n int, x *float32, s float32)
	dot       func(n int, x, y, lanes *float32)
	max       func(n int, x, lanes *float32)
	silu      func(n int, y, gate, up *float32)
	siluGrad  func(n int, dgate, dup, dy, gate, up *float32)
	adam      func(n int, w, m, v, g, act *float32, scale, beta1, rest1, beta2, rest2, step, root, eps, keep float32)
	log       func(n int, y, x *float32)                    // of positive normal numbers; NaN for NaN
	stat      func(n int, x, lanes *float32, s, m float32)  // with z = x s - m: sums of exp z and of z exp z
	scoreGrad func(n int, x *float32, s, lse, a, b float32) // with z = x s - lse: x = exp(z) (a + b z)
}

// tileRows are the loops over rows of attention's tiles. A row has n elements, of
// which the first `see` count, `step` more in every row; the others become 0, up
// to the next whole eight of them.
type tileRows struct {
	// next = max(top, s max x), x = exp(s x - next) and sum = sum x; next = top and sum = 0 where none counts
	soft func(rows int, x *float32, ld, n, see, step int, top, next, sum *float32, s float32)
	// p = exp(s p - lse), ds = s p (ds - delta)
	grad   func(rows int, p, ds *float32, ld, n, see, step int, lse, delta *float32, s float32)
	dots   func(rows, n int, x *float32, ldx int, y *float32, ldy int, out *float32) // out = sum x y
	divide func(rows, n int, y *float32, ldy int, x *float32, ldx int, by *float32)  // y = x (1/by)
}

// layerRows are the norms and rotations of rows that stand one behind the other;
// layer.go says what they compute.
type layerRows struct {
	norm     func(rows, n int, y, x, w, rstd *float32, eps float32)
	normGrad func(rows, n int, dx, dw, dy, x, w, rstd *float32)
	rope     func(rows, heads, half int, x, cos, sin *float32, positions *int32, sign float32) // row p of cos and sin for position p
}

// lanes is room for the sums of a loop: two of eight.
type lanes [16]float32

// sum8 adds the lanes from i on, in a fixed order.
func (l *lanes) sum8(i int) float32 {
	return ((l[i] + l[i+4]) + (l[i+2] + l[i+6])) + ((l[i+1] + l[i+5]) + (l[i+3] + l[i+7]))
}

func (l *lanes) max8() float32 {
	return max(l[0], l[1], l[2], l[3], l[4], l[5], l[6], l[7])
}

// Families lists the kernel families that run on this machine, best first.
func Families() []string {
	var names []string
	for _, f := range families {
		if f.runs() {
			names = append(names, f.name)
		}
	}
	return names
}

// A candidate is a family and whether this machine has its instructions.
type candidate struct {
	name string
	runs func() bool
	make func() *family
}

// choose gives the family called name, or the best one where name is empty.
// notes says which families were refused because they compute something else.
func choose(name string) (f *family, notes []string, err error) {
	if name == "" {
		name = os.Getenv("GRAFT_CPU")
	}
	for _, c := range families {
		if name != "" && name != c.name {
			continue
		}
		if !c.runs() {
			if name != "" {
				return nil, nil, fmt.Errorf("cpu: this machine has no %s; it runs %s", name, strings.Join(Families(), ", "))
			}
			continue
		}
		f := c.make()
		if err := f.check(); err != nil {
			notes = append(notes, err.Error())
			continue
		}
		return f, notes, nil
	}
	if len(notes) > 0 {
		return nil, notes, fmt.Errorf("cpu: %s", strings.Join(notes, "; "))
	}
	return nil, nil, fmt.Errorf("cpu: no kernel family %q; there are %s", name, strings.Join(Families(), ", "))
}
