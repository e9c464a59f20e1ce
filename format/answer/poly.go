package answer

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// A ratio is a quotient of polynomials with rational coefficients, over
// letters, pi, the imaginary unit and square roots of square-free integers.
// Those roots are linearly independent over the rationals, so equality of the
// cross products is proof, not evidence.
type ratio struct{ num, den poly }

// A mono is a product of powers of letters ("x^2y", letters in order, π as p̂)
// and one square root.
type mono struct {
	rad  int64
	vars string
}

type poly map[mono]format.Num

// maxTerms bounds a polynomial; what is longer has no value here.
const maxTerms = 64

func constant(v format.Num) ratio { return ratio{num: single(1, "", v), den: one()} }

func one() poly { return single(1, "", format.Int(1)) }

func single(rad int64, vars string, v format.Num) poly {
	if v.Sign() == 0 {
		return poly{}
	}
	return poly{mono{rad, vars}: v}
}

func (p poly) add(q poly) poly {
	sum := make(poly, len(p)+len(q))
	for m, v := range p {
		sum[m] = v
	}
	for m, v := range q {
		if v = sum[m].Add(v); v.Sign() == 0 {
			delete(sum, m)
		} else {
			sum[m] = v
		}
	}
	return sum
}

func (p poly) scale(v format.Num) poly {
	q := make(poly, len(p))
	for m, c := range p {
		q[m] = c.Mul(v)
	}
	return q
}

// mul returns the product; ok is false if it grows beyond the bounds.
func (p poly) mul(q poly) (poly, bool) {
	product := poly{}
	for a, x := range p {
		for b, y := range q {
			m, factor, ok := a.mul(b)
			if !ok {
				return nil, false
			}
			v := product[m].Add(x.Mul(y).Mul(factor))
			if !bounded(v) {
				return nil, false
			}
			if v.Sign() == 0 {
				delete(product, m)
			} else {
				product[m] = v
			}
			if len(product) > maxTerms {
				return nil, false
			}
		}
	}
	return product, true
}

func (a mono) mul(b mono) (m mono, factor format.Num, ok bool) {
	if a.rad > 1<<31 || b.rad > 1<<31 {
		return m, factor, false
	}
	out, rad := squareFree(a.rad * b.rad)
	factor = format.Int(out)
	powers := map[string]int{}
	for _, vars := range [...]string{a.vars, b.vars} {
		for vars != "" {
			name, exp, rest := cutVar(vars)
			powers[name] += exp
			vars = rest
		}
	}
	if powers["i"] >= 2 {
		if powers["i"]&2 != 0 {
			factor = factor.Neg()
		}
		powers["i"] &= 1
	}
	names := make([]string, 0, len(powers))
	for name, exp := range powers {
		if exp > 999 {
			return m, factor, false
		}
		if exp > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var s strings.Builder
	for _, name := range names {
		s.WriteString(name)
		s.WriteString(strconv.Itoa(powers[name]))
		s.WriteByte(' ')
	}
	return mono{rad, s.String()}, factor, rad > 0
}

func cutVar(vars string) (name string, exp int, rest string) {
	head, rest, _ := strings.Cut(vars, " ")
	i := strings.IndexAny(head, "0123456789")
	exp, _ = strconv.Atoi(head[i:])
	return head[:i], exp, rest
}

// squareFree writes sqrt(n) as out·sqrt(rad). It gives up (rad 0) where trial
// division would take long.
func squareFree(n int64) (out, rad int64) {
	out, rad = 1, 1
	for d := int64(2); d*d <= n; d++ {
		if d > 1<<16 {
			return 1, 0
		}
		for n%(d*d) == 0 {
			n, out = n/(d*d), out*d
		}
		if n%d == 0 {
			n, rad = n/d, rad*d
		}
	}
	return out, rad * n
}

func (a ratio) add(b ratio) (ratio, bool) {
	x, ok := a.num.mul(b.den)
	y, ok2 := b.num.mul(a.den)
	d, ok3 := a.den.mul(b.den)
	return ratio{x.add(y), d}, ok && ok2 && ok3
}

func (a ratio) neg() ratio { return ratio{a.num.scale(format.Int(-1)), a.den} }

func (a ratio) mul(b ratio) (ratio, bool) {
	n, ok := a.num.mul(b.num)
	d, ok2 := a.den.mul(b.den)
	return ratio{n, d}, ok && ok2
}

func (a ratio) quo(b ratio) (ratio, bool) {
	if len(b.num) == 0 {
		return a, false
	}
	return a.mul(ratio{b.den, b.num})
}

func (a ratio) pow(exp int64) (ratio, bool) {
	if exp < 0 {
		if len(a.num) == 0 {
			return a, false
		}
		a, exp = ratio{a.den, a.num}, -exp
	}
	if exp > maxPower || exp > 16 && len(a.num)+len(a.den) > 2 {
		return a, false
	}
	r, ok := constant(format.Int(1)), true
	for range exp {
		if r, ok = r.mul(a); !ok {
			return a, false
		}
	}
	return r, true
}

// equal proves or refutes a = b; ok is false if that took too many terms.
func (a ratio) equal(b ratio) (same, ok bool) {
	x, ok := a.num.mul(b.den)
	y, ok2 := b.num.mul(a.den)
	if !ok || !ok2 {
		return false, false
	}
	return len(x.add(y.scale(format.Int(-1)))) == 0, true
}

// rational returns a as a number, if it is one.
func (a ratio) rational() (format.Num, bool) {
	x, ok := a.num.rational()
	y, ok2 := a.den.rational()
	if !ok || !ok2 {
		return x, false
	}
	return x.Quo(y)
}

func (p poly) rational() (format.Num, bool) {
	if len(p) == 0 {
		return format.Num{}, true
	}
	v, ok := p[mono{rad: 1}]
	return v, ok && len(p) == 1
}

// letters is the set of free letters of a, in order.
func (a ratio) letters() string {
	seen := map[string]bool{}
	for _, p := range [...]poly{a.num, a.den} {
		for m := range p {
			for vars := m.vars; vars != ""; {
				name, _, rest := cutVar(vars)
				if name != "i" && name != "π" {
					seen[name] = true
				}
				vars = rest
			}
		}
	}
	all := make([]string, 0, len(seen))
	for name := range seen {
		all = append(all, name)
	}
	slices.Sort(all)
	return strings.Join(all, "")
}

// approximate is a real constant to about 60 decimals, by integer square roots
// and a stored pi; ok is false if a is no real constant.
func (a ratio) approximate() (v *big.Rat, ok bool) {
	x, ok := a.num.approximate()
	y, ok2 := a.den.approximate()
	if !ok || !ok2 || y.Sign() == 0 {
		return nil, false
	}
	return x.Quo(x, y), true
}

const piDigits = "3.14159265358979323846264338327950288419716939937510582097494459230781640628620899"

func (p poly) approximate() (*big.Rat, bool) {
	sum := new(big.Rat)
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(60), nil)
	for m, c := range p {
		v := c.Rat()
		if m.rad > 1 {
			r := new(big.Int).Mul(big.NewInt(m.rad), new(big.Int).Mul(scale, scale))
			v.Mul(v, new(big.Rat).SetFrac(r.Sqrt(r), scale))
		}
		for vars := m.vars; vars != ""; {
			name, exp, rest := cutVar(vars)
			if name != "π" || exp > 8 {
				return nil, false
			}
			pi, _ := new(big.Rat).SetString(piDigits)
			for range exp {
				v.Mul(v, pi)
			}
			vars = rest
		}
		sum.Add(sum, v)
	}
	return sum, true
}
