package answer

import (
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// Bounds of the search for a derivation. A problem that needs more is Unknown.
const (
	maxNumbers = 8
	maxVisits  = 20_000
)

// param returns a parameter of the problem by name.
func param(p *format.Problem, name string) string {
	for _, f := range p.Params {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// numbersOf reads the parameter numbers: "53,57,13,48", blanks also separate.
func numbersOf(p *format.Problem) (nums []format.Num, ok bool) {
	for _, f := range strings.FieldsFunc(param(p, "numbers"), func(r rune) bool { return r == ',' || r == ' ' || r == '[' || r == ']' }) {
		v, ok := format.ParseNum(f)
		if !ok {
			return nil, false
		}
		nums = append(nums, v)
	}
	return nums, len(nums) > 0 && len(nums) <= maxNumbers
}

func gradeCountdown(p *format.Problem, attempt string) Result {
	nums, ok := numbersOf(p)
	target, ok2 := format.ParseNum(param(p, "target"))
	if !ok || !ok2 {
		return Result{format.Unknown, "derivation", "the problem states no numbers and target"}
	}
	return derivation(nums, target, attempt)
}

// derivation looks in text for a derivation: operations a op b = c, each exact,
// in the order of the text, that use up the numbers and leave the target alone;
// or one expression that has the target as value and the numbers as operands.
// Where the text lists the numbers left after an operation, the operation
// counts only if exactly those are left, and a mention without the list counts
// only in a row of operations that is a derivation by itself: branches of a
// search do not mix.
func derivation(nums []format.Num, target format.Num, text string) Result {
	d := search{target: target, places: map[operation][]place{}, dead: map[string]int{}}
	for _, c := range Claims(text) {
		if CheckClaim(c) != format.Exact {
			continue
		}
		e := evaluator{s: c.Expr, keep: true}
		v, ok := e.run()
		if !ok {
			continue
		}
		if len(e.ops) == len(nums) && v.Equal(target) && sameNumbers(e.ops, nums) {
			return Result{format.Exact, "derivation", c.Expr}
		}
		if e.n <= 3 {
			d.note(c, text)
		}
	}
	if len(nums) == 1 && nums[0].Equal(target) {
		return Result{format.Exact, "derivation", ""}
	}
	if row := d.inARow(nums); row != "" {
		return Result{format.Exact, "derivation", row}
	}
	for key, places := range d.places {
		d.places[key] = listedOnly(places)
	}
	switch {
	case d.run(append([]format.Num(nil), nums...), -1):
		return Result{format.Exact, "derivation", strings.Join(d.path, ", ")}
	case d.visits > maxVisits:
		return Result{format.Unknown, "derivation", "too many operations to search"}
	}
	return Result{format.False, "derivation", "no derivation stands in the text"}
}

func sameNumbers(ops []Operand, nums []format.Num) bool {
	used := make([]bool, len(nums))
next:
	for _, o := range ops {
		for i := range nums {
			if !used[i] && nums[i].Equal(o.Value) {
				used[i] = true
				continue next
			}
		}
		return false
	}
	return true
}

// An operation is a binary operation by its text: two numbers and a sign.
type operation struct {
	a, b string
	op   byte
}

// A search walks over what can be made of the numbers by operations that the
// text states, always by the earliest statement after the last one used.
type search struct {
	target format.Num
	places map[operation][]place
	path   []string
	dead   map[string]int // states that led nowhere, with the earliest place tried from
	visits int
	row    []step // all operations, in the order of the text
}

// A step is an operation with its numbers.
type step struct {
	a, b format.Num
	op   byte
}

// A place is where an operation stands, and the numbers it says are left, as
// stateKey writes them; empty if it lists none.
type place struct {
	at   int
	left string
}

// note remembers where a claim of one operation stands.
func (d *search) note(c format.Claim, text string) {
	a, op, b, ok := binary(c.Expr)
	if !ok {
		return
	}
	key := operation{a.String(), b.String(), op}
	d.row = append(d.row, step{a, b, op})
	d.places[key] = append(d.places[key], place{c.Start, listed(text[c.End:min(len(text), c.End+200)])})
}

// listedOnly drops the places without a list where another has one.
func listedOnly(places []place) []place {
	var listed []place
	for _, p := range places {
		if p.left != "" {
			listed = append(listed, p)
		}
	}
	if listed == nil {
		return places
	}
	return listed
}

// inARow looks for operations that follow each other in the text and are a
// derivation: the list that an attempt ends with. It returns them, or "".
func (d *search) inARow(nums []format.Num) string {
	n := len(nums) - 1
	for from := 0; n > 0 && from+n <= len(d.row); from++ {
		left := append(make([]format.Num, 0, 16), nums...)
		text := ""
		for _, s := range d.row[from : from+n] {
			var ok bool
			if left, ok = take(left, s.a); !ok {
				break
			}
			if left, ok = take(left, s.b); !ok {
				break
			}
			v, ok2 := apply(s.a, s.op, s.b)
			if !ok2 {
				break
			}
			left = append(left, v)
			text += ", " + s.a.String() + string(s.op) + s.b.String() + "=" + v.String()
		}
		if len(left) == 1 && left[0].Equal(d.target) {
			return text[2:]
		}
	}
	return ""
}

// take removes one v from nums.
func take(nums []format.Num, v format.Num) ([]format.Num, bool) {
	for i := range nums {
		if nums[i].Equal(v) {
			return append(nums[:i], nums[i+1:]...), true
		}
	}
	return nums, false
}

// listed reads the numbers that the text lists after an operation: "Resulting
// Numbers: [10, 39]", "(left: 5 6 6)".
func listed(s string) string {
	for _, head := range [...]string{"umbers: ", "(left: "} {
		at := strings.Index(s[:min(len(s), 40)], head)
		if at < 0 {
			continue
		}
		s = strings.TrimPrefix(s[at+len(head):], "[")
		end := 0
		for end < len(s) && (isDigit(s[end]) || strings.IndexByte(", -./", s[end]) >= 0) {
			end++
		}
		var nums []format.Num
		for _, f := range strings.FieldsFunc(s[:end], func(r rune) bool { return r == ',' || r == ' ' }) {
			v, ok := format.ParseNum(f)
			if !ok {
				return ""
			}
			nums = append(nums, v)
		}
		if len(nums) > 0 {
			return stateKey(nums)
		}
	}
	return ""
}

// binary splits an expression of exactly one binary operation, whose operands
// may be signed and in parentheses.
func binary(s string) (a format.Num, op byte, b format.Num, ok bool) {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '(':
			depth++
			continue
		case ')':
			depth--
			continue
		}
		o, n := operator(s, i)
		if n == 0 || depth > 0 || strings.TrimSpace(s[:i]) == "" {
			continue
		}
		if a, ok = Eval(s[:i]); !ok {
			return a, 0, b, false
		}
		if b, ok = Eval(s[i+n:]); !ok {
			return a, 0, b, false
		}
		right := evaluator{s: s[i+n:]}
		right.run()
		left := evaluator{s: s[:i]}
		left.run()
		return a, o, b, right.n == 0 && left.n == 0
	}
	return a, 0, b, false
}

var countdownOps = [...]byte{'+', '-', '*', '/'}

func (d *search) run(nums []format.Num, after int) bool {
	if len(nums) == 1 {
		return nums[0].Equal(d.target)
	}
	if d.visits++; d.visits > maxVisits {
		return false
	}
	key := stateKey(nums)
	if at, seen := d.dead[key]; seen && at <= after {
		return false
	}
	for i := range nums {
		for j := range nums {
			if i == j {
				continue
			}
			for _, op := range countdownOps {
				places := d.places[operation{nums[i].String(), nums[j].String(), op}]
				if len(places) == 0 {
					continue
				}
				v, ok := apply(nums[i], op, nums[j])
				if !ok {
					continue
				}
				rest := make([]format.Num, 0, len(nums)-1)
				for k := range nums {
					if k != i && k != j {
						rest = append(rest, nums[k])
					}
				}
				rest = append(rest, v)
				at := next(places, after, stateKey(rest))
				if at < 0 {
					continue
				}
				d.path = append(d.path, nums[i].String()+string(op)+nums[j].String()+"="+v.String())
				if d.run(rest, at) {
					return true
				}
				d.path = d.path[:len(d.path)-1]
			}
		}
	}
	if at, seen := d.dead[key]; !seen || after < at {
		d.dead[key] = after
	}
	return false
}

// next is the first place after the given one that leaves these numbers, or -1.
func next(places []place, after int, left string) int {
	for _, p := range places {
		if p.at > after && (p.left == "" || p.left == left) {
			return p.at
		}
	}
	return -1
}

func apply(a format.Num, op byte, b format.Num) (format.Num, bool) {
	switch op {
	case '+':
		return a.Add(b), true
	case '-':
		return a.Sub(b), true
	case '*':
		return a.Mul(b), true
	}
	return a.Quo(b)
}

// stateKey names a multiset of numbers.
func stateKey(nums []format.Num) string {
	sorted := append([]format.Num(nil), nums...)
	for i := range sorted {
		for j := i; j > 0 && sorted[j].Cmp(sorted[j-1]) < 0; j-- {
			sorted[j], sorted[j-1] = sorted[j-1], sorted[j]
		}
	}
	var b strings.Builder
	for _, n := range sorted {
		b.WriteString(n.String())
		b.WriteByte(' ')
	}
	return b.String()
}

func gradeGame24(p *format.Problem, attempt string) Result {
	nums, ok := numbersOf(p)
	if !ok {
		return Result{format.Unknown, "derivation", "the problem states no numbers"}
	}
	target := format.Int(24)
	got, _, _, ok := Final(attempt)
	if !ok {
		return derivation(nums, target, attempt)
	}
	left, right, eq := strings.Cut(got, "=")
	left = strings.TrimSpace(left)
	e := evaluator{s: left, keep: true}
	v, ok := e.run()
	if !ok {
		if e.n == 0 && !strings.ContainsAny(left, "0123456789") {
			return Result{format.False, "derivation", "no expression is given"}
		}
		return Result{format.Unknown, "derivation", "the answer is no expression"}
	}
	if w, ok := Eval(strings.TrimSpace(right)); eq && ok && !w.Equal(target) {
		return Result{format.False, "derivation", "the answer aims at " + w.String()}
	}
	switch {
	case !v.Equal(target):
		return Result{format.False, "derivation", "the value is " + v.String()}
	case len(e.ops) != len(nums) || !sameNumbers(e.ops, nums):
		return Result{format.False, "derivation", "not each number once"}
	}
	return Result{format.Exact, "derivation", ""}
}
