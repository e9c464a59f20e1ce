package answer

import (
	"bytes"
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// A Replayer is [Replay] for many solutions of one problem: it reads the question
// once, and of a solution that differs in a few lines from one that is held it
// works through those lines, and on until all is as it was in the one held. What
// it says is what Replay says. It holds scratch and belongs to one goroutine; the
// zero value is ready.
type Replayer struct {
	question string
	params   []format.Field
	broken   *Violation // of the question
	r        replay
	known    int // parameters that the question defines; a solution may name more

	base   string // the solution held, which breaks no rule; nothing if none is
	lines  []heldLine
	states []byte // by line of the base: letters and marks of the known parameters
}

// A heldLine is where a line of the solution held begins, and what was so then.
type heldLine struct {
	at, step int
	answered bool
}

// mostHeld bounds the parameters of a problem whose solutions are held, and with
// them the room that the states take.
const mostHeld = 256

// Hold makes text the solution that those to come are read beside. One that
// breaks a rule, or is not in the line form, is not held.
func (q *Replayer) Hold(p *format.Problem, text string) {
	if q.read(p); q.base == text || q.broken != nil || q.known > mostHeld || Clipped(text) {
		return
	}
	q.base, q.lines, q.states = "", q.lines[:0], q.states[:0]
	q.r.forget(q.known)
	if q.run(text, 0, true) == nil && len(q.r.nodes) == q.known {
		q.base = text
	}
}

// Replay is [Replay].
func (q *Replayer) Replay(p *format.Problem, text string) *Violation {
	if q.read(p); q.broken != nil {
		v := *q.broken
		return &v
	}
	q.r.forget(q.known)
	if Clipped(text) {
		return q.r.clipped(text)
	}
	return q.run(text, q.recall(text), false)
}

// read reads the question, unless it is the one read last.
func (q *Replayer) read(p *format.Problem) {
	if (q.broken != nil || q.known > 0) && q.question == p.Question && slices.Equal(q.params, p.Params) {
		return
	}
	*q = Replayer{question: p.Question, params: slices.Clone(p.Params), lines: q.lines[:0], states: q.states[:0]}
	params, target, err := readParams(p)
	if err != nil {
		q.broken = &Violation{Rule: RuleQuestion, Detail: err.Error()}
		return
	}
	q.known = len(params.nodes)
	q.r = replay{paramReader: params, target: target}
}

// recall takes up the state at the last line of the base up to which a text is the
// same, and returns where it begins.
func (q *Replayer) recall(text string) int {
	if q.base == "" {
		return 0
	}
	same := commonPrefix(q.base, text)
	i, found := slices.BinarySearchFunc(q.lines, same, func(l heldLine, at int) int { return l.at - at })
	if !found {
		i--
	}
	l, state := &q.lines[i], q.state(i)
	q.r.step, q.r.answered = l.step, l.answered
	copy(q.r.letterOf, state[:q.known])
	copy(q.r.solved, state[q.known:])
	for k, c := range q.r.letterOf {
		if c != 0 {
			q.r.nodeOf[c] = format.NodeID(k + 1)
		}
	}
	return l.at
}

func (q *Replayer) state(line int) []byte {
	return q.states[2*q.known*line : 2*q.known*(line+1)]
}

// run works the lines of a text through from the one that begins at a byte. It
// notes states as it goes, or stops where all that follows stands in the base.
func (q *Replayer) run(text string, at int, hold bool) *Violation {
	tail := len(text)
	if q.base != "" {
		tail -= commonSuffix(q.base, text)
	}
	from := at
	for at < len(text) {
		switch {
		case hold:
			q.lines = append(q.lines, heldLine{at, q.r.step, q.r.answered})
			q.states = append(append(q.states, q.r.letterOf[:q.known]...), q.r.solved[:q.known]...)
		case q.base != "" && at >= tail && at > from && q.asHeld(len(q.base)-len(text)+at):
			return nil
		}
		line := text[at:]
		if end := strings.IndexByte(line, '\n'); end >= 0 {
			line = line[:end]
		}
		q.r.at = at
		at += len(line) + 1
		counted, v := q.r.line(line)
		if v != nil {
			return v
		}
		if counted {
			q.r.step++
		}
	}
	return q.r.end(text)
}

// asHeld reports whether all is as it was where the base has a byte, if a line
// begins there.
func (q *Replayer) asHeld(at int) bool {
	i, found := slices.BinarySearchFunc(q.lines, at, func(l heldLine, at int) int { return l.at - at })
	if !found || q.lines[i].answered != q.r.answered || len(q.r.nodes) != q.known {
		return false
	}
	state := q.state(i)
	return bytes.Equal(state[:q.known], q.r.letterOf) && bytes.Equal(state[q.known:], q.r.solved)
}

func commonPrefix(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

func commonSuffix(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[len(a)-1-i] != b[len(b)-1-i] {
			return i
		}
	}
	return n
}
