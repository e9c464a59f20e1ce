package format

import (
	"math"
	"math/big"
	"strings"
	"testing"
)

// numTable is a text, and the number that ParseNum must read in it as String
// writes it; empty where it must refuse.
var numTable = []struct{ text, want string }{
	{"0", "0"}, {"-0", "0"}, {"007", "7"}, {"+5", "5"}, {"-5", "-5"}, {".5", "0.5"}, {"5.", "5"}, {"-.5", "-0.5"},
	{"1.50", "1.5"}, {"1/2", "0.5"}, {"1/3", "1/3"}, {"-2/6", "-1/3"}, {"4/2", "2"}, {"1/-3", "-1/3"}, {".5/.25", "2"},
	{"1,000", "1000"}, {"1,234,567.89", "1234567.89"}, {"-1,000/4", "-250"},
	{"9223372036854775807", "9223372036854775807"}, {"9223372036854775808", "9223372036854775808"},
	{"-9223372036854775808", "-9223372036854775808"}, {"123456789012345678901234567890", "123456789012345678901234567890"},
	{"0.1234567890123456789012345", "0.1234567890123456789012345"}, {"000000000000000000000000.5", "0.5"},
	{"0000000000000000000012", "12"}, {"1/9223372036854775807", "1/9223372036854775807"},
	{"", ""}, {".", ""}, {"-", ""}, {"+-1", ""}, {"1e5", ""}, {"0x10", ""}, {"1_000", ""}, {"1,00", ""}, {",100", ""},
	{"1000,000", ""}, {"1.000,5", ""}, {"1/0", ""}, {"1/", ""}, {"/2", ""}, {"1/2/3", ""}, {" 1", ""}, {"1 ", ""}, {"Inf", ""}, {"NaN", ""},
	{strings.Repeat("9", MaxDigits+1), ""},
}

func TestParseNum(t *testing.T) {
	for _, row := range numTable {
		x, ok := ParseNum(row.text)
		if ok != (row.want != "") || ok && x.String() != row.want {
			t.Errorf("ParseNum(%.40q) = %s %v, want %q", row.text, x, ok, row.want)
		}
		if !ok {
			continue
		}
		var back Num
		if err := back.UnmarshalText([]byte(x.String())); err != nil || !back.Equal(x) {
			t.Errorf("%s reads back as %s, %v", x, back, err)
		}
	}
}

// edge values, where two machine words end.
var edges = []string{"0", "1", "-1", "1/2", "-1/3", "3037000500", "9223372036854775807", "-9223372036854775807",
	"-9223372036854775808", "9223372036854775808", "1/9223372036854775807", "-9223372036854775807/2",
	"9223372036854775806/9223372036854775807", "4611686018427387904", "1/4294967296", "123456789012345678901234567890/7"}

// TestNumArithmetic compares every operation on every pair of edge values with
// big.Rat, and holds that small results do not linger in the large form.
func TestNumArithmetic(t *testing.T) {
	for _, a := range edges {
		for _, b := range edges {
			x, _ := ParseNum(a)
			y, _ := ParseNum(b)
			compareRat(t, x, y)
		}
	}
}

func compareRat(t *testing.T, x, y Num) {
	t.Helper()
	p, q := x.Rat(), y.Rat()
	for _, op := range []struct {
		name string
		got  Num
		want *big.Rat
	}{
		{"+", x.Add(y), new(big.Rat).Add(p, q)},
		{"-", x.Sub(y), new(big.Rat).Sub(p, q)},
		{"*", x.Mul(y), new(big.Rat).Mul(p, q)},
		{"neg", x.Neg(), new(big.Rat).Neg(p)},
		{"abs", x.Abs(), new(big.Rat).Abs(p)},
	} {
		same(t, x.String()+" "+op.name+" "+y.String(), op.got, op.want)
	}
	z, ok := x.Quo(y)
	if ok != (q.Sign() != 0) {
		t.Errorf("%s / %s: ok is %v", x, y, ok)
	} else if ok {
		same(t, x.String()+" / "+y.String(), z, new(big.Rat).Quo(p, q))
	}
	if x.Cmp(y) != p.Cmp(q) {
		t.Errorf("Cmp(%s, %s) = %d, want %d", x, y, x.Cmp(y), p.Cmp(q))
	}
	if x.Equal(y) != (p.Cmp(q) == 0) {
		t.Errorf("Equal(%s, %s) = %v", x, y, x.Equal(y))
	}
	if x.Sign() != p.Sign() || x.IsInt() != p.IsInt() {
		t.Errorf("%s: sign %d, whole %v", x, x.Sign(), x.IsInt())
	}
}

func same(t *testing.T, what string, got Num, want *big.Rat) {
	t.Helper()
	if got.Rat().Cmp(want) != 0 {
		t.Errorf("%s = %s, want %s", what, got, want)
	}
	// One number must have one form, or Equal would tell equal numbers apart.
	if !got.Equal(FromRat(want)) {
		t.Errorf("%s = %s has another form than FromRat makes of it", what, got)
	}
	if s := got.String(); len(s) <= MaxDigits {
		if back, ok := ParseNum(s); !ok || !back.Equal(got) {
			t.Errorf("%s = %s, which reads back as %s %v", what, s, back, ok)
		}
	}
}

func TestFrac(t *testing.T) {
	for _, n := range []int64{0, 1, -1, 6, math.MaxInt64, math.MinInt64, math.MinInt64 + 1} {
		for _, d := range []int64{0, 1, -1, 4, -6, math.MaxInt64, math.MinInt64, math.MinInt64 + 1} {
			x, ok := Frac(n, d)
			if ok != (d != 0) {
				t.Errorf("Frac(%d, %d): ok is %v", n, d, ok)
			} else if ok {
				same(t, "Frac", x, big.NewRat(n, d))
			}
		}
	}
	if Int(math.MinInt64).Neg().Rat().Cmp(new(big.Rat).Neg(new(big.Rat).SetInt64(math.MinInt64))) != 0 {
		t.Errorf("-(-2^63) = %s", Int(math.MinInt64).Neg())
	}
	if got := Int(math.MinInt64).Abs(); got.Sign() != 1 {
		t.Errorf("|-2^63| = %s", got)
	}
	x, _ := ParseNum("-9223372036854775808")
	if !x.Equal(Int(math.MinInt64)) {
		t.Errorf("-2^63 has two forms, which are not equal")
	}
}

// TestNumAllocs: arithmetic that fits costs no memory.
func TestNumAllocs(t *testing.T) {
	x, _ := ParseNum("43.2")
	y, _ := ParseNum("7/12")
	if n := testing.AllocsPerRun(100, func() {
		z := x.Add(y).Mul(y).Sub(x)
		z, _ = z.Quo(y)
		_ = z.Cmp(x)
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func FuzzNum(f *testing.F) {
	for i, row := range numTable {
		f.Add(row.text, numTable[len(numTable)-1-i].text)
	}
	for i, e := range edges {
		f.Add(e, edges[len(edges)-1-i])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		x, ok := ParseNum(a)
		if !ok {
			return
		}
		if clean := strings.ReplaceAll(a, ",", ""); !strings.Contains(clean, "/") {
			if r, ok := new(big.Rat).SetString(clean); !ok || r.Cmp(x.Rat()) != 0 {
				t.Fatalf("%q is %s", a, x)
			}
		}
		if y, ok := ParseNum(b); ok {
			compareRat(t, x, y)
		}
	})
}
