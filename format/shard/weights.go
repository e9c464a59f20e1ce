package shard

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/seed-cdf14512/graft/format"
)

// Weights say how much the loss of a token counts, by the name of its span. The
// weight belongs to the token as a target, and so the first token of a document
// has none, whatever its span: nothing predicts it.
//
// They are exact decimals. They stand in the manifest outside its digests, and
// can be changed without tokenizing again.
type Weights struct {
	Default  format.Num
	Patterns []Pattern // in order of Glob, each once
}

// A Pattern gives a weight to the span names that it matches.
type Pattern struct {
	Glob   string // a name, or a name with *, which stands for any text
	Weight format.Num
}

// DefaultWeights train what the source and the behaviors say and mean.
func DefaultWeights() Weights { return Weights{Default: format.Int(1)} }

// untrained are the spans that the default and general patterns do not reach: a
// weight other than 0 must be given by a pattern that names them (system, user,
// anything.wrong). A recipe that trains "backtracking.*" does not want the
// model to learn the errors.
var untrained = []string{format.SpanTemplate, format.SpanSystem, format.SpanUser, "*.wrong"}

// Of is the weight of a span name: a pattern that is the name beats one with *,
// a longer one beats a shorter one, and of equally long ones the first in the
// order of their text counts.
func (w Weights) Of(name string) format.Num {
	weight, best := w.Default, -1
	guarded := slices.ContainsFunc(untrained, func(glob string) bool { return match(glob, name) })
	if guarded {
		weight = format.Num{}
	}
	for _, p := range w.Patterns {
		if !match(p.Glob, name) || guarded && p.Weight.Sign() > 0 && !names(p.Glob, name) {
			continue
		}
		rank := len(p.Glob)
		if p.Glob == name {
			rank = 1 << 30
		}
		if rank > best {
			weight, best = p.Weight, rank
		}
	}
	return weight
}

// names reports whether a glob speaks of a guarded name on purpose.
func names(glob, name string) bool {
	return glob == name || strings.HasSuffix(name, ".wrong") && strings.HasSuffix(glob, ".wrong")
}

// match reports whether s is one of the names that glob stands for.
func match(glob, s string) bool {
	parts := strings.Split(glob, "*")
	if len(parts) == 1 {
		return glob == s
	}
	if !strings.HasPrefix(s, parts[0]) {
		return false
	}
	s = s[len(parts[0]):]
	for _, p := range parts[1 : len(parts)-1] {
		i := strings.Index(s, p)
		if i < 0 {
			return false
		}
		s = s[i+len(p):]
	}
	return strings.HasSuffix(s, parts[len(parts)-1])
}

// Resolve gives every span name its weight, in the order of names, and reports
// everything that is wrong with w for these names: a pattern that matches none
// of them, a negative weight, a trained template, an untrained turn end.
func (w Weights) Resolve(spanNames []string) ([]format.Num, error) {
	errs := []error{w.check()}
	for _, p := range w.Patterns {
		if p.Weight.Sign() == 0 && slices.Contains(untrained, p.Glob) {
			continue // says what holds anyway, also where there is no such span
		}
		if !slices.ContainsFunc(spanNames, func(n string) bool { return match(p.Glob, n) }) {
			errs = append(errs, fmt.Errorf("weights: %q matches no span name; the names are %s", p.Glob, strings.Join(spanNames, ", ")))
		}
	}
	out := make([]format.Num, len(spanNames))
	for i, n := range spanNames {
		out[i] = w.Of(n)
		if n == format.SpanEnd && out[i].Sign() <= 0 {
			errs = append(errs, fmt.Errorf("weights: %q has weight %s, must be above 0: an untrained turn end teaches the model never to stop", n, out[i]))
		}
	}
	return out, errors.Join(errs...)
}

// check is what can be said of weights without knowing the span names.
func (w Weights) check() error {
	var errs []error
	for i, p := range append([]Pattern{{"default", w.Default}}, w.Patterns...) {
		if p.Weight.Sign() < 0 {
			errs = append(errs, fmt.Errorf("weights: %q has weight %s, must be 0 or more", p.Glob, p.Weight))
		}
		if i > 0 && p.Glob == format.SpanTemplate && p.Weight.Sign() != 0 {
			errs = append(errs, fmt.Errorf("weights: %q has weight %s: the template is never trained", p.Glob, p.Weight))
		}
		if i > 0 && (p.Glob == "" || i > 1 && p.Glob <= w.Patterns[i-2].Glob) {
			errs = append(errs, fmt.Errorf("weights: pattern %q is empty, given twice or out of order", p.Glob))
		}
	}
	return errors.Join(errs...)
}

// ErrUntrained is wrapped by CheckTrained's errors.
var ErrUntrained = errors.New("shard: nothing to learn from")

// CheckTrained refuses a document from which a trainer would learn nothing, or
// learn never to stop: no target has a weight above 0, or no token of an end
// span has one. weights are those of Resolve.
func CheckTrained(spans []TokenSpan, weights []format.Num, spanNames []string) error {
	trained, ended := 0, false
	at := int32(1) // token 0 is no target
	for _, s := range spans {
		if int(s.Name) >= len(weights) || s.Name < 0 {
			return fmt.Errorf("span name %d of %d", s.Name, len(weights))
		}
		if n := s.End - at; n > 0 && weights[s.Name].Sign() > 0 {
			trained += int(n)
			ended = spanNames[s.Name] == format.SpanEnd
		}
		at = max(at, s.End)
	}
	switch {
	case trained == 0:
		return fmt.Errorf("no token has a weight above 0: %w", ErrUntrained)
	case !ended:
		return fmt.Errorf("the last trained token is not a turn end: %w", ErrUntrained)
	}
	return nil
}

// MarshalJSONTo writes {"default": "1", "*.wrong": "0"}: a flat object, as in a
// recipe, with decimals as strings.
func (w Weights) MarshalJSONTo(e *jsontext.Encoder) error {
	e.WriteToken(jsontext.BeginObject)
	for _, p := range append([]Pattern{{"default", w.Default}}, w.Patterns...) {
		e.WriteToken(jsontext.String(p.Glob))
		e.WriteToken(jsontext.String(p.Weight.String()))
	}
	return e.WriteToken(jsontext.EndObject)
}

// UnmarshalJSONFrom reads what MarshalJSONTo wrote; weights may be JSON numbers
// too, without exponent. A missing default is 1.
func (w *Weights) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	var raw map[string]jsontext.Value
	if err := json.UnmarshalDecode(d, &raw); err != nil {
		return err
	}
	out := DefaultWeights()
	for glob, v := range raw {
		text := string(v)
		if v.Kind() == '"' {
			if err := json.Unmarshal(v, &text); err != nil {
				return err
			}
		}
		n, ok := format.ParseNum(text)
		if !ok || len(text) > 32 {
			return fmt.Errorf("weights: %q has weight %s, want a decimal like 1 or \"0.5\"", glob, cut(string(v), 40))
		}
		if glob == "default" {
			out.Default = n
		} else {
			out.Patterns = append(out.Patterns, Pattern{glob, n})
		}
	}
	slices.SortFunc(out.Patterns, func(a, b Pattern) int { return strings.Compare(a.Glob, b.Glob) })
	if err := out.check(); err != nil {
		return err
	}
	*w = out
	return nil
}
