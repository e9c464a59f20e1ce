package augment

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

// scalar decodes a single value: text, number, true or false.
func (d *decoder) scalar(n *yaml.Node, v reflect.Value, ptr string, f *field) {
	switch tag := scalarTag(n); {
	case v.Kind() == reflect.String:
		if tag != "!!str" {
			d.add(n, ptr, WrongType, "found %s; it must be text%s", found(n), quoteHint(n))
			return
		}
		if d.text(n, ptr, f) {
			v.SetString(n.Value)
		}
	case v.Kind() == reflect.Bool:
		if tag != "!!bool" {
			d.add(n, ptr, WrongType, "found %s; it must be true or false", found(n))
			return
		}
		v.SetBool(strings.EqualFold(n.Value, "true"))
	default:
		d.number(n, v, ptr, f, tag)
	}
}

func (d *decoder) text(n *yaml.Node, ptr string, f *field) bool {
	if f.rule.enum != nil && !slices.Contains(f.rule.enum, n.Value) {
		d.add(n, ptr, OutOfRange, "%q is not one of %s", short(n.Value), strings.Join(f.rule.enum, ", "))
		return false
	}
	if f.names != "" && !slices.Contains(d.names[f.names], n.Value) {
		d.add(n, ptr, UnknownName, "unknown %s %q%s", f.names, short(n.Value), Suggest(f.names+"s", n.Value, d.names[f.names]))
		return false
	}
	return d.size(n, ptr, utf8.RuneCountInString(n.Value), f.rule, "characters")
}

func (d *decoder) number(n *yaml.Node, v reflect.Value, ptr string, f *field, tag string) {
	if tag != "!!int" && tag != "!!float" {
		d.add(n, ptr, WrongType, "found %s; it must be %s", found(n), numberKind(v.Type()))
		return
	}
	x, ok := parseNumber(n.Value)
	if !ok {
		d.add(n, ptr, WrongType, "found %s; write the number in plain decimals, like 12 or 0.5", short(n.Value))
		return
	}
	if text := f.rule.broken(x); text != "" {
		d.add(n, ptr, OutOfRange, "%s", text)
		return
	}
	if v.Type() != numType && !x.IsInt() {
		d.add(n, ptr, WrongType, "found the number %s; it must be %s", short(n.Value), numberKind(v.Type()))
		return
	}
	if !setNum(v, x) {
		d.add(n, ptr, OutOfRange, "%s does not fit %s", short(n.Value), numberKind(v.Type()))
	}
}

// size bounds the length of a text or list.
func (d *decoder) size(n *yaml.Node, ptr string, size int, r rule, of string) bool {
	switch text := r.broken(format.Int(int64(size))); {
	case text == "":
		return true
	case size == 0:
		d.add(n, ptr, OutOfRange, "it must not be empty")
	default:
		d.add(n, ptr, OutOfRange, "%s: %s", of, text)
	}
	return false
}

// broken says how x breaks the bounds, or nothing.
func (r rule) broken(x format.Num) string {
	switch {
	case r.lo != nil && x.Cmp(*r.lo) < 0:
		return fmt.Sprintf("%s is below the minimum, %s", short(x.String()), r.lo)
	case r.hi != nil && x.Cmp(*r.hi) > 0:
		return fmt.Sprintf("%s is above the maximum, %s", short(x.String()), r.hi)
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
		return short(n.Value)
	case "!!int", "!!float":
		return "the number " + short(n.Value)
	}
	return "the text " + strconv.Quote(short(n.Value))
}

func quoteHint(n *yaml.Node) string {
	switch scalarTag(n) {
	case "!!bool", "!!int", "!!float":
		return ": put it in quotes"
	}
	return ""
}

// short keeps messages on one line.
func short(s string) string {
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
	if !jsonNumber(s) {
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

func jsonNumber(s string) bool {
	v := jsontext.Value(s)
	return v.Kind() == '0' && v.IsValid() && strings.TrimSpace(s) == s
}

// json writes n as JSON, number by number as it stands; nil if n holds what
// JSON has not, which has then been reported.
func (d *decoder) json(n *yaml.Node, ptr string, b []byte) []byte {
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
			b = d.json(val, join(ptr, key.Value), b)
		})
		return closed(b, '}')
	case yaml.SequenceNode:
		b = append(b, '[')
		for i, c := range n.Content {
			if b != nil && i > 0 {
				b = append(b, ',')
			}
			if b != nil {
				b = d.json(c, fmt.Sprintf("%s[%d]", ptr, i), b)
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
		d.add(n, ptr, WrongType, "found %s; write the number in plain decimals, like 12 or 0.5", short(n.Value))
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
