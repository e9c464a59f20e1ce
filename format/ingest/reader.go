package ingest

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// A Reader knows one shape of source record.
type Reader struct {
	Name string
	Doc  string
	Eval string // why its records belong to an evaluation set; empty if they do not, or a row cannot tell

	Sniff  func(*Value) int                    // 0: not mine, to 100: certainly mine
	Decode func(*Value) (format.Record, error) // problem and attempts; Decode the function adds the identities
}

// Readers lists the readers, presets for published sets first.
func Readers() []Reader { return slices.Clone(readers) }

// FindReader returns the reader of that name.
func FindReader(name string) (*Reader, error) {
	var names []string
	for i := range readers {
		if readers[i].Name == name {
			return &readers[i], nil
		}
		names = append(names, readers[i].Name)
	}
	return nil, fmt.Errorf("unknown reader %q; the readers are %s", name, strings.Join(names, ", "))
}

// Detect is the reader that is surest of a record, and how sure it is: nil and
// 0 if none knows it. Between equals the earlier one in the table has it.
func Detect(v *Value) (*Reader, int) {
	var best *Reader
	sure := 0
	for i := range readers {
		if n := readers[i].Sniff(v); n > sure {
			best, sure = &readers[i], n
		}
	}
	return best, sure
}

// Decode gives a canonical record to a reader and adds what every record has:
// the identities, the set's name, and traces with numbered steps. The error is
// a *Rejection.
func Decode(r *Reader, canonical []byte, digest [sha256.Size]byte) (format.Record, error) {
	v, _, bad := parseValue(string(canonical))
	if bad != nil {
		return format.Record{}, &Rejection{Reason: bad.reason, Detail: bad.detail}
	}
	rec, err := r.Decode(&v)
	if err != nil {
		return format.Record{}, err
	}
	return rec, identify(&rec, r, digest)
}

func identify(rec *format.Record, r *Reader, digest [sha256.Size]byte) error {
	rec.ID = idOf(digest)
	if rec.Set == "" {
		rec.Set = r.Name
	}
	rec.Eval = rec.Eval || r.Eval != ""
	p := &rec.Problem
	if strings.TrimSpace(p.Question) == "" {
		return reject(NoQuestion, "the record asks nothing")
	}
	p.ID = ProblemID(p.System, p.Question)
	if err := dropEmpty(rec); err != nil {
		return err
	}
	for i := range rec.Attempts {
		a := &rec.Attempts[i]
		a.Trace.ID = rec.ID
		if i > 0 {
			a.Trace.ID += ".a" + strconv.Itoa(i)
		}
	}
	return nil
}

// ProblemID is the identity of a problem: of its system text and its question.
func ProblemID(system, question string) string {
	text := make([]byte, 0, 1024)
	text = append(append(append(text, system...), 0), question...)
	return idOf(sha256.Sum256(text))
}

// dropEmpty removes attempts without text and notes which; a record that had
// attempts and has none left is refused.
func dropEmpty(rec *format.Record) error {
	blank := func(a format.Attempt) bool {
		for _, s := range a.Trace.Steps {
			if strings.TrimSpace(s.Text) != "" {
				return false
			}
		}
		return true
	}
	var gone []string
	for i := range rec.Attempts {
		if blank(rec.Attempts[i]) {
			gone = append(gone, strconv.Itoa(i))
		}
	}
	switch {
	case len(gone) == 0:
		return nil
	case len(gone) == len(rec.Attempts):
		return reject(EmptyTrace, "no attempt has any text")
	}
	rec.Attempts = slices.DeleteFunc(rec.Attempts, blank)
	rec.Meta = append(rec.Meta, format.Field{Name: "empty_attempts", Value: strings.Join(gone, ",")})
	return nil
}

// attempt is an attempt with the given text, cut into steps.
func attempt(author, text string) format.Attempt {
	return format.Attempt{Author: author, Trace: format.Trace{Steps: Segment(text)}}
}

// listed is an attempt whose steps the source lists: step i of the trace is
// item i of the list, and a line feed that belongs to it separates it from the
// next. Labels on steps then need no translation.
func listed(author string, items []string) format.Attempt {
	steps := make([]format.Step, 0, len(items))
	for i, text := range items {
		if i < len(items)-1 {
			text += "\n"
		}
		if text != "" {
			steps = append(steps, format.Step{ID: len(steps) + 1, Text: text})
		}
	}
	label(steps)
	return format.Attempt{Author: author, Trace: format.Trace{Steps: steps}}
}

// texts are the strings of an array; ok is false if it holds anything else, or
// is no array.
func texts(v *Value) (list []string, ok bool) {
	if !v.Is(Array) {
		return nil, false
	}
	list = make([]string, len(v.Items))
	for i := range v.Items {
		if v.Items[i].Type != String {
			return nil, false
		}
		list[i] = v.Items[i].Str()
	}
	return list, true
}

// stepList are the strings of an array of published steps, or a rejection.
func stepList(v *Value, field string) ([]string, error) {
	list, ok := texts(v)
	switch {
	case !ok:
		return nil, reject(BadSteps, "%s must be an array of strings", field)
	case len(list) == 0:
		return nil, reject(EmptyTrace, "%s is empty", field)
	}
	return list, nil
}

// needStr is the text of a field that must be a string.
func needStr(v *Value, path string) (string, error) {
	f := v.Get(path)
	if !f.Is(String) {
		return "", reject(BadField, "%s must be a string, %s", path, describe(f))
	}
	return f.Str(), nil
}

func describe(v *Value) string {
	if v == nil {
		return "and is missing"
	}
	return "and is " + v.Type.String()
}

// labelled is the label for a truth value.
func labelled(right bool) format.Label {
	if right {
		return format.Right
	}
	return format.WrongLabel
}

// verdict reads a label as sources write it: booleans, 1 and 0, words.
func verdict(v *Value) format.Label {
	switch strings.ToLower(v.Text()) {
	case "true", "1", "1.0", "correct", "right", "yes", "pass", "passed":
		return format.Right
	case "false", "0", "0.0", "incorrect", "wrong", "no", "fail", "failed":
		return format.WrongLabel
	}
	return format.Unlabelled
}

// metaLimit is how long a member may be that goes into Meta unasked.
const metaLimit = 1 << 10

// rest puts the members that the reader has not used into Meta; what is too
// long to be carried along is named there, so that nothing goes silently.
func rest(v *Value, used ...string) []format.Field {
	var meta []format.Field
	var long []string
	for i := range v.Members {
		m := &v.Members[i]
		if slices.Contains(used, m.Key) {
			continue
		}
		if text := m.Value.Text(); len(text) > metaLimit {
			long = append(long, m.Key)
		} else if text != "" {
			meta = append(meta, format.Field{Name: m.Key, Value: text})
		}
	}
	if len(long) > 0 {
		meta = append(meta, format.Field{Name: "left_in_source", Value: strings.Join(long, ",")})
	}
	return meta
}

// after is what follows the last mark in text, to the end of its line and
// without white space around it.
func after(text, mark string) string {
	i := strings.LastIndex(text, mark)
	if i < 0 {
		return ""
	}
	line, _, _ := strings.Cut(text[i+len(mark):], "\n")
	return strings.TrimSpace(line)
}

// cutOff reports whether a text visibly stops before its author did: it ends
// neither with a line feed nor with a sign that can end a sentence, a formula
// or a block, and its last step is no answer.
func cutOff(text string, steps []format.Step) bool {
	if n := len(steps); n == 0 || steps[n-1].Kind == format.Answer || strings.HasSuffix(text, "\n") {
		return false
	}
	last := text[len(text)-1]
	return isLetter(last) || last-'0' <= 9 || strings.IndexByte(" ,;=+-*/([{<#:\\", last) >= 0
}
