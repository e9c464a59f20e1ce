package jinja

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// FromJSON reads a JSON value, strictly: a duplicate key or invalid UTF-8 is an
// error. Objects keep the order of their keys. src numbers the strings of the
// value by the keys on the way to them, so that their bytes can be told from
// the template's later; a key is told as key, below the keys above it. src may
// be nil.
func FromJSON(raw []byte, src Namer) (Value, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(raw))
	if src == nil {
		src = func([]string, string, bool) int32 { return 0 }
	}
	v, err := decode(dec, src, nil, 0)
	if err != nil {
		return nil, err
	}
	if _, err := dec.ReadToken(); err == nil {
		return nil, fmt.Errorf("more than one JSON value")
	}
	return v, nil
}

// FieldOfJSON reads one field of a JSON object, and nothing behind it.
func FieldOfJSON(raw []byte, field string) (*Dict, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(raw))
	if dec.PeekKind() != '{' {
		return nil, fmt.Errorf("want a JSON object")
	}
	dec.ReadToken()
	d := &Dict{}
	for dec.PeekKind() == '"' {
		key, err := dec.ReadToken()
		if err != nil {
			return nil, err
		}
		if key.String() == field {
			v, err := decode(dec, func([]string, string, bool) int32 { return 0 }, nil, 0)
			if err == nil {
				d.Set(field, v)
			}
			return d, err
		}
		if err := dec.SkipValue(); err != nil {
			return nil, err
		}
	}
	_, err := dec.ReadToken()
	return d, err
}

// A Namer gives a string of a JSON value its number as an input.
type Namer func(path []string, text string, key bool) int32

func decode(dec *jsontext.Decoder, src Namer, path []string, depth int) (Value, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("JSON nested deeper than %d", maxDepth)
	}
	tok, err := dec.ReadToken()
	if err != nil {
		return nil, err
	}
	switch tok.Kind() {
	case 'n':
		return nil, nil
	case 't', 'f':
		return tok.Bool(), nil
	case '"':
		s := tok.String()
		return NewText(s, src(path, s, false)), nil
	case '0':
		s := tok.String()
		if strings.ContainsAny(s, ".eE") {
			f, err := strconv.ParseFloat(s, 64)
			if err != nil && !math.IsInf(f, 0) {
				return nil, err
			}
			return f, nil
		}
		if v := integer(s, 10); v != nil {
			return v, nil
		}
		return nil, fmt.Errorf("a number of %d digits", len(s))
	case '[':
		l := &List{}
		for dec.PeekKind() != ']' {
			v, err := decode(dec, src, path, depth+1)
			if err != nil {
				return nil, err
			}
			l.Items = append(l.Items, v)
		}
		_, err = dec.ReadToken()
		return l, err
	case '{':
		d := &Dict{}
		for dec.PeekKind() != '}' {
			key, err := dec.ReadToken()
			if err != nil {
				return nil, err
			}
			k := key.String()
			v, err := decode(dec, src, append(path[:len(path):len(path)], k), depth+1)
			if err != nil {
				return nil, err
			}
			d.put(NewText(k, src(path, k, true)), v)
		}
		_, err = dec.ReadToken()
		return d, err
	}
	return nil, fmt.Errorf("unexpected %v in JSON", tok.Kind())
}

// A jsonStyle is how tojson lays its output out, in json.dumps' terms.
type jsonStyle struct {
	indent      string
	pretty      bool
	item, colon string
	ascii, sort bool
}

// toJSON is the filter tojson as transformers defines it: json.dumps, with no
// escapes of HTML.
func toJSON(r *run, v Value, a *args) Value {
	got, ok := a.bind(r, "tojson", "ensure_ascii", "indent", "separators", "sort_keys")
	if !ok {
		return undefined{}
	}
	style := jsonStyle{item: ", ", colon: ": ", ascii: truth(got[0]), sort: truth(got[3])}
	switch x := got[1].(type) {
	case int64:
		style.indent, style.pretty = strings.Repeat(" ", int(min(max(x, 0), 100))), true
	case *Text:
		style.indent, style.pretty = x.S, true
	}
	if style.pretty {
		style.item = ","
	}
	if l, ok := got[2].(*List); ok && len(l.Items) == 2 {
		style.item, style.colon = r.text(a.at, l.Items[0]).S, r.text(a.at, l.Items[1]).S
	}
	var w builder
	r.json(a.at, &w, v, &style, 0)
	r.spend(len(w.b))
	return w.since(0)
}

func (r *run) json(at place, w *builder, v Value, s *jsonStyle, depth int) {
	if !r.step(1) {
		return
	}
	if depth > maxDepth {
		r.fail(at, "values nested deeper than %d", maxDepth)
		return
	}
	switch x := v.(type) {
	case nil:
		w.str("null")
	case bool:
		w.str(strconv.FormatBool(x))
	case int64, *big.Int:
		w.text(r.text(at, x))
	case float64:
		w.str(jsonFloat(x))
	case *Text:
		if r.spend(len(x.S)) {
			jsonText(w, x, s.ascii)
		}
	case *List:
		r.jsonItems(w, s, depth, "[", len(x.Items), "]", func(i int) {
			r.json(at, w, x.Items[i], s, depth+1)
		})
	case *Dict:
		order, ok := r.jsonKeys(at, x, s.sort)
		if !ok || x.view {
			r.fail(at, "a %s cannot be written as JSON", typeName(v))
			return
		}
		r.jsonItems(w, s, depth, "{", len(order), "}", func(i int) {
			r.jsonKey(at, w, x.keys[order[i]], s)
			w.str(s.colon)
			r.json(at, w, x.vals[order[i]], s, depth+1)
		})
	default:
		r.fail(at, "a %s cannot be written as JSON", typeName(v))
	}
}

func (r *run) jsonItems(w *builder, s *jsonStyle, depth int, open string, n int, end string, item func(int)) {
	newline := func(depth int) {
		if s.pretty && n > 0 && r.spend(1+depth*len(s.indent)) {
			w.str("\n" + strings.Repeat(s.indent, depth))
		}
	}
	w.str(open)
	for i := range n {
		if i > 0 {
			w.str(s.item)
		}
		newline(depth + 1)
		item(i)
	}
	newline(depth)
	w.str(end)
}

// jsonKeys is the order in which a dict's keys are written.
func (r *run) jsonKeys(at place, d *Dict, sorted bool) ([]int, bool) {
	order := make([]int, len(d.keys))
	for i := range order {
		order[i] = i
	}
	if !r.spend(16 * len(order)) {
		return nil, false
	}
	if sorted {
		slices.SortStableFunc(order, func(i, j int) int {
			c, _ := r.order(at, d.keys[i], d.keys[j])
			return c
		})
	}
	return order, r.err == nil
}

func (r *run) jsonKey(at place, w *builder, k Value, s *jsonStyle) {
	switch x := k.(type) {
	case *Text:
		if r.spend(len(x.S)) {
			jsonText(w, x, s.ascii)
		}
	case nil:
		w.str(`"null"`)
	case bool:
		w.str(strconv.Quote(strconv.FormatBool(x)))
	case float64:
		w.str(`"` + jsonFloat(x) + `"`)
	case int64, *big.Int:
		w.str(`"` + r.text(at, x).S + `"`)
	default:
		r.fail(at, "a %s cannot be a key in JSON", typeName(k))
	}
}

func jsonFloat(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case f != f:
		return "NaN"
	}
	return floatText(f)
}

var jsonEscapes = map[rune]string{'"': `\"`, '\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`, '\f': `\f`, '\b': `\b`}

func jsonText(w *builder, t *Text, ascii bool) {
	w.str(`"`)
	quoted(w, t, func(c rune) string {
		if c >= 0x20 && c != '"' && c != '\\' && (c < utf8.RuneSelf && c != 0x7f || !ascii) {
			return ""
		}
		if s := jsonEscapes[c]; s != "" {
			return s
		}
		switch {
		case c == 0x7f:
			return "" // json.dumps leaves it
		case c >= 0x10000:
			c -= 0x10000
			return unit(0xd800+c>>10) + unit(0xdc00+c&0x3ff)
		}
		return unit(c)
	})
	w.str(`"`)
}

func unit(c rune) string {
	hex := strconv.FormatInt(int64(c), 16)
	return `\u` + strings.Repeat("0", 4-len(hex)) + hex
}
