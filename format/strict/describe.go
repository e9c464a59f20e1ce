package strict

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Takes says in words what values of type t the field takes.
func (f *Field) Takes(t reflect.Type) string {
	switch {
	case f.Rule.Enum != nil:
		return strings.Join(f.Rule.Enum, "|")
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
	switch lo, hi := f.Rule.Lo, f.Rule.Hi; {
	case lo != nil && hi != nil:
		kind += fmt.Sprintf(", %s to %s", lo, hi)
	case lo != nil:
		kind += fmt.Sprintf(", %s or more", lo)
	case hi != nil:
		kind += fmt.Sprintf(", at most %s", hi)
	}
	return kind
}

// Admits says whether a value keeps the bounds of its field.
func (f *Field) Admits(v reflect.Value) error {
	if v.Kind() == reflect.String {
		if f.Rule.Enum != nil && !slices.Contains(f.Rule.Enum, v.String()) {
			return fmt.Errorf("%q is not one of %s", v.String(), strings.Join(f.Rule.Enum, ", "))
		}
		return nil
	}
	if n, ok := NumOf(v); ok {
		if text := f.Rule.Broken(n); text != "" {
			return errors.New(text)
		}
	}
	return nil
}
