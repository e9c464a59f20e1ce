package format

import (
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// A Num is an exact rational number. The zero Num is 0. Nums are values: no
// method changes its receiver, and two Nums are the same number exactly when
// Equal says so (== does not compare large ones).
//
// Small fractions live in two machine words, because nearly every number in a
// reasoning trace fits there; anything that overflows moves to big.Rat.
type Num struct {
	n    int64    // numerator, in lowest terms
	dec1 int64    // denominator minus one, so that the zero Num is 0/1
	r    *big.Rat // set, and the only truth, when the number does not fit
}

// MaxDigits bounds the digits and the exponent that ParseNum accepts, so that
// hostile text cannot ask for a number of unbounded size.
const MaxDigits = 4096

// Int returns n as a Num.
func Int(n int64) Num {
	if n == -1<<63 { // it has no negative among the small
		return fromRat(new(big.Rat).SetInt64(n))
	}
	return Num{n: n}
}

// Frac returns n/d in lowest terms; ok is false when d is zero.
func Frac(n, d int64) (x Num, ok bool) {
	if d == 0 {
		return Num{}, false
	}
	const minInt = -1 << 63
	if n == minInt || d == minInt {
		return fromRat(big.NewRat(n, d)), true
	}
	if d < 0 {
		n, d = -n, -d
	}
	g := gcd(abs(n), d)
	return Num{n: n / g, dec1: d/g - 1}, true
}

func fromRat(r *big.Rat) Num {
	if r.Num().IsInt64() && r.Denom().IsInt64() && r.Num().Int64() != -1<<63 {
		return Num{n: r.Num().Int64(), dec1: r.Denom().Int64() - 1}
	}
	return Num{r: r}
}

// FromRat returns r as a Num. The caller must not change r afterwards.
func FromRat(r *big.Rat) Num { return fromRat(r) }

// Rat returns x as a fresh big.Rat.
func (x Num) Rat() *big.Rat {
	if x.r != nil {
		return new(big.Rat).Set(x.r)
	}
	return big.NewRat(x.n, x.dec1+1)
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	if a == 0 {
		return 1
	}
	return a
}

func mul64(a, b int64) (int64, bool) {
	hi, lo := bits.Mul64(uint64(abs(a)), uint64(abs(b)))
	if hi != 0 || lo>>63 != 0 {
		return 0, false
	}
	if (a < 0) != (b < 0) {
		return -int64(lo), true
	}
	return int64(lo), true
}

func add64(a, b int64) (int64, bool) {
	c := a + b
	return c, (c > a) == (b > 0) && c != -1<<63
}

// Add returns x + y.
func (x Num) Add(y Num) Num {
	if x.r == nil && y.r == nil {
		if x.dec1 == 0 && y.dec1 == 0 {
			if s, ok := add64(x.n, y.n); ok {
				return Num{n: s}
			}
		} else if a, ok := mul64(x.n, y.dec1+1); ok {
			if b, ok := mul64(y.n, x.dec1+1); ok {
				if s, ok := add64(a, b); ok {
					if d, ok := mul64(x.dec1+1, y.dec1+1); ok {
						z, _ := Frac(s, d)
						return z
					}
				}
			}
		}
	}
	return fromRat(new(big.Rat).Add(x.Rat(), y.Rat()))
}

// Neg returns -x.
func (x Num) Neg() Num {
	if x.r == nil {
		return Num{n: -x.n, dec1: x.dec1}
	}
	return fromRat(new(big.Rat).Neg(x.r))
}

// Sub returns x - y.
func (x Num) Sub(y Num) Num { return x.Add(y.Neg()) }

// Mul returns x × y.
func (x Num) Mul(y Num) Num {
	if x.r == nil && y.r == nil {
		if n, ok := mul64(x.n, y.n); ok {
			if d, ok := mul64(x.dec1+1, y.dec1+1); ok {
				z, _ := Frac(n, d)
				return z
			}
		}
	}
	return fromRat(new(big.Rat).Mul(x.Rat(), y.Rat()))
}

// Quo returns x / y; ok is false when y is zero.
func (x Num) Quo(y Num) (z Num, ok bool) {
	if y.Sign() == 0 {
		return Num{}, false
	}
	if y.r == nil {
		inv, _ := Frac(y.dec1+1, y.n)
		return x.Mul(inv), true
	}
	return fromRat(new(big.Rat).Quo(x.Rat(), y.r)), true
}

// Sign returns -1, 0 or 1.
func (x Num) Sign() int {
	switch {
	case x.r != nil:
		return x.r.Sign()
	case x.n < 0:
		return -1
	case x.n > 0:
		return 1
	}
	return 0
}

// Small reports whether x fits in two machine words, so that callers can bound
// the work that hostile input asks for.
func (x Num) Small() bool { return x.r == nil }

// Abs returns |x|.
func (x Num) Abs() Num {
	if x.Sign() < 0 {
		return x.Neg()
	}
	return x
}

// Cmp returns -1, 0 or 1 as x is less than, equal to or greater than y.
func (x Num) Cmp(y Num) int { return x.Sub(y).Sign() }

// Equal reports whether x and y are the same number.
func (x Num) Equal(y Num) bool {
	if x.r == nil && y.r == nil {
		return x.n == y.n && x.dec1 == y.dec1
	}
	return x.r != nil && y.r != nil && x.r.Cmp(y.r) == 0
}

// IsInt reports whether x is a whole number.
func (x Num) IsInt() bool {
	if x.r != nil {
		return x.r.IsInt()
	}
	return x.dec1 == 0
}

// Int64 returns x as a machine integer; ok is false when it is not one.
func (x Num) Int64() (n int64, ok bool) { return x.n, x.r == nil && x.dec1 == 0 }

// String writes x so that ParseNum reads it back: an integer as digits, a
// terminating decimal as a decimal, anything else as numerator/denominator.
func (x Num) String() string {
	if x.r == nil && x.dec1 == 0 {
		return strconv.FormatInt(x.n, 10)
	}
	r := x.Rat()
	if r.IsInt() {
		return r.Num().String()
	}
	if digits, exact := r.FloatPrec(); exact {
		return r.FloatString(digits)
	}
	return r.String()
}

// MarshalText writes x as String does.
func (x Num) MarshalText() ([]byte, error) { return []byte(x.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (x *Num) UnmarshalText(b []byte) error {
	v, ok := ParseNum(string(b))
	if !ok {
		return &strconv.NumError{Func: "ParseNum", Num: string(b), Err: strconv.ErrSyntax}
	}
	*x = v
	return nil
}

// ParseNum reads an integer, a decimal (also .5 and 5.), a fraction n/d, each
// with an optional sign and with commas between groups of three digits. It
// reads the whole of s or nothing, and knows no exponent, unit or currency:
// those are package answer's business.
func ParseNum(s string) (Num, bool) {
	if a, b, cut := strings.Cut(s, "/"); cut {
		x, ok := parseDecimal(a)
		y, ok2 := parseDecimal(b)
		if !ok || !ok2 {
			return Num{}, false
		}
		return x.Quo(y)
	}
	return parseDecimal(s)
}

func parseDecimal(s string) (Num, bool) {
	if len(s) == 0 || len(s) > MaxDigits {
		return Num{}, false
	}
	neg := false
	if s[0] == '-' || s[0] == '+' {
		neg, s = s[0] == '-', s[1:]
	}
	whole, frac, point := strings.Cut(s, ".")
	if len(whole)+len(frac) == 0 || point && strings.IndexByte(frac, ',') >= 0 {
		return Num{}, false
	}
	if strings.IndexByte(whole, ',') >= 0 {
		if !groupedByThree(whole) {
			return Num{}, false
		}
		whole = strings.ReplaceAll(whole, ",", "")
	}
	for _, part := range [2]string{whole, frac} {
		for i := range len(part) {
			if part[i] < '0' || part[i] > '9' {
				return Num{}, false
			}
		}
	}
	frac = strings.TrimRight(frac, "0")
	if len(whole)+len(frac) <= 18 {
		n, d := int64(0), int64(1)
		for i := range len(whole) {
			n = n*10 + int64(whole[i]-'0')
		}
		for i := range len(frac) {
			n, d = n*10+int64(frac[i]-'0'), d*10
		}
		if neg {
			n = -n
		}
		return Frac(n, d)
	}
	r, ok := new(big.Rat).SetString(whole + "." + frac)
	if !ok {
		return Num{}, false
	}
	if neg {
		r.Neg(r)
	}
	return fromRat(r), true
}

// groupedByThree reports whether s is 1 to 3 digits followed by groups of
// exactly three, each after a comma. The caller checks that they are digits.
func groupedByThree(s string) bool {
	first := strings.IndexByte(s, ',')
	if first < 1 || first > 3 || (len(s)-first)%4 != 0 {
		return false
	}
	for i := range len(s) {
		if (s[i] == ',') != (i >= first && (i-first)%4 == 0) {
			return false
		}
	}
	return true
}
