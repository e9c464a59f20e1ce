package strict

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-cdf14512/graft/format"
)

// Canonical writes v with sorted keys, without white space, and with exact
// numbers: unlike RFC 8785, it sends no number through floating point.
func Canonical(v any) ([]byte, error) {
	b, err := json.Marshal(v, jsonNumbers(), json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	out := jsontext.Value(b)
	err = out.Format(jsontext.ReorderRawObjects(true))
	return out, err
}

// jsonNumbers writes a Num as a JSON number where it has one.
func jsonNumbers() json.Options {
	return json.WithMarshalers(json.MarshalToFunc(func(enc *jsontext.Encoder, n format.Num) error {
		if s := n.String(); IsNumber(s) {
			return enc.WriteValue(jsontext.Value(s))
		}
		return enc.WriteToken(jsontext.String(n.String()))
	}))
}
