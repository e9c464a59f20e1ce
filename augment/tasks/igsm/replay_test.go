package igsm

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/seed-cdf14512/graft/format"
	"math/rand/v2"
	"testing"

	"github.com/seed-cdf14512/graft/format/answer"
)

// settings are the kinds of sets that the tests of this package run over.
var settings = []struct {
	name string
	set  func(*Params)
}{
	{"reasoning", func(*Params) {}},
	{"hops", func(p *Params) { p.Hops = true }},
	{"small", func(p *Params) { p.MinOp, p.MaxOp = 1, 8 }},
	{"op 25", func(p *Params) { p.ExactOp, p.Hops, p.Envelope = 25, true, false }},
	{"mod 23", func(p *Params) { p.Mod = 23 }},
	{"mod 5, hard", func(p *Params) { p.Mod, p.MinOp, p.MaxOp, p.Instances = 5, 1, 21, 28 }},
}

// Twenty thousand clean solutions of every kind: the replay flags none.
func TestReplayClean(t *testing.T) {
	n := 20_000
	if testing.Short() {
		n = 2000
	}
	for _, s := range settings {
		p := Defaults
		s.set(&p)
		g, r := fresh(t, p), rand.New(rand.NewPCG(3, 4))
		for i := range (n + len(settings) - 1) / len(settings) {
			rec, err := g.record(r)
			if err != nil {
				t.Fatal(err)
			}
			text := rec.Attempts[0].Trace.Text()
			if v := answer.Replay(&rec.Problem, text); v != nil {
				t.Fatalf("%s, problem %d: %s at step %d: %s\n%s\n%s", s.name, i, v.Rule, v.Step, v.Detail, rec.Problem.Question, text)
			}
		}
	}
}

// A fault takes a clean solution, one line a sentence, and spoils it. It says
// which sentence the replay must name; ok is false where it finds no place.
type fault struct {
	name  string
	rule  answer.Rule
	spoil func(s *solved) (step int, ok bool)
}

// solved is a solution in lines, with what a fault needs to know of it.
type solved struct {
	r     *rand.Rand
	graph *format.Graph
	lines []string        // of the parameters, and the answer last
	id    []format.NodeID // of each line
}

func (s *solved) node(i int) *format.Node { return s.graph.Node(s.id[i]) }

func (s *solved) line(id format.NodeID) int { return slices.Index(s.id, id) }

// pick is a random sentence that satisfies f.
func (s *solved) pick(f func(i int) bool) (int, bool) {
	for _, i := range s.r.Perm(len(s.id)) {
		if f(i) {
			return i, true
		}
	}
	return 0, false
}

// chain are the parts of a sentence's equation; part 0 is its letter.
func (s *solved) chain(i int) (head string, parts []string) {
	at := strings.Index(s.lines[i], ". ") + 2
	return s.lines[i][:at], strings.Split(strings.TrimSuffix(s.lines[i][at:], "."), " = ")
}

func (s *solved) put(i int, head string, parts []string) {
	s.lines[i] = head + strings.Join(parts, " = ") + "."
}

func (s *solved) letter(i int) string {
	_, parts := s.chain(i)
	return parts[0]
}

// insert puts a line before sentence i.
func (s *solved) insert(i int, line string) {
	s.lines = slices.Insert(s.lines, i, line)
	s.id = slices.Insert(s.id, i, 0)
}

// probe words a step that is put off, and renames the letter later given.
func (s *solved) probe(i, later int, missing []string, tail string) {
	letter, name := s.letter(later), s.node(later).Name
	head, parts := s.chain(later)
	_ = head
	s.put(later, "The number of "+name+" has the letter "+letter+". ", parts)
	s.insert(i, "Let "+letter+" be the number of "+name+". It needs "+strings.Join(missing, " and ")+", so it must wait"+tail+".")
}

// locked is a later sentence that cannot be worked out before sentence i.
func (s *solved) locked(i int) (later int, missing []string, ok bool) {
	later, ok = s.pick(func(j int) bool {
		missing = nil
		if j <= i {
			return false
		}
		for _, p := range s.node(j).Parents {
			if s.line(p) >= i {
				missing = append(missing, s.graph.Node(p).Name)
			}
		}
		return len(missing) > 0
	})
	return later, missing, ok
}

func bump(number string) string {
	n, _ := strconv.ParseInt(number, 10, 64)
	return strconv.FormatInt(n+1, 10)
}

// bumpOne changes one number of an equation.
func bumpOne(r *rand.Rand, part string) string {
	words := strings.Fields(part)
	for {
		i := r.IntN(len(words))
		w := strings.Trim(words[i], "()")
		if _, err := strconv.Atoi(w); err == nil {
			words[i] = strings.Replace(words[i], w, bump(w), 1)
			return strings.Join(words, " ")
		}
	}
}

var faults = []fault{
	{"a parameter that does not exist", answer.RuleNode, func(s *solved) (int, bool) {
		i := s.r.IntN(len(s.id))
		s.lines[i] = strings.Replace(s.lines[i], " in each ", " in each lost ", 1)
		return i, true
	}},
	{"worked out before its parents", answer.RuleParents, func(s *solved) (int, bool) {
		j, ok := s.pick(func(j int) bool { return len(s.node(j).Parents) > 0 })
		if !ok {
			return 0, false
		}
		i := j
		for _, p := range s.node(j).Parents {
			i = min(i, s.line(p))
		}
		line := s.lines[j]
		s.lines = slices.Delete(s.lines, j, j+1)
		s.lines = slices.Insert(s.lines, i, line)
		return i, true
	}},
	{"a letter given twice", answer.RuleLetter, func(s *solved) (int, bool) {
		j := 1 + s.r.IntN(len(s.id)-1)
		head, parts := s.chain(j)
		other := s.letter(s.r.IntN(j))
		s.put(j, strings.Replace(head, " "+parts[0]+" ", " "+other+" ", 1), parts)
		return j, true
	}},
	{"a letter that stands for nothing", answer.RuleLetter, func(s *solved) (int, bool) {
		j, ok := s.pick(func(j int) bool { return len(s.node(j).Parents) > 0 })
		head, parts := s.chain(j)
		used := ""
		for i := range s.id {
			used += s.letter(i)
		}
		free := strings.IndexFunc("abcdefghijklmnopqrstuvwxyz", func(c rune) bool { return !strings.ContainsRune(used, c) })
		i := strings.IndexFunc(parts[1], unicode.IsLetter)
		parts[1] = parts[1][:i] + string(rune('a'+free)) + parts[1][i+1:]
		s.put(j, head, parts)
		return j, ok
	}},
	{"a difference the other way round", answer.RuleSymbols, func(s *solved) (int, bool) {
		j, ok := s.pick(func(j int) bool { _, p := s.chain(j); return strings.Contains(p[1], " - ") && len(p) > 2 })
		head, parts := s.chain(j)
		for k := 1; k <= 2 && ok; k++ {
			at := strings.Index(parts[k], " - ")
			lo, hi := strings.LastIndexAny(parts[k][:at], "( ")+1, len(parts[k])
			if e := strings.IndexByte(parts[k][at:], ')'); e >= 0 {
				hi = at + e
			}
			parts[k] = parts[k][:lo] + parts[k][at+3:hi] + " - " + parts[k][lo:at] + parts[k][hi:]
		}
		s.put(j, head, parts)
		return j, ok
	}},
	{"another operation", answer.RuleSymbols, func(s *solved) (int, bool) {
		j, ok := s.pick(func(j int) bool { _, p := s.chain(j); return strings.Contains(p[1], " + ") })
		head, parts := s.chain(j)
		parts[1] = strings.Replace(parts[1], " + ", " - ", 1)
		s.put(j, head, parts)
		return j, ok
	}},
	{"another parameter", answer.RuleSymbols, func(s *solved) (int, bool) {
		j, ok := s.pick(func(j int) bool { return j > len(s.node(j).Parents) && len(s.node(j).Parents) > 0 })
		if !ok {
			return 0, false
		}
		head, parts := s.chain(j)
		other, ok := s.pick(func(i int) bool { return i < j && !slices.Contains(s.node(j).Parents, s.id[i]) })
		i := strings.IndexFunc(parts[1], unicode.IsLetter)
		letter := s.letter(other)
		parts[1] = parts[1][:i] + letter + parts[1][i+1:]
		s.put(j, head, parts)
		return j, ok
	}},
	{"a number not put in", answer.RuleNumbers, func(s *solved) (int, bool) {
		j, ok := s.pick(func(j int) bool { _, p := s.chain(j); return len(s.node(j).Parents) > 0 && len(p) > 3 })
		if !ok {
			return 0, false
		}
		head, parts := s.chain(j)
		parts[2] = bumpOne(s.r, parts[2])
		s.put(j, head, parts)
		return j, true
	}},
	{"a wrong value", answer.RuleValue, func(s *solved) (int, bool) {
		j, ok := s.pick(func(j int) bool { return len(s.node(j).Parents) > 0 })
		head, parts := s.chain(j)
		parts[len(parts)-1] = bump(parts[len(parts)-1])
		s.put(j, head, parts)
		return j, ok
	}},
	{"a wrong constant", answer.RuleSymbols, func(s *solved) (int, bool) {
		j, ok := s.pick(func(j int) bool { return len(s.node(j).Parents) == 0 })
		head, parts := s.chain(j)
		parts[1] = bump(parts[1])
		s.put(j, head, parts)
		return j, ok
	}},
	{"a wrong hop", answer.RuleValue, func(s *solved) (int, bool) {
		j, ok := s.pick(func(j int) bool {
			_, p := s.chain(j)
			return len(p) > 4 && !strings.Contains(p[3], "0 *") && !strings.Contains(p[3], "* 0")
		})
		if !ok {
			return 0, false
		}
		head, parts := s.chain(j)
		parts[3] = bumpOne(s.r, parts[3])
		s.put(j, head, parts)
		return j, true
	}},
	{"two operations in one hop", answer.RuleHop, func(s *solved) (int, bool) {
		j, ok := s.pick(func(j int) bool { _, p := s.chain(j); return len(p) > 5 })
		if !ok {
			return 0, false
		}
		head, parts := s.chain(j)
		s.put(j, head, slices.Delete(parts, 3, 4))
		return j, true
	}},
	{"worked out twice", answer.RuleTwice, func(s *solved) (int, bool) {
		j := s.r.IntN(len(s.id))
		_, parts := s.chain(j)
		head := "The number of " + s.node(j).Name + " has the letter " + parts[0] + ". "
		s.insert(j+1, head+strings.Join(parts, " = ")+".")
		return j + 1, true
	}},
	{"put off although it is not locked", answer.RuleLocked, func(s *solved) (int, bool) {
		j, ok := s.pick(func(j int) bool { return len(s.node(j).Parents) > 0 })
		s.probe(j, j, []string{s.graph.Node(s.node(j).Parents[0]).Name}, "")
		return j, ok
	}},
	{"a missing one not named", answer.RuleMissing, func(s *solved) (int, bool) {
		i := s.r.IntN(len(s.id) - 1)
		j, missing, ok := s.locked(i)
		if !ok {
			return 0, false
		}
		s.probe(i, j, append(slices.Delete(missing, 0, 1), "more"), "")
		return i, true
	}},
	{"one named that is not missing", answer.RuleMissing, func(s *solved) (int, bool) {
		i := s.r.IntN(len(s.id) - 1)
		j, missing, ok := s.locked(i)
		if !ok {
			return 0, false
		}
		other, ok := s.pick(func(k int) bool { return k != j && !slices.Contains(missing, s.node(k).Name) })
		if !ok {
			return 0, false
		}
		s.probe(i, j, append(missing, s.node(other).Name), "")
		return i, true
	}},
	{"a value claimed for what is put off", answer.RuleLeak, func(s *solved) (int, bool) {
		i := s.r.IntN(len(s.id) - 1)
		j, missing, ok := s.locked(i)
		if !ok {
			return 0, false
		}
		s.probe(i, j, missing, ", though it may well be "+s.node(j).Value.String())
		return i, true
	}},
	{"another premise restated", answer.RulePremise, func(s *solved) (int, bool) {
		j, ok := s.pick(func(j int) bool { return s.node(j).Premise != "" })
		if !ok {
			return 0, false
		}
		head, parts := s.chain(j)
		_, body, _ := strings.Cut(s.node(j).Premise, " equals ")
		s.put(j, head+"It equals 1 more than "+body+". ", parts)
		return j, true
	}},
	{"what is asked for left out", answer.RuleTarget, func(s *solved) (int, bool) {
		last := len(s.id) - 1
		s.lines = slices.Delete(s.lines, last, last+1)
		return last, true
	}},
	{"a wrong answer", answer.RuleAnswer, func(s *solved) (int, bool) {
		last := len(s.lines) - 1
		s.lines[last] = "So the answer is " + bump(s.graph.Node(s.id[len(s.id)-1]).Value.String()) + "."
		return last, true
	}},
}

// Every kind of fault, planted 100 times: all found, under the right rule and at
// the right sentence.
func TestReplayFaults(t *testing.T) {
	p := Defaults
	p.Hops, p.Envelope, p.MinOp = true, false, 6
	g, r := fresh(t, p), rand.New(rand.NewPCG(5, 6))
	for _, f := range faults {
		planted := 0
		for tries := 0; planted < 100 && tries < 10_000; tries++ {
			rec, s := solution(t, g, r)
			step, ok := f.spoil(s)
			if !ok {
				continue
			}
			planted++
			text := strings.Join(s.lines, "\n")
			v := answer.Replay(&rec.Problem, text)
			if v == nil {
				t.Fatalf("%s: not found\n%s\n%s", f.name, rec.Problem.Question, text)
			}
			if v.Step != step || v.Rule != f.rule {
				t.Fatalf("%s: found at sentence %d under %s (%s), planted at %d under %s\n%s\n%s", f.name, v.Step, v.Rule, v.Detail, step, f.rule, rec.Problem.Question, text)
			}
		}
		if planted < 100 {
			t.Errorf("%s: planted only %d times", f.name, planted)
		}
		t.Logf("%-40s %d of %d found", f.name, planted, planted)
	}
}

// solution draws a problem of at least three sentences.
func solution(t *testing.T, g *generator, r *rand.Rand) (*format.Record, *solved) {
	t.Helper()
	for {
		rec, err := g.record(r)
		if err != nil {
			t.Fatal(err)
		}
		s := &solved{r: r, graph: rec.Attempts[0].Graph, lines: strings.Split(strings.TrimSpace(rec.Attempts[0].Trace.Text()), "\n")}
		for _, step := range rec.Attempts[0].Trace.Steps {
			if step.Symbol != "" {
				s.id = append(s.id, step.Node)
			}
		}
		if len(s.id) >= 3 {
			return &rec, s
		}
	}
}

// What a behavior may put in is no fault: steps put off, letters recalled,
// premises restated, sums in another order.
func TestReplayDecorated(t *testing.T) {
	p := Defaults
	p.Hops, p.Envelope = true, false
	g, r := fresh(t, p), rand.New(rand.NewPCG(7, 8))
	put, swapped := 0, 0
	for range 2000 {
		rec, s := solution(t, g, r)
		for j := range s.id {
			head, parts := s.chain(j)
			if a, b, ok := strings.Cut(parts[1], " + "); ok && len(parts[1]) == 5 {
				swapped++
				parts[1] = b + " + " + a
				x, y, _ := strings.Cut(parts[2], " + ")
				parts[2] = y + " + " + x
			}
			s.put(j, head, parts)
		}
		i := r.IntN(len(s.id) - 1)
		if j, missing, ok := s.locked(i); ok {
			put++
			s.probe(i, j, missing, "")
		}
		for j := range s.id {
			if s.id[j] == 0 || s.node(j).Premise == "" || r.IntN(3) > 0 {
				continue
			}
			head, parts := s.chain(j)
			_, body, _ := strings.Cut(s.node(j).Premise, " equals ")
			s.put(j, head+"It equals "+body+". ", parts)
		}
		text := strings.Join(s.lines, "\n")
		if v := answer.Replay(&rec.Problem, text); v != nil {
			t.Fatalf("%s at sentence %d: %s\n%s\n%s", v.Rule, v.Step, v.Detail, rec.Problem.Question, text)
		}
	}
	if put < 1000 || swapped < 1000 {
		t.Errorf("%d steps put off, %d sums swapped: the test tests little", put, swapped)
	}
}
