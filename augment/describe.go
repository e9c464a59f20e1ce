package augment

import (
	"fmt"
	"reflect"
	"strings"
)

// Summary is the first line of a behavior's documentation.
func (b *Behavior) Summary() string { return firstLine(b.Doc) }

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// A Param is one parameter of a behavior, described for people.
type Param struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	Default string `json:"default"`
	Doc     string `json:"doc"`
}

// ParamList describes the parameters of a behavior in the order of their
// declaration.
func (b *Behavior) ParamList() ([]Param, error) {
	v := reflect.ValueOf(b.Params).Elem()
	fields, err := fieldsOf(v.Type())
	if err != nil {
		return nil, err
	}
	var list []Param
	for _, f := range fields {
		def, err := canonicalJSON(v.Field(f.index).Interface())
		if err != nil {
			return nil, err
		}
		list = append(list, Param{f.key, f.kind(v.Field(f.index).Type()), string(def), f.doc})
	}
	return list, nil
}

// kind says in words what values a field takes.
func (f *field) kind(t reflect.Type) string {
	switch {
	case f.rule.enum != nil:
		return strings.Join(f.rule.enum, "|")
	case t.Kind() == reflect.Slice:
		return "list"
	case t.Kind() == reflect.Map || t.Kind() == reflect.Struct && t != numType:
		return "mapping"
	case t.Kind() == reflect.String:
		return "text"
	case t.Kind() == reflect.Bool:
		return "true|false"
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	kind := numberKind(t)
	switch lo, hi := f.rule.lo, f.rule.hi; {
	case lo != nil && hi != nil:
		kind += fmt.Sprintf(", %s to %s", lo, hi)
	case lo != nil:
		kind += fmt.Sprintf(", %s or more", lo)
	case hi != nil:
		kind += fmt.Sprintf(", at most %s", hi)
	}
	return kind
}
