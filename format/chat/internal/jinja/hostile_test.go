package jinja

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"
)

func sample() map[string]Value {
	m := &Dict{}
	m.Set("role", plain("user"))
	m.Set("content", NewText("hello", 1))
	return map[string]Value{"messages": &List{Items: []Value{m, m}}, "add_generation_prompt": false, "tools": nil, "bos_token": plain("<s>")}
}

var placed = regexp.MustCompile(`^line 1, column [1-9][0-9]*: `)

// Templates are other people's code: whatever one tries, it ends soon, with an
// error or with text, and has reached nothing but its inputs.
func TestHostileTemplates(t *testing.T) {
	ten := "'aaaaaaaaaa'"
	for _, c := range []struct {
		name, src string
		want      string // limit: stopped by one; error: refused; or neither
	}{
		{"nested loops", strings.Repeat("{% for i in range(99999) %}", 6) + "x" + strings.Repeat("{% endfor %}", 6), "limit"},
		{"loops without output", "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}", "limit"},
		{"huge range", "{{ range(10**12) | list }}", "error"},
		{"huge range by multiplication", "{{ range(99999) | list * 1000000 }}", "limit"},
		{"recursion", "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "limit"},
		{"mutual recursion", "{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{{ f() }}{% endmacro %}{{ f() }}", "limit"},
		{"branching recursion", "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(90) }}", "limit"},
		{"recursive loop", "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}", "limit"},
		{"doubling text", "{% set ns = namespace(s=" + ten + ") %}{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s | length }}", "limit"},
		{"doubling lists", "{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}", "limit"},
		{"repeated text", "{{ " + ten + " * 10**9 }}", "limit"},
		{"repeated repeatedly", "{{ " + ten + " * 100000 * 100000 }}", "limit"},
		{"replace", "{{ ('a' * 100000).replace('a', 'b' * 100000) }}", "limit"},
		{"replace nothing", "{{ ('a' * 1000000).replace('', 'b' * 100000) }}", "limit"},
		{"join", "{{ (range(99999) | list) | join('x' * 100000) }}", "limit"},
		{"wide number", "{{ 'x'.zfill(10**12) }}", "limit"},
		{"wide text", "{{ 'x'.ljust(10**9) }}", "limit"},
		{"indent", "{{ ('\\n' * 100000) | indent('x' * 100000, true, true) }}", "limit"},
		{"format", "{{ '%s' * 1000 % (('x' * 1000000,) * 1000) }}", "limit"},
		{"deep list", "{% set ns = namespace(x=[]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}", "error"},
		{"deep list as JSON", "{% set ns = namespace(x=[]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x | tojson }}", "error"},
		{"deep list as key", "{% set ns = namespace(x=(1,)) %}{% for i in range(9999) %}{% set ns.x = (ns.x,) %}{% endfor %}{{ {ns.x: 1} }}", "error"},
		{"wide tree", "{% set ns = namespace(x=['abc']) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}", "limit"},
		{"wide tree as JSON", "{% set ns = namespace(x=['abc']) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x | tojson }}", "limit"},
		{"compared trees", "{% set a = namespace(x=['abc']) %}{% set b = namespace(x=['abc']) %}{% for i in range(60) %}{% set a.x = [a.x, a.x] %}{% set b.x = [b.x, b.x] %}{% endfor %}{{ a.x == b.x }}", "limit"},
		{"compared trees, order", "{% set a = namespace(x=['abc']) %}{% set b = namespace(x=['abc']) %}{% for i in range(60) %}{% set a.x = [a.x, a.x] %}{% set b.x = [b.x, b.x] %}{% endfor %}{{ a.x < b.x }}", "limit"},
		{"tree as key", "{% set ns = namespace(x=('a',)) %}{% for i in range(60) %}{% set ns.x = (ns.x, ns.x) %}{% endfor %}{{ {ns.x: 1} | length }}", "error"},
		{"tree within", "{% set ns = namespace(x=('a',)) %}{% for i in range(60) %}{% set ns.x = (ns.x, ns.x) %}{% endfor %}{{ ns.x in [1, ns.x] }}{{ [1, ns.x] | unique | list | length }}", "limit"},
		{"indented deep JSON", "{% set ns = namespace(x=[]) %}{% for i in range(150) %}{% set ns.x = [ns.x, 1] %}{% endfor %}{{ ns.x | tojson(indent='x' * 10000000) }}", "limit"},
		{"power", "{{ 10 ** 10 ** 10 }}", "error"},
		{"power of one", "{{ 1 ** 10 ** 18 }}", ""},
		{"negative power of minus one", "{{ (-1) ** 9223372036854775807 }}", ""},
		{"overflow", "{{ 9223372036854775807 * 9223372036854775807 }}", "error"},
		{"smallest number", "{{ (-9223372036854775807 - 1) // -1 }}", "error"},
		{"smallest number, negated", "{{ -(-9223372036854775807 - 1) }}", "error"},
		{"class", "{{ ''.__class__.__mro__[1].__subclasses__() }}", "error"},
		{"class by item", "{{ ''['__class__']['__mro__'] }}", "error"},
		{"class by filter", "{{ ('' | attr('__class__'))() }}", "error"},
		{"globals", "{{ range.__globals__['os'] }}", "error"},
		{"macro's insides", "{% macro m() %}{% endmacro %}{{ m.__init__.__globals__ }}", "error"},
		{"namespace's insides", "{% set ns = namespace(__class__=1) %}", "error"},
		{"format's insides", "{{ '{0.__class__}'.format('x') }}", "error"},
		{"include", "{% include '/etc/passwd' %}", "error"},
		{"import", "{% import 'os' as os %}", "error"},
		{"extends", "{% extends 'x' %}", "error"},
		{"changed message", "{{ messages[0].update({'content': 'x'}) }}", "error"},
		{"changed list", "{{ messages.append(1) }}", "error"},
		{"cycle through a namespace", "{% set ns = namespace() %}{% set ns.x = ns %}{{ ns.x }}", "error"},
		{"cycle through a list", "{% set ns = namespace() %}{% set ns.x = [ns] %}{{ ns.x }}", "error"},
		{"caller calls itself", "{% macro m() %}{{ caller() }}{% endmacro %}{% macro r() %}{% call m() %}{{ r() }}{% endcall %}{% endmacro %}{{ r() }}", "limit"},
		{"splitting over and over", "{% set s = 'a ' * 1000000 %}{% for i in range(99999) %}{% set x = s.split() %}{% endfor %}", "limit"},
		{"searching over and over", "{% set s = 'a' * 10000000 %}{% for i in range(99999) %}{% set x = 'b' in s %}{% endfor %}", "limit"},
		{"counting over and over", "{% set s = 'é' * 1000000 %}{% for i in range(99999) %}{% set x = s | length %}{{ s[500000] }}{% endfor %}", "limit"},
		{"stripping over and over", "{% set s = ' ' * 10000000 %}{% for i in range(99999) %}{% set x = s.strip() %}{% endfor %}", "limit"},
		{"lower-casing over and over", "{% set s = 'É' * 1000000 %}{% for i in range(99999) %}{% set x = s is lower %}{% endfor %}", "limit"},
		{"dictionary over and over", "{% set d = dict() %}{% for i in range(99999) %}{% set x = messages[0].items() | list + messages[0].items() | list %}{% endfor %}{{ range(99999) | map('string') | sort | join | length }}", "limit"},
		{"one text many times", "{% set s = 'a' * 10000000 %}{{ ([s] * 10000) | tojson }}", "limit"},
		{"one text many times, printed", "{% set s = 'a' * 10000000 %}{{ [s] * 10000 }}", "limit"},
		{"equal texts", "{% set s = 'a' * 10000000 %}{% set t = 'aa' * 5000000 %}{% for i in range(99999) %}{% set x = s == t %}{% endfor %}", "limit"},
		{"long prefix", "{% set s = 'a' * 10000000 %}{% set t = 'aa' * 5000000 %}{% for i in range(99999) %}{% set x = s.startswith(t) %}{% endfor %}", "limit"},
		{"long key", "{% set s = 'a' * 10000000 %}{% set d = {s: 1} %}{% for i in range(99999) %}{% set x = d[s ~ ''] %}{% endfor %}", "limit"},
		{"copied lists", "{% set l = range(99999) | list %}{% for i in range(99999) %}{% set x = l | reverse %}{% endfor %}", "limit"},
		{"spread lists", "{% macro m() %}{{ varargs | length }}{% endmacro %}{% set l = range(99999) | list %}{% for i in range(99999) %}{{ m(*l) }}{% endfor %}", "limit"},
		{"sort", "{% for i in range(99999) %}{% set x = range(99999) | sort(reverse=true) %}{% endfor %}", "limit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			tpl, err := Parse(c.src)
			if err == nil {
				_, err = tpl.Run(Input{Vars: sample(), Limits: Limits{Steps: 300_000, Bytes: 8 << 20, Depth: 100}})
			}
			took := time.Since(start)
			if err != nil && !placed.MatchString(err.Error()) {
				t.Errorf("%v: want the line and the column first", err)
			}
			if limit := errors.Is(err, ErrLimit); limit != (c.want == "limit") || (err != nil) != (c.want != "") {
				t.Errorf("err = %v, want %q", err, c.want)
			}
			// Steps bound the work; time only shows that they do.
			if took > 20*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// An error says where in the template it is.
func TestPlaces(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"a\r\n{% if x %}\n  {{ 1 + }}{% endif %}", `line 3, column 12: unexpected }}`},
		{"{{ 'é' ~ 1 // 0 }}", "line 1, column 13: division by zero"},
		{"a\n\n {{ nothing.at.all }}", "line 3, column 12: nothing is undefined"},
		{"{% for i in range(9) %}\n{{ raise_exception('no') }}{% endfor %}", "line 2, column 19: the template refuses: no"},
		{"{% for i in range(999) %}\n{% for j in range(999) %}{% set x = 1 %}{% endfor %}{% endfor %}", "line 2, column 29: template stopped: too many steps"},
		{"x\n{{ 'a' * 10 ** 9 }}", "line 2, column 8: template stopped: too much text"},
		{"x\n\ty\xff", "line 2, column 3: byte 0xFF is not UTF-8"},
		{"\n{# never ends", "line 2, column 3: a comment has no end: want #}"},
		{"{% with a = 1, b = a.b.c %}{% endwith %}", "line 1, column 21: a is undefined"},
	} {
		tpl, err := Parse(c.src)
		if err == nil {
			_, err = tpl.Run(Input{Vars: sample(), Limits: Limits{Steps: 100_000, Bytes: 1 << 20, Depth: 100}})
		}
		if err == nil || err.Error() != c.want {
			t.Errorf("%q:\n got %v\nwant %s", c.src, err, c.want)
		}
	}
}

// Nesting in the text of a template is bounded as well.
func TestDeepTemplates(t *testing.T) {
	const n = 100_000
	for name, src := range map[string]string{
		"parens":  "{{ " + strings.Repeat("(", n) + "1" + strings.Repeat(")", n) + " }}",
		"lists":   "{{ " + strings.Repeat("[", n) + strings.Repeat("]", n) + " }}",
		"ifs":     strings.Repeat("{% if 1 %}", n) + strings.Repeat("{% endif %}", n),
		"minus":   "{{ " + strings.Repeat("-", n) + "1 }}",
		"dots":    "{{ a" + strings.Repeat(".b", n) + " }}",
		"filters": "{{ 1" + strings.Repeat("|string", n) + " }}",
		"plus":    "{{ 1" + strings.Repeat("+1", n) + " }}",
		"ors":     "{{ 0" + strings.Repeat(" or 0", n) + " }}",
		"elses":   "{{ 1" + strings.Repeat(" if 0 else 1", n) + " }}",
		"targets": "{% set " + strings.Repeat("(", n) + "a" + strings.Repeat(")", n) + " = 1 %}",
		"calls":   "{{ f" + strings.Repeat("()", n) + " }}",
		"items":   "{{ a" + strings.Repeat("[0]", n) + " }}",
	} {
		var syntax *SyntaxError
		if _, err := Parse(src); !errors.As(err, &syntax) {
			t.Errorf("%s: err = %v, want one of syntax", name, err)
		}
	}
}
