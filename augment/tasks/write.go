package tasks

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/seed-cdf14512/graft/format"
)

// appendRecord writes a record as [json.Marshal] does, with a line feed, where it
// has nothing but text: for a small puzzle half the time would go into finding out
// what the fields of a record are. ok is false, and nothing is written, where it
// has a graph, claims, references, labels of steps or edits.
func appendRecord(dst []byte, rec *format.Record) (line []byte, ok bool) {
	p := &rec.Problem
	if p.System != "" || len(p.Choices) > 0 {
		return dst, false
	}
	for i := range rec.Attempts {
		if a := &rec.Attempts[i]; a.Graph != nil || len(a.Errors)+len(a.Trace.Edits) > 0 {
			return dst, false
		}
		for k := range rec.Attempts[i].Trace.Steps {
			s := &rec.Attempts[i].Trace.Steps[k]
			if s.Symbol != "" || s.Was != "" || len(s.Refs)+len(s.Claims) > 0 || s.Origin != (format.Origin{}) {
				return dst, false
			}
		}
	}
	w := &line
	line = dst
	text(w, `{"id":`, rec.ID)
	text(w, `,"set":`, rec.Set)
	line = strconv.AppendBool(append(line, `,"eval":`...), rec.Eval)
	text(w, `,"problem":{"id":`, p.ID)
	text(w, `,"question":`, p.Question)
	full(w, `,"answer":`, p.Answer)
	full(w, `,"checker":`, p.Checker)
	fields(w, `,"params":`, p.Params)
	line = append(line, '}')
	for i := range rec.Attempts {
		line = append(line, [2]string{`,"attempts":[`, ","}[min(i, 1)]...)
		attempt(w, &rec.Attempts[i])
	}
	if len(rec.Attempts) > 0 {
		line = append(line, ']')
	}
	fields(w, `,"meta":`, rec.Meta)
	return append(line, "}\n"...), true
}

func attempt(w *[]byte, a *format.Attempt) {
	*w = append(*w, '{')
	at := len(*w)
	full(w, `,"author":`, a.Author)
	text(w, `,"label":`, a.Label.String())
	*w = append((*w)[:at], (*w)[at+1:]...) // the first comma
	full(w, `,"answer":`, a.Answer)
	*w = strconv.AppendBool(append(*w, `,"truncated":`...), a.Truncated)
	text(w, `,"trace":{"id":`, a.Trace.ID)
	*w = append(*w, `,"steps":[`...)
	for k := range a.Trace.Steps {
		s := &a.Trace.Steps[k]
		*w = append(*w, [2]string{`{"id":`, `,{"id":`}[min(k, 1)]...)
		*w = strconv.AppendInt(*w, int64(s.ID), 10)
		text(w, `,"kind":`, s.Kind.String())
		text(w, `,"text":`, s.Text)
		*w = strconv.AppendInt(append(*w, `,"node":`...), int64(s.Node), 10)
		*w = append(*w, '}')
	}
	*w = append(*w, "]}}"...)
}

func fields(w *[]byte, name string, list []format.Field) {
	if len(list) == 0 {
		return
	}
	*w = append(*w, name...)
	for i := range list {
		text(w, [2]string{`[{"name":`, `,{"name":`}[min(i, 1)], list[i].Name)
		text(w, `,"value":`, list[i].Value)
		*w = append(*w, '}')
	}
	*w = append(*w, ']')
}

// full writes a text unless it is empty.
func full(w *[]byte, name, s string) {
	if s != "" {
		text(w, name, s)
	}
}

// text writes a name, and a text in quotes. What is not UTF-8 is written as the
// replacement character; generators make none.
func text(w *[]byte, name, s string) {
	*w, _ = jsontext.AppendQuote(append(*w, name...), s)
}
