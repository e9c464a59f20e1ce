package strict

import (
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v3"

	"github.com/seed-cdf14512/graft/format"
)

// A Scalar is text, a number, true or false, as written: what it must be is known
// only when the rest of the file is.
type Scalar string

// scalar decodes a single value: text, number, true or false.
func (d *Decoder) scalar(n *yaml.Node, v reflect.Value, ptr string, f *Field) {
	switch tag := scalarTag(n); {
	case v.Type() == reflect.TypeFor[Scalar]():
		if d.kind(n, ptr, yaml.ScalarNode, "text, a number, true or false") {
			v.SetString(n.Value)
		}
	case v.Kind() == reflect.String:
		if tag != "!!str" {
			d.Add(n, ptr, WrongType, "found %s; it must be text%s", found(n), quoteHint(n))
			return
		}
		if d.text(n, ptr, f) {
			v.SetString(n.Value)
		}
	case v.Kind() == reflect.Bool:
		if tag != "!!bool" {
			d.Add(n, ptr, WrongType, "found %s; it must be true or false", found(n))
			return
		}
		v.SetBool(strings.EqualFold(n.Value, "true"))
	default:
		d.number(n, v, ptr, f, tag)
	}
}

func (d *Decoder) text(n *yaml.Node, ptr string, f *Field) bool {
	if f.Rule.Enum != nil && !slices.Contains(f.Rule.Enum, n.Value) {
		d.Add(n, ptr, OutOfRange, "%q is not one of %s", Short(n.Value), strings.Join(f.Rule.Enum, ", "))
		return false
	}
	if f.Names != "" && !slices.Contains(d.Names[f.Names], n.Value) {
		d.Add(n, ptr, UnknownName, "unknown %s %q%s", f.Names, Short(n.Value), Suggest(f.Names+"s", n.Value, d.Names[f.Names]))
		return false
	}
	return d.size(n, ptr, utf8.RuneCountInString(n.Value), f.Rule, "characters")
}

func (d *Decoder) number(n *yaml.Node, v reflect.Value, ptr string, f *Field, tag string) {
	if tag != "!!int" && tag != "!!float" {
		d.Add(n, ptr, WrongType, "found %s; it must be %s", found(n), numberKind(v.Type()))
		return
	}
	x, ok := parseNumber(n.Value)
	if !ok {
		d.Add(n, ptr, WrongType, "found %s; write the number in plain decimals, like 12 or 0.5", Short(n.Value))
		return
	}
	if text := f.Rule.Broken(x); text != "" {
		d.Add(n, ptr, OutOfRange, "%s", text)
		return
	}
	if v.Type() != numType && !x.IsInt() {
		d.Add(n, ptr, WrongType, "found the number %s; it must be %s", Short(n.Value), numberKind(v.Type()))
		return
	}
	if !setNum(v, x) {
		d.Add(n, ptr, OutOfRange, "%s does not fit %s", Short(n.Value), numberKind(v.Type()))
	}
}

// size bounds the length of a text or list.
func (d *Decoder) size(n *yaml.Node, ptr string, size int, r Rule, of string) bool {
	switch text := r.Broken(format.Int(int64(size))); {
	case text == "":
		return true
	case size == 0:
		d.Add(n, ptr, OutOfRange, "it must not be empty")
	default:
		d.Add(n, ptr, OutOfRange, "%s: %s", of, text)
	}
	return false
}

// Broken says how x breaks the bounds, or nothing.
func (r Rule) Broken(x format.Num) string {
	switch {
	case r.Lo != nil && x.Cmp(*r.Lo) < 0:
		return fmt.Sprintf("%s is below the minimum, %s", Short(x.String()), r.Lo)
	case r.Hi != nil && x.Cmp(*r.Hi) > 0:
		return fmt.Sprintf("%s is above the maximum, %s", Short(x.String()), r.Hi)
	}
	return ""
}

func numberKind(t reflect.Type) string {
	switch {
	case t == numType:
		return "a number"
	case t.Kind() >= reflect.Uint && t.Kind() <= reflect.Uint64:
		return "a whole number from 0"
	}
	return "a whole number"
}

// scalarTag is the YAML type of n; what looks like a date is text.
func scalarTag(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode {
		return ""
	}
	if tag := n.ShortTag(); tag != "!!timestamp" && tag != "!!merge" {
		return tag
	}
	return "!!str"
}

// found describes what stands in the file.
func found(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	}
	switch scalarTag(n) {
	case "!!null":
		return "nothing"
	case "!!bool":
		return Short(n.Value)
	case "!!int", "!!float":
		return "the number " + Short(n.Value)
	}
	return "the text " + strconv.Quote(Short(n.Value))
}

func quoteHint(n *yaml.Node) string {
	switch scalarTag(n) {
	case "!!bool", "!!int", "!!float":
		return ": put it in quotes"
	}
	return ""
}

// Short keeps messages on one line.
func Short(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// maxExponent bounds 1e9-like notation: more would ask for digits nobody meant.
const maxExponent = 400

// parseNumber reads a number as JSON writes it, exactly.
func parseNumber(s string) (format.Num, bool) {
	if !IsNumber(s) {
		return format.Num{}, false
	}
	mantissa, exp, has := strings.Cut(strings.ToLower(s), "e")
	x, ok := format.ParseNum(mantissa)
	if !ok || !has {
		return x, ok
	}
	e, err := strconv.Atoi(exp)
	if err != nil || e > maxExponent || e < -maxExponent {
		return format.Num{}, false
	}
	ten := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(e, -e))), nil)
	if e < 0 {
		return x.Quo(format.FromRat(new(big.Rat).SetInt(ten)))
	}
	return x.Mul(format.FromRat(new(big.Rat).SetInt(ten))), true
}

// IsNumber reports whether s is a number as JSON writes it.
func IsNumber(s string) bool {
	v := jsontext.Value(s)
	return v.Kind() == '0' && v.IsValid() && strings.TrimSpace(s) == s
}

// JSON writes n as JSON, number by number as it stands; nil if n holds what
// JSON has not, which has then been reported.
func (d *Decoder) JSON(n *yaml.Node, ptr string, b []byte) []byte {
	if !d.plain(n, ptr) {
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		b = append(b, '{')
		d.pairs(n, ptr, func(key, val *yaml.Node) {
			if b == nil {
				return
			}
			if b[len(b)-1] != '{' {
				b = append(b, ',')
			}
			b = append(quote(b, key.Value), ':')
			b = d.JSON(val, Join(ptr, key.Value), b)
		})
		return closed(b, '}')
	case yaml.SequenceNode:
		b = append(b, '[')
		for i, c := range n.Content {
			if b != nil && i > 0 {
				b = append(b, ',')
			}
			if b != nil {
				b = d.JSON(c, fmt.Sprintf("%s[%d]", ptr, i), b)
			}
		}
		return closed(b, ']')
	}
	switch scalarTag(n) {
	case "!!null":
		return append(b, "null"...)
	case "!!bool":
		return strconv.AppendBool(b, strings.EqualFold(n.Value, "true"))
	case "!!int", "!!float":
		if _, ok := parseNumber(n.Value); ok {
			return append(b, n.Value...)
		}
		d.Add(n, ptr, WrongType, "found %s; write the number in plain decimals, like 12 or 0.5", Short(n.Value))
		return nil
	}
	return quote(b, n.Value)
}

func closed(b []byte, end byte) []byte {
	if b == nil {
		return nil
	}
	return append(b, end)
}

func quote(b []byte, s string) []byte {
	b, _ = jsontext.AppendQuote(b, s) // the file is valid UTF-8, so s is
	return b
}
