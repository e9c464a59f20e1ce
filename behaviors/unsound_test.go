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

// A fault spoils a sound edit in one way. spoil returns false where the edit does
// not offer what is to be spoiled. codes are the reasons that are right.
type fault struct {
	name  string
	codes string
	shift int // the edit is put so many steps later than it belongs, earlier if negative
	spoil func(p *augment.Pass, s augment.Site, e *augment.Edit) bool
}

// Every kind of unsound edit, made from real ones, must be refused, and for the
// right reason: a proof that has never refused anything proves nothing.
func TestUnsoundEditsAreRefused(t *testing.T) {
	const each = 200
	for _, b := range Suite.Behaviors {
		recs := corpus(t, b)
		counts, total := map[string]int{}, 0
		for _, f := range faults[b.Name] {
			n := plant(t, b, &f, recs, each, counts)
			if n == 0 {
				t.Errorf("%s: %s was never planted", b.Name, f.name)
			}
			total += n
		}
		var line []string
		for code, n := range counts {
			line = append(line, fmt.Sprintf("%s %d", code, n))
		}
		slices.Sort(line)
		t.Logf("%s: %d unsound edits of %d kinds, refused by code: %s", b.Name, total, len(faults[b.Name]), strings.Join(line, ", "))
		if total < 200 {
			t.Errorf("%s: %d unsound edits planted, want 200", b.Name, total)
		}
	}
}

// plant compiles with a behavior that spoils what it writes until enough edits
// were spoiled, and checks what became of each.
func plant(t *testing.T, b *augment.Behavior, f *fault, recs []*format.Record, enough int, counts map[string]int) int {
	t.Helper()
	bad, spoiled := *b, 0
	var hit bool
	bad.Sites = func(p *augment.Pass) []augment.Site {
		sites := b.Sites(p)
		for i := range sites {
			sites[i].Step += f.shift
		}
		return slices.DeleteFunc(sites, func(s augment.Site) bool { return s.Step < 0 || s.Step >= len(p.Steps()) })
	}
	bad.Write = func(p *augment.Pass, s augment.Site) (augment.Edit, error) {
		own := s
		own.Step -= f.shift
		e, err := b.Write(p, own)
		if err != nil {
			return e, err
		}
		e.At = slices.Clone(e.At)
		for i := range e.Steps {
			e.Steps[i].Refs = slices.Clone(e.Steps[i].Refs)
		}
		if hit = f.spoil(p, own, &e); !hit {
			return e, augment.Refuse("unspoilable", "")
		}
		spoiled++
		return e, nil
	}
	c := augment.NewCompiler(3, alone(t, &bad, augment.PerSite))
	for _, rec := range recs {
		if spoiled >= enough {
			break
		}
		before := spoiled
		out, refused := c.Compile(rec, &rec.Attempts[0])
		if slices.ContainsFunc(out.Edits, func(e format.Stamp) bool { return e.Behavior == b.Name }) {
			t.Errorf("%s: %s: accepted in %s:\n%s", b.Name, f.name, rec.ID, augmenttest.Margin(out))
			return spoiled
		}
		got := 0
		for _, r := range refused {
			if r.Behavior != b.Name || r.Code == "unspoilable" || strings.HasPrefix(r.Code, "no-s") || r.Code == "no-route" {
				continue // the original would not be written either
			}
			got++
			counts[r.Code]++
			if !slices.Contains(strings.Fields(f.codes), r.Code) {
				t.Errorf("%s: %s: refused in %s as %s (%s), want one of %s", b.Name, f.name, rec.ID, r.Code, r.Detail, f.codes)
				return spoiled
			}
		}
		if got != spoiled-before {
			t.Errorf("%s: %s: %d spoiled in %s, %d refused", b.Name, f.name, spoiled-before, rec.ID, got)
		}
	}
	return spoiled
}

// at finds the first step of a kind.
func at(e *augment.Edit, k format.Kind) *format.Step {
	i := slices.IndexFunc(e.Steps, func(s format.Step) bool { return s.Kind == k })
	if i < 0 {
		return nil
	}
	return &e.Steps[i]
}

func drop(e *augment.Edit, k format.Kind) bool {
	e.Steps = slices.DeleteFunc(e.Steps, func(s format.Step) bool { return s.Kind == k })
	return true
}

// say replaces the text of the first step of a kind.
func say(k format.Kind, text string) func(*augment.Pass, augment.Site, *augment.Edit) bool {
	return func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		at(e, k).Text = text
		return true
	}
}

// addText adds to the text of the first step of a kind.
func addText(k format.Kind, text string) func(*augment.Pass, augment.Site, *augment.Edit) bool {
	return func(_ *augment.Pass, _ augment.Site, e *augment.Edit) bool {
		s := at(e, k)
		s.Text = strings.TrimSpace(s.Text) + text
		return true
	}
}

func chain(e *augment.Edit) (n int) {
	for i := range e.Steps {
		if e.Steps[i].Kind == format.Wrong {
			n++
		}
	}
	return n
}

// claimed is the value that an inserted step states.
func claimed(s *format.Step) (format.Claim, bool) {
	c := answer.Claims(s.Text)
	if len(c) == 0 {
		return format.Claim{}, false
	}
	return c[len(c)-1], true
}

// restate puts another value in place of the one that a step claims.
func restate(s *format.Step, v format.Num) bool {
	c, ok := claimed(s)
	if !ok || v.Sign() < 0 || !v.IsInt() || strings.ContainsAny(c.Value, ",.$") {
		return false
	}
	s.Text = strings.ReplaceAll(s.Text, "="+c.Value+">>"+c.Value, "="+v.String()+">>"+v.String())
	got, ok := claimed(s)
	return ok && got.Value == v.String()
}

func value(s *format.Step) format.Num {
	c, _ := claimed(s)
	v, _ := format.ParseNum(c.Value)
	return v
}

func sourceClaim(p *augment.Pass, id format.NodeID) *format.Claim {
	n := p.Graph.Node(id)
	for i := range p.Steps() {
		if s := &p.Steps()[i]; s.ID == n.Step {
			return &s.Claims[n.Claim]
		}
	}
	return nil
}
