package ingest

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed-cdf14512/graft/format"
)

// Segment cuts a text into steps: sentences and lines. The steps tile the
// text, each with the white space that follows it; none is empty or blank
// unless the whole text is, and their IDs count from 1.
//
// Nothing is cut inside a calculator mark <<…>>, a formula, a fenced block of
// code or an [asy] figure; a decimal point, an abbreviation, an initial and
// the number of a list end no sentence. A tag such as </think> is a step of
// its own.
func Segment(text string) []format.Step { return tile(text, autoCuts) }

// A Splitter cuts a text into steps by one rule.
type Splitter struct {
	Name, Doc string
	cuts      func(*tiler)
}

// Splitters lists the splitters that a mapping may name.
func Splitters() []Splitter {
	return []Splitter{
		{"auto", "sentences and lines; formulas, code, marks and tags stay whole", autoCuts},
		{"line", "a step a line", lineCuts},
		{"sentence", "sentences, whatever the lines; formulas, code, marks and tags stay whole", sentenceCuts},
		{"paragraph", "a step a paragraph: blank lines separate", paragraphCuts},
		{"numbered", "a step from one numbered line (1. or 1) or Step 1) to the next", numberedCuts},
	}
}

// Split cuts text with the named splitter; ok is false if there is none.
func Split(name, text string) (steps []format.Step, ok bool) {
	for _, s := range Splitters() {
		if s.Name == name {
			return tile(text, s.cuts), true
		}
	}
	return nil, false
}

// A tiler makes steps of cuts. White space behind a cut belongs to the step
// before it, as far as its last line feed: the indentation of a line stays with
// the line. A cut that would leave a blank step is dropped.
type tiler struct {
	text  string
	steps []format.Step
	start int // of the step that is open
	solid int // first byte of it that is no white space
}

func tile(text string, cuts func(*tiler)) []format.Step {
	if text == "" {
		return nil
	}
	t := tiler{text: text, steps: make([]format.Step, 0, 4+len(text)/96), solid: skipSpace(text, 0)}
	cuts(&t)
	t.steps = append(t.steps, format.Step{ID: len(t.steps) + 1, Text: text[t.start:]})
	label(t.steps)
	return t.steps
}

func (t *tiler) cut(end int) {
	if end <= t.solid {
		return // before anything is looked at: a run of blank lines costs its length once
	}
	next := skipSpace(t.text, end)
	if next == len(t.text) {
		return
	}
	if lf := strings.LastIndexByte(t.text[end:next], '\n'); lf >= 0 {
		end += lf + 1
	} else if t.text[end-1] != '\n' {
		end = next
	}
	t.steps = append(t.steps, format.Step{ID: len(t.steps) + 1, Text: t.text[t.start:end]})
	t.start, t.solid = end, next
}

// skipSpace is the first byte at or after i that is no white space: NBSP, line
// and paragraph separators are white space, ZWSP goes with them.
func skipSpace(s string, i int) int {
	for i < len(s) {
		if c := s[i]; c < utf8.RuneSelf {
			if c != ' ' && c != '\n' && c != '\t' && c != '\r' && c != '\v' && c != '\f' {
				return i
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if !unicode.IsSpace(r) && r != '\u200b' {
			return i
		}
		i += n
	}
	return i
}

func lineCuts(t *tiler) {
	for i := 0; ; {
		n := strings.IndexByte(t.text[i:], '\n')
		if n < 0 {
			return
		}
		i += n + 1
		t.cut(i)
	}
}

func paragraphCuts(t *tiler) {
	blank := false
	for i := 0; i < len(t.text); {
		end := len(t.text)
		if n := strings.IndexByte(t.text[i:], '\n'); n >= 0 {
			end = i + n + 1
		}
		if strings.TrimSpace(t.text[i:end]) == "" {
			blank = true
		} else if blank {
			t.cut(i)
			blank = false
		}
		i = end
	}
}

func numberedCuts(t *tiler) {
	for i := 0; i < len(t.text); {
		if i > 0 && numbered(t.text[i:]) {
			t.cut(i)
		}
		n := strings.IndexByte(t.text[i:], '\n')
		if n < 0 {
			return
		}
		i += n + 1
	}
}

// numbered reports whether a line begins with "1.", "1)", "(1)" or "Step 1".
func numbered(line string) bool {
	if len(line) > 256 {
		line = line[:256]
	}
	line = strings.TrimLeft(line, " \t*#>-")
	word := false
	for _, w := range [...]string{"Step ", "STEP ", "step "} {
		if strings.HasPrefix(line, w) {
			line, word = line[len(w):], true
		}
	}
	line = strings.TrimPrefix(line, "(")
	rest := strings.TrimLeft(line, "0123456789")
	return len(rest) < len(line) && (word || strings.HasPrefix(rest, ".") && !startsDigit(rest[1:]) || strings.HasPrefix(rest, ")"))
}

func startsDigit(s string) bool { return s != "" && s[0]-'0' <= 9 }

func autoCuts(t *tiler)     { c := cutter{tiler: t, lines: true}; c.run() }
func sentenceCuts(t *tiler) { c := cutter{tiler: t}; c.run() }
