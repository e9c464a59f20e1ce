package plain

import (
	"reflect"
	"strings"

	"github.com/dlclark/regexp2/v2"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format/strict"
)

// A File is a behavior as its YAML file states it. The tags declare every key
// once; decoding and the JSON Schema follow from them.
type File struct {
	Name    string             `json:"name" range:"1,60" jsonschema:"what recipes, spans and provenance call it: one lower-case word"`
	Doc     string             `json:"doc" range:"1,20000" jsonschema:"a summary line; then, after a blank line, the full explanation"`
	Version int                `json:"version,omitempty" default:"1" range:"1,1000000" jsonschema:"for people; what counts is the digest of the file"`
	Params  map[string]Param   `json:"params,omitempty" jsonschema:"what a recipe may set under with"`
	Site    SiteRule           `json:"site" jsonschema:"where the behavior may act"`
	Phrases string             `json:"phrases,omitempty" jsonschema:"the phrase bank: vars, [sections], one phrase a line"`
	Steps   []StepRule         `json:"steps,omitempty" range:"0,16" jsonschema:"what to insert, in order"`
	Command []string           `json:"command,omitempty" range:"0,32" jsonschema:"in place of steps: the program that writes them, and its arguments; files beside this one are kept with it"`
	Timeout int                `json:"timeout_ms,omitempty" default:"10000" range:"10,600000" jsonschema:"milliseconds that the program may take for one edit"`
	Checks  []string           `json:"checks" range:"1,16" names:"check" jsonschema:"what proves the edit"`
	Tests   []augment.LintTest `json:"tests,omitempty" jsonschema:"run by graft lint, with this behavior alone, at its defaults and a rate of 1"`
}

// A Param declares one parameter.
type Param struct {
	Type    string         `json:"type" enum:"string,integer,number,boolean" jsonschema:"JSON Schema type of the value"`
	Default *strict.Scalar `json:"default" jsonschema:"the value where a recipe gives none"`
	Enum    []string       `json:"enum,omitempty" range:"0,100" jsonschema:"texts that are allowed"`
	Minimum *strict.Scalar `json:"minimum,omitempty" jsonschema:"least number"`
	Maximum *strict.Scalar `json:"maximum,omitempty" jsonschema:"greatest number"`
	Doc     string         `json:"doc" range:"1,2000" jsonschema:"what it is"`
}

// A SiteRule says where a behavior may act.
type SiteRule struct {
	About   string                   `json:"about" names:"subject" jsonschema:"value: a step that states a value which another route checks; computation: a step that can be taken wrongly; locked: a step before which a later result is out of reach; step: any"`
	Place   string                   `json:"place,omitempty" enum:"before,after" jsonschema:"side of the step; only a step that is about nothing in particular leaves the choice"`
	Kinds   []string                 `json:"kinds,omitempty" range:"1,5" enum:"setup,derive,compute,check" jsonschema:"kinds of source step; none is all of them"`
	Pattern string                   `json:"pattern,omitempty" range:"0,1000" jsonschema:"regular expression that the step's text must match; its groups are .Captures"`
	With    map[string]strict.Scalar `json:"with,omitempty" jsonschema:"options of the subject, and which: any, first, last or before-answer; $name is the value of a parameter"`
}

// A StepRule is one step of the edit.
type StepRule struct {
	Kind string `json:"kind" enum:"check,wrong,doubt,retract,fix,probe,return,analysis,derive" jsonschema:"what the step does; its span is called NAME.KIND"`
	Text string `json:"text,omitempty" range:"0,8000" jsonschema:"template of its sentence; a wrong step has none: it is the source's sentence with the wrong value"`
}

// A form is a file that has been read: the functions of a behavior are its methods.
type form struct {
	File
	subject *subject
	names   map[string]int // field of the parameters' struct by name
	texts   []*text        // one a step, nil where there is none
	checks  []*check
	pattern *regexp2.Regexp
	bank    *augment.Bank
	pool    *pool // of a command
}

func (f *form) after() bool {
	if f.subject.place != "" {
		return f.subject.place == "after"
	}
	return f.Site.Place != "before"
}

// option is the value of a site's option: as the file says, as the parameter it
// names says, or the default.
func (f *form) option(p *augment.Pass, name string) string {
	v, ok := f.Site.With[name]
	if !ok {
		return f.subject.option(name).def
	}
	if param, ok := strings.CutPrefix(string(v), "$"); ok {
		return textOf(reflect.ValueOf(p.Params).Elem().Field(f.names[param]).Interface())
	}
	return string(v)
}
