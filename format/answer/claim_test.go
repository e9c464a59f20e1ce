package answer

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/format"
)

// claimTable is text, and what Claims must find in it: expr=value with a v for
// the verdict, marks in double brackets.
var claimTable = []struct{ text, want string }{
	{"no numbers at all", ""},
	{"Ann gives 48/2 = <<48/2=24>>24 clips away.", "<<48/2=24>>exact"},
	{"It costs 15 * $2 = $30 now", "15 * $2=$30 exact"},
	{"5 slices * 2 = 10 slices", "5 slices * 2=10 exact"},
	{"5 slices * 2 = 11 slices", "5 slices * 2=11 false"},
	{"3 feet + 6 inches = 42 inches", "3 feet + 6 inches=42 unknown"},
	{"5 quarters * 25 = $1.25", "5 quarters * 25=$1.25 unknown"},
	{"2 + 3 = 5 = 10/2", "2 + 3=5 exact|"},
	{"A = (-9 - 5 - 0) = (-9 - 5) = -14.", "(-9 - 5 - 0)=(-9 - 5) exact|(-9 - 5)=-14 exact"},
	{"2*3*4 = 6*4 = <<6*4=24>>24", "2*3*4=6*4 exact|<<6*4=24>>exact"},
	{"so 7 × 8 ÷ 2 − 1 = 27 and", "7 × 8 ÷ 2 − 1=27 exact"},
	{"2 x 3 = 6", "2 x 3=6 exact"},
	{"1,000 + 250.50 = 1,250.5", "1,000 + 250.50=1,250.5 exact"},
	{"(3+4=7)", "3+4=7 exact"},
	{"2(3+4) = 14", "2(3+4)=14 exact"},
	{"10/3 = 3.33", "10/3=3.33 rounded"},
	{"10/3 = 3.34", "10/3=3.34 false"},
	{"10/3 ≈ 3.3", "10/3=3.3 rounded"},
	{"<<0.1*3=0.30000000000000004>>", "<<0.1*3=0.30000000000000004>>rounded"},
	{"<<X*.25=10>>", "<<X*.25=10>>unknown"},
	{"<<4/0=0>>", "<<4/0=0>>unknown"},
	{"<<14=14>> and <<oops", "<<14=14>>exact"},
	{"20/50 = 40%", "20/50=40% exact"},
	{"100% - 20% = 80%", "100% - 20%=80% exact"},
	{"100 - 20 = 80%", "100 - 20=80% exact"},
	{"100 - 30 = 80%", "100 - 30=80% false"},
	{"60 \\times 2 = 120", "60 \\times 2=120 exact"},
	{"- 5 + 3 = 8", "5 + 3=8 exact"},
	{"X - 5 = 3 and 3A + 7 = 19 and 3x + 2 = 8", ""},
	{"(A+2)+3 = 9", ""},
	{"f(2) + 3 = 7", ""},
	{"x^2 + 3 = 7", ""},
	{"twice 5 + 3 = 13, 20% of 50 + 5 = 15", ""},
	{"7 + 8 = 3 (mod 12)", ""},
	{"2/3 = 0.666...", ""},
	{"4*3*2*1 = 4!", ""},
	{"7/2 = 3 remainder 1", ""},
	{"5 + 5 = 10x", ""},
	{"12_3 + 1 = 20_3", ""},
	{"2+3 = 5-10 minutes", ""},
	{"2 + 3 => 5, 2+3 == 5", ""},
	{"$25 + $5 = $30.", "$25 + $5=$30 exact"},
	{"a total of 200+200 = 400 miles", "200+200=400 exact"},
	{"100/1+", ""},
	{"15+2a = 35", ""},
	{"1/2 a cup = 4 ounces", ""},
	{"28 / 1/5 = 140", "28 / 1/5=140 unknown"},
	{"17/3 = 5 and 2/3", ""},
	{"Weeks 1-2 = 26", ""},
	{"adds 20 + 10 to the 29 + 24 = 83", ""},
	{"16,0000/10=16000", ""},
	{"0900-0130 = 0730 hours", ""},
	{"(1/2) 278 + 11 = 150", ""},
	{"so (-3/2) = 2: -3", ""},
	{"8*3*2 = 8*3 = 24, times 2 is 48", ""},
	{"['40-25=15', '12*7=84']", "40-25=15 exact|12*7=84 exact"},
	{"5.2 ÷ 4.25 ≈ 1.223", "5.2 ÷ 4.25=1.223 unknown"},
}

func TestClaims(t *testing.T) {
	for _, row := range claimTable {
		want := strings.TrimSuffix(row.want, "|")
		if got := showClaims(row.text); got != want {
			t.Errorf("%q\n got %s\nwant %s", row.text, got, want)
		}
	}
}

func showClaims(text string) string {
	var all []string
	for _, c := range Claims(text) {
		v := CheckClaim(c)
		if c.Mark {
			all = append(all, fmt.Sprintf("<<%s=%s>>%s", c.Expr, c.Value, v))
		} else {
			all = append(all, fmt.Sprintf("%s=%s %s", c.Expr, c.Value, v))
		}
	}
	return strings.Join(all, "|")
}

// TestClaimsNothing: a line without a claim must cost no memory, since most
// lines of a corpus have none.
func TestClaimsNothing(t *testing.T) {
	text := strings.Repeat("Ann has 48 clips, and x = 3 of them are red (or 2). ", 20)
	if n := testing.AllocsPerRun(100, func() { Claims(text) }); n != 0 {
		t.Errorf("%v allocations for a text without claims, want 0", n)
	}
}

func FuzzClaims(f *testing.F) {
	for _, row := range claimTable {
		f.Add(row.text)
	}
	f.Add("1=1\xe2")
	f.Add(strings.Repeat("(", 300) + "1+1=2")
	f.Add(strings.Repeat("<<1+", 100))
	f.Fuzz(func(t *testing.T, text string) {
		at := 0
		for _, c := range Claims(text) {
			if c.Start < at || c.End <= c.Start || c.End > len(text) {
				t.Fatalf("claim at %d:%d of %d bytes, after %d", c.Start, c.End, len(text), at)
			}
			at = c.Start
			if !strings.Contains(text[c.Start:c.End], c.Expr) || !strings.Contains(text[c.Start:c.End], c.Value) {
				t.Fatalf("claim %+v does not stand in %q", c, text[c.Start:c.End])
			}
			if v := CheckClaim(c); v > format.False {
				t.Fatal(v)
			}
		}
	})
}
