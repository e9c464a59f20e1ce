package augment

import (
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
	"github.com/seed-cdf14512/graft/format/chat"
	"github.com/seed-cdf14512/graft/format/ingest"
	"github.com/seed-cdf14512/graft/format/strict"
)

// names gathers what a recipe may name when it is built with this suite.
func (s Suite) names() strict.Names {
	n := strict.Names{"reader": {"auto"}, "container": {"auto"}}
	for _, c := range ingest.Containers() {
		n["container"] = append(n["container"], c.Name)
	}
	for _, b := range s.Behaviors {
		n["behavior"] = append(n["behavior"], b.Name)
	}
	for _, v := range s.Variants {
		n["variant"] = append(n["variant"], v.Name)
	}
	for _, t := range chat.Templates {
		n["template"] = append(n["template"], t.Name)
	}
	for _, r := range ingest.Readers() {
		n["reader"] = append(n["reader"], r.Name)
	}
	for _, c := range ingest.Splitters() {
		n["splitter"] = append(n["splitter"], c.Name)
	}
	for _, c := range answer.Checkers {
		n["checker"] = append(n["checker"], c.Name)
	}
	return n
}

// Builtins are what builtin:NAME may name: data that ships with graft.
func Builtins() []string { return []string{"quickstart"} }

// engineSpans are the spans that no behavior owns.
func engineSpans() []string {
	return []string{format.SpanTemplate, format.SpanSystem, format.SpanUser, format.SpanSource, format.SpanEnd}
}

// SpanNames are all names that a span can have in a build with this suite.
func (s Suite) SpanNames() []string {
	all := engineSpans()
	for _, b := range s.Behaviors {
		for _, k := range format.Kinds() {
			all = append(all, chat.SpanName(b.Name, k))
		}
	}
	for _, v := range s.Variants {
		for _, k := range format.Kinds() {
			all = append(all, chat.SpanName(v.Name, k))
		}
	}
	return all
}
