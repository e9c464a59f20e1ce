package plain

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format/strict"
)

var fileKind = strict.Kind{Noun: "behavior", Start: "graft help behaviors shows one"}

// A reader reads one file and gathers what is wrong with it.
type reader struct {
	*strict.Decoder
	src   augment.Source
	f     *form
	lines []string
	said  map[string]bool // sections of the bank that a template says; "" is any
	used  map[string]bool // parameters
	given map[string]bool // vars of the bank that a template gives
}

// Open reads a behavior from its file, for augment.Suite. The behavior is nil
// where the diagnostics have more than warnings.
func Open(src augment.Source) (*augment.Behavior, strict.Diagnostics) {
	r := &reader{Decoder: strict.New(src.Name, fileKind, tables()), src: src, f: &form{}, said: map[string]bool{}, used: map[string]bool{}, given: map[string]bool{}}
	r.lines = strings.Split(string(src.Data), "\n")
	if !r.Decode(src.Data, &r.f.File) {
		return nil, r.Found
	}
	b := r.behavior()
	r.Found.Sort()
	if r.Found.Failed() {
		return nil, r.Found
	}
	return b, r.Found
}

func tables() strict.Names {
	n := strict.Names{}
	for _, c := range checks {
		n["check"] = append(n["check"], c.name)
	}
	for _, s := range subjects {
		n["subject"] = append(n["subject"], s.name)
	}
	return n
}

// behavior applies the rules between the values of a file.
func (r *reader) behavior() *augment.Behavior {
	f := r.f
	if f.subject = findSubject(f.Site.About); f.subject == nil {
		return nil // told
	}
	if !paramName.MatchString(f.Name) {
		r.At("name", strict.BadValue, "%q is no name; one is a lower-case word", strict.Short(f.Name))
	}
	var params any
	params, f.names = r.params()
	r.doc()
	r.site()
	r.pattern()
	r.bank()
	r.steps()
	r.checks()
	r.command()
	r.unused()
	if r.Found.Failed() {
		return nil
	}
	file := augment.NewFile(r.kept())
	file.Tests, file.Places, file.Before = f.Tests, r.Decoder, f.subject.before
	b := &augment.Behavior{
		Name: f.Name, Doc: f.Doc, Version: file.Version(), Params: params, Phrases: f.Phrases, File: file,
		Sites: f.sites, Write: f.write, Verify: f.verify,
	}
	if f.Command != nil {
		f.pool = newPool(f, r.src.Dir)
		f.pool.digest = file.Digest
		file.Close = f.pool.close
	}
	return b
}

// doc holds the documentation to the form that graft explain prints.
func (r *reader) doc() {
	_, rest, _ := strings.Cut(r.f.Doc, "\n")
	if rest != "" && !strings.HasPrefix(rest, "\n") {
		r.At("doc", strict.BadValue, "a blank line must follow the summary line")
	}
}

func (r *reader) site() {
	s, sub := &r.f.Site, r.f.subject
	switch {
	case sub.place != "" && s.Place != "" && s.Place != sub.place:
		r.At("site.place", strict.BadValue, "an edit about a %s stands %s its step", sub.name, sub.place)
	case sub.place == "" && s.Place == "":
		r.At("site", strict.MissingKey, "missing key \"place\": before or after the step")
	}
	for _, name := range slices.Sorted(maps.Keys(s.With)) {
		ptr := strict.Join("site.with", name)
		o := sub.option(name)
		if o == nil {
			var all []string
			for _, o := range sub.options {
				all = append(all, o.name)
			}
			r.At(ptr, strict.UnknownKey, "%s has no option %q%s", sub.name, strict.Short(name), strict.Suggest("options", name, all))
			continue
		}
		r.option(ptr, o, string(s.With[name]))
	}
}

// option holds the value of an option, or all values of the parameter that it
// names, to what the option takes.
func (r *reader) option(ptr string, o *option, value string) {
	name, isParam := strings.CutPrefix(value, "$")
	if !isParam {
		if text := o.refuses(value); text != "" {
			r.At(ptr, strict.OutOfRange, "%s", text)
		}
		return
	}
	p, ok := r.f.Params[name]
	if !ok {
		r.At(ptr, strict.UnknownName, "there is no parameter %q%s", strict.Short(name), strict.Suggest("parameters", name, r.paramNames()))
		return
	}
	r.used[name] = true
	values := p.Enum
	switch {
	case o.enum == nil && (p.Type != "integer" || p.Minimum == nil || p.Maximum == nil):
		r.At(ptr, strict.BadValue, "the option %s takes %d to %d; the parameter %s must be an integer with a minimum and a maximum", o.name, o.lo, o.hi, name)
		return
	case o.enum == nil:
		values = []string{scalar(p.Minimum), scalar(p.Maximum)}
	case p.Type == "boolean":
		values = []string{"true", "false"}
	case len(p.Enum) == 0:
		r.At(ptr, strict.BadValue, "the option %s takes one of %s; the parameter %s must have an enum", o.name, strings.Join(o.enum, ", "), name)
		return
	}
	for _, v := range values {
		if text := o.refuses(v); text != "" {
			r.At(ptr, strict.OutOfRange, "the parameter %s: %s", name, text)
		}
	}
}

// refuses says why an option does not take a value, or nothing.
func (o *option) refuses(v string) string {
	if o.enum != nil {
		if slices.Contains(o.enum, v) {
			return ""
		}
		return fmt.Sprintf("%q is not one of %s", strict.Short(v), strings.Join(o.enum, ", "))
	}
	if n, err := strconv.ParseInt(v, 10, 64); err != nil || n < o.lo || n > o.hi {
		return fmt.Sprintf("%s is not a whole number from %d to %d", strict.Short(v), o.lo, o.hi)
	}
	return ""
}

func (r *reader) paramNames() []string { return slices.Sorted(maps.Keys(r.f.Params)) }

func (r *reader) pattern() {
	if r.f.Site.Pattern == "" {
		return
	}
	re, at, err := compilePattern(r.f.Site.Pattern)
	if err != nil {
		r.within("site.pattern", 1, at+1, strict.BadValue, "%v", err)
	}
	r.f.pattern = re
}

var bankLine = regexp.MustCompile(`^phrases:(\d+): `)

func (r *reader) bank() {
	bank, err := augment.ParseBank("phrases", r.f.Phrases)
	if err == nil {
		r.f.bank = bank
		return
	}
	line, text := 1, err.Error()
	if m := bankLine.FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = text[len(m[0]):]
	}
	r.within("phrases", line, 1, strict.BadValue, "%s", strings.TrimPrefix(text, "phrases: "))
}

// within reports a fault at a line and column of a text, both from 1, where they
// stand in the file.
func (r *reader) within(ptr string, line, col int, kind strict.DiagnosticKind, text string, args ...any) {
	n := r.Node(ptr)
	if n == nil {
		r.At(ptr, kind, text, args...)
		return
	}
	at := &yaml.Node{Line: n.Line, Column: n.Column}
	switch n.Style &^ yaml.TaggedStyle {
	case yaml.LiteralStyle, yaml.FoldedStyle:
		at.Line = min(n.Line+line, len(r.lines))
		at.Column = col + r.indent(n.Line)
	case yaml.SingleQuotedStyle, yaml.DoubleQuotedStyle:
		at.Line, at.Column = n.Line+line-1, n.Column+col
	default:
		at.Line, at.Column = n.Line+line-1, n.Column+col-1
	}
	r.Add(at, ptr, kind, text, args...)
}

// indent is the indentation of a block of text that begins after a line.
func (r *reader) indent(after int) int {
	for _, l := range r.lines[min(after, len(r.lines)):] {
		if t := strings.TrimLeft(l, " "); t != "" {
			return len(l) - len(t)
		}
	}
	return 0
}

// steps parses the templates and holds their kinds to the subject.
func (r *reader) steps() {
	f := r.f
	switch {
	case f.Command != nil && f.Steps != nil:
		r.At("command", strict.BadValue, "steps and command exclude each other: one of them writes")
	case f.Command == nil && len(f.Steps) == 0:
		r.At("", strict.MissingKey, "missing key \"steps\": what to insert; or command: a program that writes it")
	case f.Command == nil && f.subject.name == "step":
		r.At("site.about", strict.BadValue, "steps are about a value, a computation or something locked: an edit that claims nothing is refused")
	}
	f.texts = make([]*text, len(f.Steps))
	for i := range f.Steps {
		s, ptr := &f.Steps[i], fmt.Sprintf("steps[%d]", i)
		if s.Kind == "" {
			continue // told
		}
		k := kindOf(s.Kind)
		if !slices.Contains(talk, k) && !slices.Contains(f.subject.kinds, k) {
			r.At(ptr+".kind", strict.BadValue, "an edit about a %s has no %s step", f.subject.name, s.Kind)
			continue
		}
		switch {
		case s.Kind == "wrong" && s.Text != "":
			r.At(ptr+".text", strict.BadValue, "a wrong step has no text of its own: it is the source's sentence with the wrong value")
		case s.Kind == "wrong":
			if i > 0 {
				r.At(ptr+".kind", strict.BadValue, "the wrong step comes first")
			}
		case s.Text == "":
			r.At(ptr, strict.MissingKey, "missing key \"text\": the template of the sentence")
		default:
			f.texts[i] = r.template(ptr+".text", s.Text)
		}
	}
}

// checks finds the checks, and asks for one that proves each kind of claim.
func (r *reader) checks() {
	for i, name := range r.f.Checks {
		if c := findCheck(name); c != nil {
			if slices.Contains(r.f.checks, c) {
				r.At(fmt.Sprintf("checks[%d]", i), strict.BadValue, "%s stands twice", name)
			}
			r.f.checks = append(r.f.checks, c)
		}
	}
	for _, s := range r.f.Steps {
		if s.Kind == "" || !slices.Contains(claims, kindOf(s.Kind)) || proved(r.f.checks, kindOf(s.Kind)) {
			continue
		}
		var may []string
		for _, c := range checks {
			if slices.Contains(c.proves, kindOf(s.Kind)) {
				may = append(may, c.name)
			}
		}
		r.At("checks", strict.BadValue, "nothing here proves what a %s step claims; %s would", s.Kind, strings.Join(may, " or "))
	}
}

// unused refuses what nothing reads: a misspelled name that changes nothing.
func (r *reader) unused() {
	if r.f.Command != nil || r.Found.Failed() {
		return
	}
	for _, name := range r.paramNames() {
		if !r.used[name] {
			r.At(strict.Join("params", name), strict.BadValue, "nothing uses the parameter %s", name)
		}
	}
	for _, v := range r.f.bank.Vars() {
		if r.f.subject.variable(v) == nil && !r.given[v] {
			r.within("phrases", 1, 1, strict.BadValue, "nothing gives the var %s: it is none of those about a %s, and no say names it", v, r.f.subject.name)
		}
	}
	if r.said[""] {
		return
	}
	reached := map[string]bool{}
	for name := range r.said {
		r.reach(name, reached)
	}
	for _, name := range r.f.bank.Sections() {
		if !reached[name] {
			line := 1 + strings.Count(r.f.Phrases[:max(0, strings.Index(r.f.Phrases, "["+name+"]"))], "\n")
			r.within("phrases", line, 1, strict.BadValue, "nothing says a phrase of [%s]", name)
		}
	}
}

func (r *reader) reach(section string, reached map[string]bool) {
	if reached[section] {
		return
	}
	reached[section] = true
	for _, s := range r.f.bank.Uses(section) {
		r.reach(s, reached)
	}
}

// kept is everything that decides what the behavior does.
func (r *reader) kept() map[string][]byte {
	kept := map[string][]byte{augment.SourceName: r.src.Data}
	for name, data := range r.scripts() {
		kept[name] = data
	}
	return kept
}
