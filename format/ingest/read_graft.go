package ingest

import (
	"github.com/go-json-experiment/json"

	"github.com/seed-cdf14512/graft/format"
)

func sniffGraft(v *Value) int {
	if v.Has("set", "problem") && v.Key("problem").Has("question") {
		return 100
	}
	return 0
}

// decodeGraft reads a format.Record. A key that the schema does not know is
// refused, and so is a trace that breaks the law of the IR.
func decodeGraft(v *Value) (format.Record, error) {
	var rec format.Record
	if err := json.Unmarshal(v.AppendCanonical(nil), &rec, json.RejectUnknownMembers(true)); err != nil {
		return rec, reject(BadField, "no graft record: %v", err)
	}
	for i := range rec.Attempts {
		if err := format.CheckTrace(rec.Attempts[i].Trace); err != nil {
			return rec, reject(BadSteps, "attempt %d: %v", i, err)
		}
	}
	return rec, nil
}
