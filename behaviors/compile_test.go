package behaviors

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/augment/augmenttest"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// uses are all behaviors of the suite but those left out.
func uses(t testing.TB, per string, without ...string) (list []augment.ResolvedUse) {
	for i, b := range Suite.Behaviors {
		if !slices.Contains(without, b.Name) {
			u := augmenttest.Use(t, b, "{}", per)
			u.Rank = i
			list = append(list, u)
		}
	}
	return list
}

// alone is a use of one behavior; for one that nests, with hosts for it. The last
// use is its own.
func alone(t testing.TB, b *augment.Behavior, per string) (list []augment.ResolvedUse) {
	if b.Nests {
		for _, name := range [...]string{"verification", "retry_miss", "backtracking"} {
			u := augmenttest.Use(t, Suite.Find(name), "{}", augment.PerSite)
			u.Rank = slices.Index(Suite.Behaviors, Suite.Find(name))
			list = append(list, u)
		}
	}
	u := augmenttest.Use(t, b, "{}", per)
	u.Rank = len(Suite.Behaviors)
	return append(list, u)
}

// What one behavior writes must not depend on which others a recipe uses: an
// ablation compares like with like. Excepted are what is nested, which goes with
// its host, and an error that another behavior made already in the same words.
func TestBehaviorsAreIndependent(t *testing.T) {
	recs := gsm8k(t)[:200]
	edited, same := 0, 0
	for _, per := range [...]string{augment.PerTrace, augment.PerSite} {
		all := augment.NewCompiler(5, uses(t, per))
		var others []*augment.Compiler
		for _, b := range Suite.Behaviors {
			others = append(others, augment.NewCompiler(5, uses(t, per, b.Name)))
		}
		for _, rec := range recs {
			whole, refused := all.Compile(rec, &rec.Attempts[0])
			edited += len(whole.Edits)
			for i, b := range Suite.Behaviors {
				if b.Name == "wrong_then_fix" && slices.ContainsFunc(refused, func(r augment.Rejection) bool { return r.Code == "same-error" }) {
					same++
					continue
				}
				rest, _ := others[i].Compile(rec, &rec.Attempts[0])
				got, want := without(whole, b.Name), rest.Text()
				if per == augment.PerTrace && b.Name != "meta_tokens" {
					// Which of the hosts of a trace is marked depends on the hosts.
					got, want = without(whole, b.Name, "meta_tokens"), without(rest, "meta_tokens")
				}
				if got != want {
					t.Fatalf("%s without %s: got %q, want %q", rec.ID, b.Name, got, want)
				}
			}
		}
	}
	t.Logf("%d records, %d edits; %d times the same error", len(recs), edited, same)
	if same == 0 || same > len(recs) {
		t.Errorf("%d of %d traces excepted", same, 2*len(recs))
	}
}

// wrongs are the errors of a trace by step, in their own words; a repeated one is
// told.
func wrongs(t format.Trace) (twice string, n int) {
	seen := map[string]int{}
	for _, s := range t.Steps {
		if s.Kind != format.Wrong {
			continue
		}
		key := fmt.Sprintf("node %d: %s", s.Node, strings.TrimSpace(s.Text))
		if by, ok := seen[key]; ok && by != s.Origin.Edit {
			twice = key
		}
		seen[key] = s.Origin.Edit
		n++
	}
	return twice, n
}

// Two behaviors that go wrong at one step never make the same error there, and
// which of them gives way does not depend on the order of a recipe.
func TestNoErrorIsMadeTwice(t *testing.T) {
	n, gaveWay := 0, map[string]int{}
	c := augment.NewCompiler(5, uses(t, augment.PerSite))
	for _, rec := range gsm8k(t)[:400] {
		trace, refused := c.Compile(rec, &rec.Attempts[0])
		twice, k := wrongs(trace)
		if n += k; twice != "" {
			t.Errorf("%s: made twice: %s", rec.ID, twice)
		}
		for _, r := range refused {
			if r.Code == "same-error" {
				gaveWay[r.Behavior]++
			}
		}
	}
	t.Logf("%d wrong steps; gave way: %v", n, gaveWay)
	if gaveWay["backtracking"] < 20 || len(gaveWay) != 1 {
		t.Errorf("gave way: %v, want backtracking alone, which stands later in the suite", gaveWay)
	}
}

// without is the text without what some behaviors wrote, and what is nested in that.
func without(t format.Trace, behaviors ...string) string {
	var b strings.Builder
	for _, s := range t.Steps {
		if e := s.Origin.Edit; e > 0 {
			parent := t.Edits[e-1].Parent
			if slices.Contains(behaviors, s.Origin.Behavior) || parent > 0 && slices.Contains(behaviors, t.Edits[parent-1].Behavior) {
				continue
			}
		}
		b.WriteString(s.Text)
	}
	return b.String()
}

// holds checks laws 1 and 2 on a compiled trace from its text, without the
// engine's prover.
func holds(rec *format.Record, out *format.Trace) error {
	src := &rec.Attempts[0]
	if out.Erase() != src.Trace.Text() {
		return fmt.Errorf("erasing leaves %q of %q", out.Erase(), src.Trace.Text())
	}
	if err := format.CheckTrace(*out); err != nil {
		return err
	}
	open := map[string]bool{}
	for i := range out.Steps {
		s := &out.Steps[i]
		claims := answer.Claims(s.Text)
		switch {
		case s.Origin.Edit == 0:
			if len(open) > 0 {
				return fmt.Errorf("source step %q follows wrong values that nothing withdraws", s.Text)
			}
		case s.Kind == format.Wrong:
			n := src.Graph.Node(s.Node)
			if len(claims) != 1 || strings.TrimLeft(claims[0].Value, "$") == n.Value.String() {
				return fmt.Errorf("wrong step %q: %d claims, true value %s", s.Text, len(claims), n.Value)
			}
			open[strings.TrimRight(strings.TrimLeft(strings.ReplaceAll(claims[0].Value, ",", ""), "$"), ".0")] = true
		case s.Kind == format.Retract:
			plain := strings.ReplaceAll(s.Text, ",", "")
			for w := range open {
				if !strings.Contains(plain, w) {
					return fmt.Errorf("retraction %q does not name %s", s.Text, w)
				}
			}
			clear(open)
		}
		if s.Origin.Edit > 0 && s.Kind != format.Wrong {
			for _, c := range claims {
				if v := answer.CheckClaim(c); v != format.Exact {
					return fmt.Errorf("%s step %q: %s = %s is %s", s.Kind, s.Text, c.Expr, c.Value, v)
				}
			}
		}
	}
	if len(open) > 0 {
		return fmt.Errorf("the trace ends with wrong values")
	}
	return nil
}

// FuzzCompile weaves everything into traces that the fuzzer writes, and into
// traces of sound arithmetic that it chooses.
func FuzzCompile(f *testing.F) {
	f.Add("Ann has 48 clips and gives half of them away. How many of the rest are left?", "She gives 48/2 = <<48/2=24>>24 clips away.\nThat leaves 48-24 = <<48-24=24>>24 clips.\n#### 24", uint64(1))
	f.Add("A box of 12 costs $3 and is sold in 5 shops.", "5*12 = 60 pens. So 60*3 = $180 in the shops. Then 180-12 = $168.", uint64(2))
	f.Add("What is the sum of 1,250 and 3.50?", "1. It is 1,250+3.50 = <<1250+3.50=1253.50>>1,253.50 dollars\n2. Of the 1253.5 dollars 10% is 1253.5*10% = <<1253.5*10*.01=125.35>>125.35 dollars", uint64(3))
	perTrace, perSite := uses(f, augment.PerTrace), uses(f, augment.PerSite)
	f.Fuzz(func(t *testing.T, question, text string, seed uint64) {
		if len(text) > 4096 || len(question) > 4096 {
			return
		}
		for _, rec := range [...]*format.Record{augmenttest.Record("fuzz", question, text), sums(seed, text)} {
			if len(rec.Attempts[0].Trace.Steps) == 0 || format.CheckTrace(rec.Attempts[0].Trace) != nil {
				continue
			}
			for _, list := range [...][]augment.ResolvedUse{perTrace, perSite} {
				out, _ := augment.NewCompiler(seed, list).Compile(rec, &rec.Attempts[0])
				if err := holds(rec, &out); err != nil {
					t.Fatalf("%v\n%s", err, augmenttest.Margin(out))
				}
			}
		}
	})
}

// sums is a record of sound arithmetic: the bytes of shape choose operations on
// the numbers so far.
func sums(seed uint64, shape string) *format.Record {
	nums := []int64{int64(seed%90) + 3, int64(seed/90%40) + 2, int64(seed/3600%900) + 11}
	question := fmt.Sprintf("The shop has %d red pens, %d boxes and %d blue pens. How many are there?", nums[0], nums[1], nums[2])
	things := [...]string{"pens", "red pens", "boxes of pens", "blue pens left", "pens in May"}
	var b strings.Builder
	for i := 0; i < min(6, len(shape)); i++ {
		x, y := nums[int(shape[i]>>2)%len(nums)], nums[int(shape[i]>>5)%len(nums)]
		op, v := byte('+'), x+y
		switch {
		case shape[i]%4 == 1 && x > y:
			op, v = '-', x-y
		case shape[i]%4 == 2 && x < 1e6 && y < 1e6:
			op, v = '*', x*y
		case shape[i]%4 == 3 && x%y == 0:
			op, v = '/', x/y
		}
		if v == 0 || v > 1e9 {
			continue
		}
		nums = append(nums, v)
		fmt.Fprintf(&b, "There are %d%c%d=<<%d%c%d=%d>>%d %s.\n", x, op, y, x, op, y, v, v, things[i%len(things)])
	}
	b.WriteString("#### 1")
	return augmenttest.Record("sums", question, b.String())
}

func BenchmarkCompile(b *testing.B) {
	recs := gsm8k(b)[:2000]
	n := int64(0)
	for _, r := range recs {
		n += int64(len(r.Problem.Question) + len(r.Attempts[0].Trace.Text()))
	}
	third, _ := format.Frac(3, 10)
	all := uses(b, augment.PerTrace)
	for i := range all {
		all[i].Select.Rate = &third
	}
	c := augment.NewCompiler(1, all)
	b.SetBytes(n / int64(len(recs)))
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		rec := recs[i%len(recs)]
		c.Compile(rec, &rec.Attempts[0])
		i++
	}
}

func BenchmarkSites(b *testing.B) {
	recs := gsm8k(b)[:2000]
	for _, bh := range Suite.Behaviors {
		b.Run(bh.Name, func(b *testing.B) {
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				rec := recs[i%len(recs)]
				bh.Sites(&augment.Pass{Problem: &rec.Problem, Attempt: &rec.Attempts[0], Graph: rec.Attempts[0].Graph, Params: bh.Params})
				i++
			}
		})
	}
}
