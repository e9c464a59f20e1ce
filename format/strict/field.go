package strict

import (
	"fmt"
	"math/big"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-cdf14512/graft/format"
)

var (
	numType = reflect.TypeFor[format.Num]()
	rawType = reflect.TypeFor[jsontext.Value]()
)

// A Field is one key of a file or of a behavior's parameters, as its Go
// declaration describes it. The decoder, the defaults and the JSON Schema all
// read this and nothing else.
type Field struct {
	Index    int // in the struct
	Key      string
	Doc      string
	Required bool
	Default  string // value of the default tag
	Names    string // table that the value must stand in
	Rule     Rule
}

// A Rule bounds a value: a number itself, the length of a text or list, each
// value of a map.
type Rule struct {
	Lo, Hi *format.Num
	Enum   []string
}

// FieldsOf reads the declaration of a struct. An error is a fault of the
// programmer, not of the user.
func FieldsOf(t reflect.Type) ([]Field, error) {
	var fields []Field
	for i := range t.NumField() {
		sf := t.Field(i)
		if !sf.IsExported() {
			return nil, fmt.Errorf("%s.%s: parameters are exported fields", t, sf.Name)
		}
		f, err := fieldOf(sf)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t, sf.Name, err)
		}
		f.Index = i
		fields = append(fields, f)
	}
	return fields, nil
}

func fieldOf(sf reflect.StructField) (Field, error) {
	key, options, _ := strings.Cut(sf.Tag.Get("json"), ",")
	f := Field{
		Key:      key,
		Doc:      sf.Tag.Get("jsonschema"),
		Required: !strings.Contains(options, "omit"),
		Default:  sf.Tag.Get("default"),
		Names:    sf.Tag.Get("names"),
	}
	if key == "" || key == "-" || strings.ToLower(key) != key {
		return f, fmt.Errorf("a json tag must give a lower-case key, not %q", key)
	}
	if f.Doc == "" {
		return f, fmt.Errorf("a jsonschema tag must say what it is")
	}
	if e := sf.Tag.Get("enum"); e != "" {
		f.Rule.Enum = strings.Split(e, ",")
	}
	if r := sf.Tag.Get("range"); r != "" {
		lo, hi, ok := strings.Cut(r, ",")
		var err error
		if f.Rule.Lo, err = bound(lo); err == nil {
			f.Rule.Hi, err = bound(hi)
		}
		if err != nil || !ok {
			return f, fmt.Errorf("range tag %q is not low,high", r)
		}
	}
	return f, supported(sf.Type)
}

func bound(s string) (*format.Num, error) {
	if s == "" {
		return nil, nil
	}
	n, ok := format.ParseNum(s)
	if !ok {
		return nil, fmt.Errorf("%q is no number", s)
	}
	return &n, nil
}

// supported says whether values of type t can stand in a file. Floating point
// cannot: no float decides anything in the compiler.
func supported(t reflect.Type) error {
	switch {
	case t == numType, t == rawType:
		return nil
	case t.Kind() == reflect.Pointer, t.Kind() == reflect.Slice:
		return supported(t.Elem())
	case t.Kind() == reflect.Map && t.Key().Kind() == reflect.String:
		return supported(t.Elem())
	case t.Kind() == reflect.Struct:
		_, err := FieldsOf(t)
		return err
	case t.Kind() == reflect.String, t.Kind() >= reflect.Bool && t.Kind() <= reflect.Uint64:
		return nil
	}
	return fmt.Errorf("a %s cannot stand in a recipe or run file; use integers, format.Num, text, bool, lists, maps by name or structs", t)
}

// SetDefaults fills v from the default tags of its fields. A struct under a
// pointer or in a list gets its defaults when it is made.
func SetDefaults(v reflect.Value) {
	fields, err := FieldsOf(v.Type())
	if err != nil {
		panic(err)
	}
	for _, f := range fields {
		fv := v.Field(f.Index)
		switch {
		case fv.Kind() == reflect.Struct && fv.Type() != numType:
			SetDefaults(fv)
		case f.Default == "":
		case fv.Kind() == reflect.String:
			fv.SetString(f.Default)
		default:
			n, ok := format.ParseNum(f.Default)
			if !ok || !setNum(fv, n) {
				panic(fmt.Sprintf("default %q does not fit %s", f.Default, fv.Type()))
			}
		}
	}
}

// setNum stores n in an integer, a Num or a pointer to one; it reports false
// where n does not fit.
func setNum(v reflect.Value, n format.Num) bool {
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	if v.Type() == numType {
		v.Set(reflect.ValueOf(n))
		return true
	}
	if !n.IsInt() {
		return false
	}
	whole := n.Rat().Num()
	switch {
	case v.CanInt() && whole.IsInt64() && !v.OverflowInt(whole.Int64()):
		v.SetInt(whole.Int64())
	case v.CanUint() && whole.IsUint64() && !v.OverflowUint(whole.Uint64()):
		v.SetUint(whole.Uint64())
	default:
		return false
	}
	return true
}

// NumOf reads an integer, a Num or a pointer to one.
func NumOf(v reflect.Value) (format.Num, bool) {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return format.Num{}, false
		}
		v = v.Elem()
	}
	switch {
	case v.Type() == numType:
		return v.Interface().(format.Num), true
	case v.CanInt():
		return format.Int(v.Int()), true
	case v.CanUint():
		return format.FromRat(new(big.Rat).SetUint64(v.Uint())), true
	}
	return format.Num{}, false
}
