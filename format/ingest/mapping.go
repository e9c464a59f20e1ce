package ingest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// A Mapping reads any shape of record by field paths such as a.b[0].c. A path
// with [] in it stands for every element of an array: samples[].text gives an
// attempt an element, and the label, author and final paths may use the same
// array.
type Mapping struct {
	Name     string   `json:"name,omitempty" jsonschema:"name of the set"`
	Question string   `json:"question" jsonschema:"path of the question"`
	System   string   `json:"system,omitempty" jsonschema:"path of the system text"`
	Answer   string   `json:"answer,omitempty" jsonschema:"path of the reference answer"`
	Choices  string   `json:"choices,omitempty" jsonschema:"path of the options: an array of strings, or a string with one a line"`
	Traces   []string `json:"traces,omitempty" jsonschema:"paths of the attempts' texts; an array of strings is a list of attempts"`
	Steps    string   `json:"steps,omitempty" jsonschema:"path of an array of strings that are the steps of one attempt"`
	Label    string   `json:"label,omitempty" jsonschema:"path of what the source says of the attempt: true, 1, correct, right or their opposites"`
	Author   string   `json:"author,omitempty" jsonschema:"path of who made the attempt"`
	Final    string   `json:"final,omitempty" jsonschema:"path of the final answer that the attempt states"`
	Split    string   `json:"split,omitempty" jsonschema:"name of the step splitter: auto, line, sentence, paragraph or numbered"`
	Checker  string   `json:"checker,omitempty" jsonschema:"name of the checker that grades the answer"`
}

// Reader makes a reader of the mapping, or says what is wrong with it.
func (m Mapping) Reader() (*Reader, error) {
	if m.Question == "" {
		return nil, fmt.Errorf("mapping: question must be a field path")
	}
	if m.Steps != "" && len(m.Traces) > 0 {
		return nil, fmt.Errorf("mapping: traces and steps exclude each other")
	}
	if m.Split == "" {
		m.Split = "auto"
	}
	if _, ok := Split(m.Split, "x"); !ok {
		var names []string
		for _, s := range Splitters() {
			names = append(names, s.Name)
		}
		return nil, fmt.Errorf("mapping: unknown splitter %q; the splitters are %s", m.Split, strings.Join(names, ", "))
	}
	name := m.Name
	if name == "" {
		name = "mapping"
	}
	return &Reader{Name: name, Doc: "a mapping of field paths", Sniff: m.sniff, Decode: m.decode}, nil
}

func (m Mapping) sniff(v *Value) int {
	if v.Get(m.Question).Is(String) {
		return 50
	}
	return 0
}

func (m Mapping) decode(v *Value) (format.Record, error) {
	question := v.Get(m.Question)
	if !question.Is(String) && !question.Is(Number) {
		return format.Record{}, reject(NoQuestion, "%s must be a string, %s", m.Question, describe(question))
	}
	rec := format.Record{Problem: format.Problem{
		System: m.text(v, m.System), Question: question.Text(), Answer: m.text(v, m.Answer), Checker: m.Checker}}
	if c := v.Get(m.Choices); m.Choices != "" && c != nil {
		list, ok := texts(c)
		if !ok {
			list = options(c.Str())
		}
		rec.Problem.Choices = list
	}
	err := m.attempts(v, &rec)
	whole, partly := m.roots()
	rec.Meta = rest(v, append(whole, partly...)...)
	if len(partly) > 0 {
		rec.Meta = append(rec.Meta, format.Field{Name: "partly_read", Value: strings.Join(partly, ",")})
	}
	return rec, err
}

func (m Mapping) text(v *Value, path string) string {
	if path == "" {
		return ""
	}
	return v.Get(path).Text()
}

func (m Mapping) attempts(v *Value, rec *format.Record) error {
	if m.Steps != "" {
		items, err := stepList(v.Get(m.Steps), m.Steps)
		if err != nil {
			return err
		}
		rec.Attempts = []format.Attempt{listed("", items)}
	}
	for _, path := range m.Traces {
		found := collect(v, path)
		if len(found) == 1 && found[0].Is(Array) {
			found = collect(found[0], "[]")
		}
		for _, f := range found {
			if !f.Is(String) {
				return reject(BadField, "%s must be text, and is %s", path, f.Type)
			}
			steps, _ := Split(m.Split, f.Str())
			rec.Attempts = append(rec.Attempts, format.Attempt{Trace: format.Trace{Steps: steps}})
		}
	}
	said := func(path string, set func(a *format.Attempt, v *Value)) error {
		if path == "" || len(rec.Attempts) == 0 {
			return nil
		}
		found := collect(v, path)
		if len(found) == 1 && found[0].Is(Array) {
			found = collect(found[0], "[]")
		}
		for i := range rec.Attempts {
			switch {
			case len(found) == 1:
				set(&rec.Attempts[i], found[0])
			case len(found) == len(rec.Attempts):
				set(&rec.Attempts[i], found[i])
			case len(found) > 0:
				return reject(BadField, "%s gives %d values for %d attempts", path, len(found), len(rec.Attempts))
			}
		}
		return nil
	}
	for _, err := range [...]error{
		said(m.Label, func(a *format.Attempt, v *Value) { a.Label = verdict(v) }),
		said(m.Author, func(a *format.Attempt, v *Value) { a.Author = v.Text() }),
		said(m.Final, func(a *format.Attempt, v *Value) { a.Answer = v.Text() }),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// roots are the top-level keys that the mapping reads: those it reads whole,
// and those it takes something out of.
func (m Mapping) roots() (whole, partly []string) {
	for _, path := range append([]string{m.Question, m.System, m.Answer, m.Choices, m.Steps, m.Label, m.Author, m.Final}, m.Traces...) {
		end := strings.IndexAny(path, ".[")
		switch {
		case path == "":
		case end < 0:
			whole = append(whole, path)
		case end > 0 && !slices.Contains(partly, path[:end]):
			partly = append(partly, path[:end])
		}
	}
	return whole, partly
}

// collect follows a path in which [] stands for every element.
func collect(v *Value, path string) []*Value {
	head, tail, many := strings.Cut(path, "[]")
	if head != "" {
		v = v.Get(head)
	}
	if v == nil {
		return nil
	}
	if !many {
		return []*Value{v}
	}
	if !v.Is(Array) {
		return nil
	}
	tail = strings.TrimPrefix(tail, ".")
	var all []*Value
	for i := range v.Items {
		if tail == "" {
			all = append(all, &v.Items[i])
		} else {
			all = append(all, collect(&v.Items[i], tail)...)
		}
	}
	return all
}
