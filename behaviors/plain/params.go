package plain

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/strict"
)

var paramTypes = map[string]reflect.Type{
	"string":  reflect.TypeFor[string](),
	"integer": reflect.TypeFor[int64](),
	"number":  reflect.TypeFor[format.Num](),
	"boolean": reflect.TypeFor[bool](),
}

var paramName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// params makes the struct that the engine decodes, documents and stamps, from the
// declarations: the same that a behavior in Go declares. names gives the field of
// each parameter.
func (r *reader) params() (defaults any, names map[string]int) {
	names = map[string]int{}
	var fields []reflect.StructField
	for _, name := range slices.Sorted(maps.Keys(r.f.Params)) {
		p, ptr := r.f.Params[name], strict.Join("params", name)
		typ := paramTypes[p.Type]
		if !paramName.MatchString(name) {
			r.At(ptr, strict.BadValue, "%q is no name for a parameter; one is a lower-case word", strict.Short(name))
			continue
		}
		if typ == nil || p.Default == nil || p.Doc == "" || !r.bounds(&p, ptr) {
			continue // told
		}
		tag := "json:" + strconv.Quote(name) + " jsonschema:" + strconv.Quote(p.Doc)
		if len(p.Enum) > 0 {
			tag += " enum:" + strconv.Quote(strings.Join(p.Enum, ","))
		}
		if p.Minimum != nil || p.Maximum != nil {
			tag += " range:" + strconv.Quote(scalar(p.Minimum)+","+scalar(p.Maximum))
		}
		names[name] = len(fields)
		fields = append(fields, reflect.StructField{Name: "P" + strconv.Itoa(len(fields)), Type: typ, Tag: reflect.StructTag(tag)})
	}
	v := reflect.New(reflect.StructOf(fields))
	declared, err := strict.FieldsOf(v.Elem().Type())
	if err != nil {
		r.At("params", strict.BadValue, "%v", err)
		return &struct{}{}, names
	}
	for name, i := range names {
		ptr := strict.Join("params", name) + ".default"
		if err := setParam(v.Elem().Field(i), scalar(r.f.Params[name].Default)); err != nil {
			r.At(ptr, strict.BadValue, "%v", err)
		} else if err := declared[i].Admits(v.Elem().Field(i)); err != nil {
			r.At(ptr, strict.OutOfRange, "%v", err)
		}
	}
	return v.Interface(), names
}

func scalar(s *strict.Scalar) string {
	if s == nil {
		return ""
	}
	return string(*s)
}

// bounds holds the bounds of a parameter to its type.
func (r *reader) bounds(p *Param, ptr string) bool {
	faults := len(r.Found)
	if len(p.Enum) > 0 && p.Type != "string" {
		r.At(ptr+".enum", strict.BadValue, "only a string has an enum")
	}
	for i, e := range p.Enum {
		if e == "" || strings.Contains(e, ",") {
			r.At(fmt.Sprintf("%s.enum[%d]", ptr, i), strict.BadValue, "%q is empty or has a comma", strict.Short(e))
		}
	}
	for key, b := range map[string]*strict.Scalar{"minimum": p.Minimum, "maximum": p.Maximum} {
		if b == nil {
			continue
		}
		if p.Type != "integer" && p.Type != "number" {
			r.At(ptr+"."+key, strict.BadValue, "a %s has no %s", p.Type, key)
		} else if _, ok := format.ParseNum(string(*b)); !ok {
			r.At(ptr+"."+key, strict.WrongType, "%q is no number", strict.Short(string(*b)))
		}
	}
	return len(r.Found) == faults
}

// setParam reads a default.
func setParam(v reflect.Value, text string) error {
	if v.Kind() == reflect.String {
		v.SetString(text)
		return nil
	}
	if v.Kind() == reflect.Bool {
		if text != "true" && text != "false" {
			return fmt.Errorf("%q is neither true nor false", strict.Short(text))
		}
		v.SetBool(text == "true")
		return nil
	}
	n, ok := format.ParseNum(text)
	if !ok {
		return fmt.Errorf("%q is no number", strict.Short(text))
	}
	if v.Kind() == reflect.Int64 {
		i, ok := n.Int64()
		if !ok {
			return fmt.Errorf("%s is no whole number of 64 bits", strict.Short(text))
		}
		v.SetInt(i)
		return nil
	}
	v.Set(reflect.ValueOf(n))
	return nil
}

// textOf writes a parameter as templates see it.
func textOf(v any) string {
	if n, ok := v.(format.Num); ok {
		return n.String()
	}
	return fmt.Sprint(v)
}
