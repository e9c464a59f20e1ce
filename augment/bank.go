package augment

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A Bank is a phrase bank: data, composed of independent parts, so that a few
// hundred lines make many thousand sentences.
//
//	vars: value expr        names that the behavior supplies
//	[doubt]                 a section
//	{open} {reason}         an alternative; {name} is another section or a var
//	[open]
//	Wait,
//	Hold on,
//
// Every line under a section is one alternative; all are equally likely. {^name}
// capitalizes the first letter of what it stands for. # begins a comment line.
// A Bank is never changed and safe for concurrent use.
type Bank struct {
	sections []section
	index    map[string]int
	vars     []string
}

type section struct {
	name string
	alts []alternative
}

type alternative struct {
	label string // section:index, as recorded in provenance
	parts []part
}

type part struct {
	text string // literal text; empty for a reference
	sect int    // index of the section, or -1
	vr   int    // index of the var, or -1
	cap  bool
}

// ParseBank reads a phrase bank. Every further text is an overlay: a section
// [name] that an earlier text has gains the overlay's alternatives, a section
// [=name] is replaced by them. Errors carry name:line, or name+n:line in the
// n-th overlay.
func ParseBank(name, text string, overlays ...string) (*Bank, error) {
	b := &Bank{index: map[string]int{}}
	var lines [][]bankLine
	for i, t := range append([]string{text}, overlays...) {
		where := name
		if i > 0 {
			where = fmt.Sprintf("%s+%d", name, i)
		}
		if err := b.read(where, t, i > 0, &lines); err != nil {
			return nil, err
		}
	}
	for s := range b.sections {
		sec := &b.sections[s]
		if len(lines[s]) == 0 {
			return nil, fmt.Errorf("%s: section [%s] has no phrase", name, sec.name)
		}
		for i, r := range lines[s] {
			parts, err := b.parse(r.text)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", r.where, err)
			}
			sec.alts = append(sec.alts, alternative{label: fmt.Sprintf("%s:%d", sec.name, i), parts: parts})
		}
	}
	sizes := make([]int, len(b.sections))
	for s := range b.sections {
		if _, err := b.measure(s, sizes); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return b, nil
}

type bankLine struct{ where, text string }

func (b *Bank) read(name, text string, overlay bool, lines *[][]bankLine) error {
	at := -1
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		where := fmt.Sprintf("%s:%d", name, i+1)
		switch {
		case line == "" || line[0] == '#':
		case strings.HasPrefix(line, "vars:") && !overlay:
			b.vars = append(b.vars, strings.Fields(line[len("vars:"):])...)
		case line[0] == '[' && line[len(line)-1] == ']':
			sec, replace := strings.CutPrefix(line[1:len(line)-1], "=")
			old, known := b.index[sec]
			switch {
			case sec == "" || known && !overlay:
				return fmt.Errorf("%s: section %q has no name or stands twice", where, sec)
			case replace && !known:
				return fmt.Errorf("%s: there is no section [%s] to replace", where, sec)
			case known:
				at = old
				if replace {
					(*lines)[at] = nil
				}
			default:
				at = len(b.sections)
				b.index[sec] = at
				b.sections = append(b.sections, section{name: sec})
				*lines = append(*lines, nil)
			}
		case at < 0:
			return fmt.Errorf("%s: phrase before the first [section]", where)
		default:
			(*lines)[at] = append((*lines)[at], bankLine{where, line})
		}
	}
	return nil
}

func (b *Bank) parse(line string) ([]part, error) {
	var parts []part
	for line != "" {
		open := strings.IndexByte(line, '{')
		if open < 0 {
			return append(parts, part{text: line, sect: -1, vr: -1}), nil
		}
		if open > 0 {
			parts = append(parts, part{text: line[:open], sect: -1, vr: -1})
		}
		end := strings.IndexByte(line[open:], '}')
		if end < 0 {
			return nil, fmt.Errorf("{ without } in %q", line)
		}
		name := line[open+1 : open+end]
		p := part{sect: -1, vr: -1}
		if strings.HasPrefix(name, "^") {
			p.cap, name = true, name[1:]
		}
		if s, ok := b.index[name]; ok {
			p.sect = s
		} else {
			for i, v := range b.vars {
				if v == name {
					p.vr = i
				}
			}
			if p.vr < 0 {
				return nil, fmt.Errorf("{%s} is neither a section nor one of the vars %v", name, b.vars)
			}
		}
		parts = append(parts, p)
		line = line[open+end+1:]
	}
	return parts, nil
}

// maxPhrase bounds the bytes of one phrase, each var counted as a few: a few sections that
// name one another twice would otherwise make more text than there is memory.
const maxPhrase = 1 << 16

// shortestVar is what a var counts for: it bounds how many there are.
const shortestVar = 16

// measure is the length of the longest text that a section can make. sizes remembers what is known, -1 marks a section at work.
func (b *Bank) measure(s int, sizes []int) (int, error) {
	switch {
	case sizes[s] < 0:
		return 0, fmt.Errorf("section [%s] refers to itself", b.sections[s].name)
	case sizes[s] > 0:
		return sizes[s], nil
	}
	sizes[s] = -1
	longest := 1
	for _, a := range b.sections[s].alts {
		size := 0
		for _, p := range a.parts {
			n := len(p.text)
			if p.vr >= 0 {
				n = shortestVar
			}
			if p.sect >= 0 {
				var err error
				if n, err = b.measure(p.sect, sizes); err != nil {
					return 0, err
				}
			}
			if size += n; size > maxPhrase {
				return 0, fmt.Errorf("section [%s] makes phrases of more than %d bytes", b.sections[s].name, maxPhrase)
			}
		}
		longest = max(longest, size)
	}
	sizes[s] = longest
	return longest, nil
}

// Vars are the names that a behavior supplies.
func (b *Bank) Vars() []string { return b.vars }

// Sections are the names of the sections, in order.
func (b *Bank) Sections() (names []string) {
	for i := range b.sections {
		names = append(names, b.sections[i].name)
	}
	return names
}

// Uses are the sections that phrases of a section name.
func (b *Bank) Uses(section string) (names []string) {
	at, ok := b.index[section]
	if !ok {
		return nil
	}
	for _, a := range b.sections[at].alts {
		for _, p := range a.parts {
			if p.sect >= 0 {
				names = append(names, b.sections[p.sect].name)
			}
		}
	}
	return names
}

// A Speaker says phrases of one bank with one source of chance, and remembers
// its picks. It belongs to one goroutine.
type Speaker struct {
	bank  *Bank
	rand  *rand.Rand
	picks []string
	buf   []byte
	vals  []string
}

// Say expands one random alternative of a section. pairs gives the vars as
// name, value, name, value. It panics on a section or var that the bank does
// not have: that is a bug in the behavior, found by its first test.
func (s *Speaker) Say(section string, pairs ...string) string {
	at, ok := s.bank.index[section]
	if !ok {
		panic(fmt.Sprintf("phrase bank has no section [%s]", section))
	}
	if cap(s.vals) < len(s.bank.vars) {
		s.vals = make([]string, len(s.bank.vars))
	}
	s.vals = s.vals[:len(s.bank.vars)]
	clear(s.vals)
	for i := 0; i+1 < len(pairs); i += 2 {
		found := false
		for v, name := range s.bank.vars {
			if name == pairs[i] {
				s.vals[v], found = pairs[i+1], true
			}
		}
		if !found {
			panic(fmt.Sprintf("phrase bank does not declare var %q", pairs[i]))
		}
	}
	s.buf = s.buf[:0]
	s.expand(at)
	return string(s.buf)
}

func (s *Speaker) expand(sect int) {
	alts := s.bank.sections[sect].alts
	a := &alts[s.rand.IntN(len(alts))]
	s.picks = append(s.picks, a.label)
	for _, p := range a.parts {
		from := len(s.buf)
		switch {
		case p.sect >= 0:
			s.expand(p.sect)
		case p.vr >= 0:
			s.buf = append(s.buf, s.vals[p.vr]...)
		default:
			s.buf = append(s.buf, p.text...)
		}
		if p.cap && from < len(s.buf) && s.buf[from] >= 'a' && s.buf[from] <= 'z' {
			s.buf[from] -= 'a' - 'A'
		}
	}
}
