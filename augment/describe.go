package augment

import (
	"reflect"
	"strings"

	"github.com/seed-cdf14512/graft/format/strict"
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
	fields, err := strict.FieldsOf(v.Type())
	if err != nil {
		return nil, err
	}
	var list []Param
	for _, f := range fields {
		def, err := strict.Canonical(v.Field(f.Index).Interface())
		if err != nil {
			return nil, err
		}
		list = append(list, Param{f.Key, f.Takes(v.Field(f.Index).Type()), string(def), f.Doc})
	}
	return list, nil
}
