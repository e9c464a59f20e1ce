package ingest

import (
	"strconv"
	"strings"
)

// A Type is what kind of JSON a Value is.
type Type uint8

// The types of JSON.
const (
	Null Type = iota
	Bool
	Number
	String
	Array
	Object
)

func (t Type) String() string {
	return [...]string{"null", "a boolean", "a number", "a string", "an array", "an object"}[t]
}

// A Value is one JSON value. Strings are kept as they are written and decoded
// when asked for, numbers are never anything but text, and the members of an
// object keep their order. A nil *Value stands for what is absent, and every
// method answers for it as it does for null.
type Value struct {
	Type    Type
	escaped bool     // a string that holds a backslash
	loose   bool     // a string with an escape that the canonical form writes otherwise
	text    string   // between the quotes, as written; a number or a literal as written
	Items   []Value  // of an array
	Members []Member // of an object
}

// A Member is one key of an object with its value.
type Member struct {
	Key   string
	Value Value
}

// Is reports whether v has type t; an absent value has none.
func (v *Value) Is(t Type) bool { return v != nil && v.Type == t }

// Str is the decoded text of a string, and empty for everything else.
func (v *Value) Str() string {
	switch {
	case !v.Is(String):
		return ""
	case v.escaped:
		return unescape(v.text)
	}
	return v.text
}

// Text is the decoded text of a string, a number or boolean as written, the
// canonical JSON of an array or object, and empty for null.
func (v *Value) Text() string {
	switch {
	case v == nil || v.Type == Null:
		return ""
	case v.Type == String:
		return v.Str()
	case v.Type == Number || v.Type == Bool:
		return v.text
	}
	return string(v.AppendCanonical(nil))
}

// Int is the value of a whole number, or of a string that holds one.
func (v *Value) Int() (int, bool) {
	if !v.Is(Number) && !v.Is(String) {
		return 0, false
	}
	n, err := strconv.Atoi(v.text)
	return n, err == nil
}

// Bool is the value of a boolean; ok is false for anything else.
func (v *Value) Bool() (value, ok bool) { return v.Is(Bool) && v.text == "true", v.Is(Bool) }

// Key is the member of an object with that very key, or nil.
func (v *Value) Key(key string) *Value {
	if !v.Is(Object) {
		return nil
	}
	for i := range v.Members {
		if v.Members[i].Key == key {
			return &v.Members[i].Value
		}
	}
	return nil
}

// At is the i-th item of an array, counted from the end if i is negative, or
// nil.
func (v *Value) At(i int) *Value {
	if !v.Is(Array) {
		return nil
	}
	if i < 0 {
		i += len(v.Items)
	}
	if i < 0 || i >= len(v.Items) {
		return nil
	}
	return &v.Items[i]
}

// Get follows a field path such as a.b[0].c or messages[-1].content, and is
// nil where the path leads nowhere. A key that holds a dot or a bracket is
// found if the whole path is that key.
func (v *Value) Get(path string) *Value {
	if m := v.Key(path); m != nil || path == "" {
		return m
	}
	for path != "" && v != nil {
		if path[0] == '[' {
			end := strings.IndexByte(path, ']')
			if end < 0 {
				return nil
			}
			n, err := strconv.Atoi(path[1:end])
			if err != nil {
				return nil
			}
			v, path = v.At(n), strings.TrimPrefix(path[end+1:], ".")
			continue
		}
		end := strings.IndexAny(path, ".[")
		if end < 0 {
			return v.Key(path)
		}
		v, path = v.Key(path[:end]), strings.TrimPrefix(path[end:], ".")
	}
	return v
}

// Has reports whether v is an object with all the given keys.
func (v *Value) Has(keys ...string) bool {
	for _, k := range keys {
		if v.Key(k) == nil {
			return false
		}
	}
	return v.Is(Object)
}
