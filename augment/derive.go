package augment

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/shard"
	"github.com/seed-cdf14512/graft/format/token"
)

// Codes of derived records that the engine refuses.
const (
	codeReplaced = "replaced" // the recipe keeps what was derived from the attempt, not the attempt
	codeBalance  = "balance"  // more of its class than of the rarest
	codeTemplate = "template" // the template changes the texts, so that segments do not tile them
	codeLength   = "length"   // not as many tokens as the compiled parent
)

// VariantCounts are what one variant did.
type VariantCounts struct {
	Traces     int64            `json:"traces"`            // attempts seen
	Chosen     int64            `json:"chosen"`            // attempts that chance chose
	Idle       int64            `json:"idle"`              // of them, those with nothing to derive from
	Records    int64            `json:"records"`           // derived rows of records/
	Prompts    int64            `json:"prompts"`           // derived rows of prompts/
	Pairs      int64            `json:"pairs"`             // derived rows of pairs/
	Rejections map[string]int64 `json:"rejections"`        // refused derivations by code
	Classes    map[string]int64 `json:"classes,omitempty"` // derived rows by class
}

// An origin is one attempt to derive from, with all that variants may know.
type origin struct {
	rec      *format.Record
	attempt  *format.Attempt
	verdicts []string
	compiled *format.Trace // with its edits; nil where the attempt became no sample
	sample   *compiled     // the sample that it became, or nil
}

func (o *origin) pass(v *Variant) *Pass {
	p := &Pass{Problem: &o.rec.Problem, Attempt: o.attempt, Graph: o.attempt.Graph, Others: o.rec.Attempts, Set: o.rec.Set, Verdicts: o.verdicts}
	if v.Compiled {
		p.Compiled = o.compiled
	}
	return p
}

// A product is one derived row on its way out.
type product struct {
	row    shard.Derivation
	sample *compiled
	prompt *shard.Prompt
	pair   *shard.Preference
	lot    draw // by which it is kept where classes are kept equal
}

// derive gives every variant its turn at one attempt. It reports whether what was
// derived takes the place of the attempt's own sample.
func (r *refiner) derive(o *origin, out *refined) (replaced bool, err error) {
	if len(o.attempt.Trace.Steps) == 0 {
		return false, nil
	}
	for k := range r.b.plan.Variants {
		v, n := &r.b.plan.Variants[k], &r.derived[k]
		if r.weighing && len(v.Variant.Classes) == 0 {
			continue
		}
		n.Traces++
		if !r.drawn(v, o.attempt.Trace.ID) {
			continue
		}
		n.Chosen++
		list, refused, err := r.products(v, o)
		if err != nil {
			return replaced, err
		}
		for _, j := range refused {
			n.Rejections[j.Code]++
			out.rejects = append(out.rejects, j)
		}
		made := false
		for i := range list {
			if r.weighing {
				out.candidates = append(out.candidates, candidate{v.Variant.Name, list[i].row.Class, r.split(o.rec.Problem.ID), list[i].lot})
				continue
			}
			if p := &list[i]; r.b.balance.admits(v, p, r.split(o.rec.Problem.ID)) {
				made = true
				r.keepProduct(n, p, out)
				continue
			}
			n.Rejections[codeBalance]++
			out.rejects = append(out.rejects, Rejection{Record: list[i].row.DerivedID, Behavior: v.Variant.Name, Code: codeBalance,
				Detail: "there are more of its class, " + list[i].row.Class + ", than of the rarest"})
		}
		if len(list)+len(refused) == 0 {
			n.Idle++
		}
		if made {
			replaced = replaced || v.Keep == "replace"
			r.parents(v.Variant, o, out)
		}
	}
	return replaced, nil
}

// drawn is whether chance chose an attempt: its key names the variant and the
// trace, so no other variant and no behavior can change it.
func (r *refiner) drawn(v *ResolvedVariant, trace string) bool {
	k := key{seed: r.b.plan.Recipe.Seed, behavior: v.Variant.Name, version: v.Variant.Version, trace: trace, purpose: "derive select"}
	return uint64(r.stream.draw(&k)) < threshold(v.Select.Rate)
}

// products derives, proves, renders and encodes what one variant makes of one
// attempt.
func (r *refiner) products(v *ResolvedVariant, o *origin) (list []product, refused []Rejection, err error) {
	name, trace := v.Variant.Name, o.attempt.Trace.ID
	if v.Variant.Compiled && o.compiled == nil {
		return nil, nil, nil
	}
	pass := o.pass(v.Variant)
	pass.Params, pass.HasToken = v.Params, hasToken(r.b.tok)
	k := key{seed: r.b.plan.Recipe.Seed, behavior: name, version: v.Variant.Version, trace: trace, purpose: "derive"}
	pass.Rand = r.chance.start(&k)
	speaker := &Speaker{bank: v.Bank, rand: pass.Rand}
	pass.Phrases = speaker
	pass.Tokens = tokensOf(r.enc)
	pass.Measure = func(t *format.Trace) ([]int, error) { return r.measure(&o.rec.Problem, t) }
	made, err := v.Variant.Derive(pass)
	pass.Rand, pass.Phrases, pass.Measure = nil, nil, nil
	refuse := func(id string, err error) error {
		var refusal *Refusal
		if !errors.As(err, &refusal) {
			return fmt.Errorf("variant %s of trace %s: %w", name, trace, err)
		}
		refused = append(refused, Rejection{Record: id, Behavior: name, Code: refusal.Code, Detail: refusal.Detail})
		return nil
	}
	if err != nil {
		return nil, refused, refuse(trace, err)
	}
	for i := range made {
		d := &made[i]
		if d.Form == "" {
			d.Form = RecordForm
		}
		id := trace + "." + name
		if i > 0 {
			id += "-" + strconv.Itoa(i)
		}
		p, err := r.product(v, o, pass, d, id, speaker.picks)
		if err != nil {
			if err := refuse(id, err); err != nil {
				return nil, nil, err
			}
			continue
		}
		list = append(list, p)
	}
	return list, refused, nil
}

func (r *refiner) product(v *ResolvedVariant, o *origin, pass *Pass, d *Derived, id string, said []string) (product, error) {
	grade, err := proveDerived(pass, v.Variant, d)
	if err != nil {
		return product{}, err
	}
	p := product{row: derivation(pass, v, d, id, o.rec.ID, said), lot: r.lot(v.Variant, id)}
	switch d.Form {
	case PromptForm:
		p.prompt, err = r.derivedPrompt(o, pass, v.Variant, d, id)
	case PairForm:
		p.pair, err = r.derivedPair(o, pass, v.Variant, d, id)
	default:
		p.sample, err = r.derivedSample(o, pass, v, d, id, grade, said)
	}
	return p, err
}

// asked is the question that a derived record asks.
func asked(pass *Pass, d *Derived) string {
	if d.Question == nil {
		return pass.Problem.Question
	}
	text, _ := pass.Join(d.Question)
	return text
}

// answerTrace is an answer as the template renders it: a step a segment.
func answerTrace(pass *Pass, variant, id string, list []Segment) *format.Trace {
	t := &format.Trace{ID: id}
	for i := range list {
		text, _ := pass.Text(&list[i])
		s := format.Step{ID: i + 1, Text: text}
		if list[i].Parent == "" {
			s.Kind, s.Origin = list[i].Kind, format.Origin{Edit: 1, Behavior: variant}
		}
		t.Steps = append(t.Steps, s)
	}
	return t
}

// derivedSample renders and encodes a derived record, and lays its spans by its
// segments.
func (r *refiner) derivedSample(o *origin, pass *Pass, v *ResolvedVariant, d *Derived, id, grade string, said []string) (*compiled, error) {
	p := o.rec.Problem
	c := &compiled{sample: format.Sample{
		RecordID: id, ParentID: d.Parents[0], ProblemID: p.ID, Variant: v.Variant.Name, Answer: p.Answer, Checker: p.Checker,
		Grade: grade, Split: r.split(p.ID), Edits: []format.Stamp{stampOf(v, d, said)},
	}}
	if d.Truth != "" {
		c.sample.Answer, c.sample.Checker = d.Truth, d.Checker
	}
	p.Question = asked(pass, d)
	s := &c.sample
	if err := r.tpl.Render(s, r.turns(&p, answerTrace(pass, v.Variant.Name, id, d.Answer))); err != nil {
		return nil, lossOf(err)
	}
	if err := r.relayed(s, pass, v.Variant.Name, d); err != nil {
		return nil, err
	}
	if r.b.textOnly {
		return c, nil
	}
	if err := encodeSample(r.enc, r.b.tok, s, &r.room); err != nil {
		return nil, err
	}
	var err error
	if c.spans, err = shard.TokenSpans(nil, s, r.b.spanNumber); err != nil {
		return nil, err
	}
	if d.SameLength {
		if err := sameLength(&o.sample.sample, s); err != nil {
			return nil, err
		}
	}
	if n, most := len(s.IDs), r.b.plan.Recipe.Tokenize.MaxTokens; n > most {
		return nil, Refuse(codeOverLength, "%d tokens, a sequence holds %d", n, most)
	}
	if err := shard.CheckTrained(c.spans, r.b.weights, r.b.spanNames); err != nil {
		return nil, Refuse(codeUntrained, "%v", err)
	}
	return c, nil
}

// relayed lays the spans of question and answer by their segments.
func (r *refiner) relayed(s *format.Sample, pass *Pass, variant string, d *Derived) error {
	for i, m := range s.Messages {
		list, question := d.Answer, false
		switch {
		case i == len(s.Messages)-1:
		case m.Role == "user" && d.Question != nil:
			list, question = d.Question, true
		default:
			continue
		}
		if text, _ := pass.Join(list); s.Text[m.Start:m.End] != text {
			return Refuse(codeTemplate, "the template writes %d bytes for a %s of %d", m.End-m.Start, m.Role, len(text))
		}
		relay(s, m, layout(pass, variant, list, question))
	}
	last := s.Messages[len(s.Messages)-1]
	h := sha256.New()
	for _, sp := range s.Spans {
		if sp.Start >= last.Start && sp.End <= last.End && sp.Origin == format.FromSource {
			h.Write([]byte(s.Text[sp.Start:sp.End]))
		}
	}
	s.SourceSum = [32]byte(h.Sum(nil))
	return nil
}

// stampOf is the provenance of what a variant says itself: its one edit.
func stampOf(v *ResolvedVariant, d *Derived, said []string) format.Stamp {
	s := format.Stamp{Edit: 1, Behavior: v.Variant.Name, Version: v.Variant.Version, Params: v.ParamsJSON, Phrases: said, Proof: d.Proof}
	for _, g := range d.Answer {
		if g.Parent == "" {
			s.Facts = append(s.Facts, format.Fact{Kind: g.Kind})
		}
	}
	return s
}

// begun renders a question and how its answer begins.
func (r *refiner) begun(o *origin, pass *Pass, variant string, d *Derived) (*format.Sample, []shard.Turn, error) {
	p := o.rec.Problem
	p.Question = asked(pass, d)
	turns := r.turns(&p, nil)
	var s format.Sample
	if err := r.tpl.Prompt(&s, turns); err != nil {
		return nil, nil, lossOf(err)
	}
	var messages []shard.Turn
	for _, t := range turns {
		messages = append(messages, shard.Turn{Role: t.Role, Content: t.Text})
	}
	begin, _ := pass.Join(d.Answer)
	if begin != "" {
		messages = append(messages, shard.Turn{Role: "assistant", Content: begin})
	}
	for i := range d.Answer {
		at := len(s.Text)
		text, _ := pass.Text(&d.Answer[i])
		s.Text += text
		if d.Answer[i].Parent == "" && d.Answer[i].Kind == format.Control {
			s.Controls = append(s.Controls, format.Range{Start: at, End: len(s.Text)})
		}
	}
	return &s, messages, nil
}

func (r *refiner) derivedPrompt(o *origin, pass *Pass, v *Variant, d *Derived, id string) (*shard.Prompt, error) {
	p := &o.rec.Problem
	if p.Answer == "" || p.Checker == "" {
		return nil, Refuse(codeUngraded, "the problem has no answer that a checker could hold a reply against")
	}
	s, messages, err := r.begun(o, pass, v.Name, d)
	if err != nil {
		return nil, err
	}
	if err := encodeSample(r.enc, r.b.tok, s, &r.room); err != nil {
		return nil, err
	}
	if n, most := len(s.IDs), r.b.plan.Recipe.Tokenize.MaxTokens; n > most {
		return nil, Refuse(codeOverLength, "%d tokens, a sequence holds %d", n, most)
	}
	params, err := paramsOf(p, append(d.Notes[:len(d.Notes):len(d.Notes)], format.Field{Name: "prefix_tokens", Value: strconv.Itoa(prefixTokens(s, pass, d))}))
	if err != nil {
		return nil, err
	}
	return &shard.Prompt{PromptID: id, ProblemID: p.ID, Messages: messages, PromptIDs: s.IDs, GroundTruth: p.Answer, Checker: p.Checker,
		Params: params, DataSource: o.rec.Set + "/" + v.Name, PassN: 0}, nil
}

func (r *refiner) derivedPair(o *origin, pass *Pass, v *Variant, d *Derived, id string) (*shard.Preference, error) {
	s, messages, err := r.begun(o, pass, v.Name, d)
	if err != nil {
		return nil, err
	}
	chosen, _ := pass.Join(d.Chosen)
	rejected, _ := pass.Join(d.Rejected)
	if chosen == rejected {
		return nil, Refuse("form", "chosen and rejected are the same")
	}
	return &shard.Preference{PairID: id, ProblemID: o.rec.Problem.ID, Variant: v.Name, Split: r.split(o.rec.Problem.ID),
		Messages: messages, Prompt: s.Text, Chosen: chosen, Rejected: rejected}, nil
}

// prefixTokens counts the tokens of how the answer begins.
func prefixTokens(s *format.Sample, pass *Pass, d *Derived) (n int) {
	begin, _ := pass.Join(d.Answer)
	for i := len(s.Ends) - 1; i >= 0 && int(s.Ends[i]) > len(s.Text)-len(begin); i-- {
		n++
	}
	return n
}

// paramsOf are a prompt's parameters as JSON: those of the problem, and notes.
func paramsOf(p *format.Problem, notes []format.Field) (string, error) {
	if len(p.Params)+len(notes) == 0 {
		return "", nil
	}
	params := make(map[string]string, len(p.Params)+len(notes))
	for _, list := range [][]format.Field{notes, p.Params} { // a checker's own come last: a note must not hide them
		for _, f := range list {
			params[f.Name] = f.Value
		}
	}
	text, err := json.Marshal(params, json.Deterministic(true))
	return string(text), err
}

// measure is what Pass.Measure asks.
func (r *refiner) measure(p *format.Problem, t *format.Trace) ([]int, error) {
	var s format.Sample
	if err := r.tpl.Render(&s, r.turns(p, t)); err != nil {
		return nil, lossOf(err)
	}
	if err := encodeSample(r.enc, r.b.tok, &s, &r.room); err != nil {
		return nil, err
	}
	list, _ := lengths(&s)
	return list, nil
}

// tokensOf is what Pass.Tokens asks.
func tokensOf(enc *token.Encoder) func(string) int {
	return func(text string) int {
		ids, _ := enc.Append(nil, nil, text, 0)
		return len(ids)
	}
}

// keepProduct puts a product among what the record becomes.
func (r *refiner) keepProduct(n *VariantCounts, p *product, out *refined) {
	out.derivations = append(out.derivations, p.row)
	if p.row.Class != "" {
		n.Classes[p.row.Class]++
	}
	switch {
	case p.sample != nil:
		n.Records++
		if !r.b.textOnly {
			out.straddle += straddles(&p.sample.sample)
		}
		out.derived = append(out.derived, *p.sample)
	case p.prompt != nil:
		n.Prompts++
		out.prompts = append(out.prompts, *p.prompt)
	default:
		n.Pairs++
		out.pairs = append(out.pairs, *p.pair)
	}
}

// parents keeps what a variant derived from, once: the source record, and the
// compiled record where the variant reads it.
func (r *refiner) parents(v *Variant, o *origin, out *refined) {
	if len(out.parents) == 0 {
		src := &r.b.sources[out.input]
		out.parents = append(out.parents, shard.Parent{ParentID: o.rec.ID, Kind: shard.SourceParent, Reader: src.readerName(), Body: string(out.raw)})
	}
	if !v.Compiled {
		return
	}
	for i := range out.parents {
		if out.parents[i].ParentID == o.attempt.Trace.ID && out.parents[i].Kind == shard.CompiledParent {
			return
		}
	}
	var row shard.Record
	row.Of(&o.sample.sample)
	body, err := json.Marshal(&row)
	if err != nil {
		panic(err) // a row that Parquet can hold is plain data
	}
	out.parents = append(out.parents, shard.Parent{ParentID: o.attempt.Trace.ID, Kind: shard.CompiledParent, Body: string(body)})
}

// readerName names a source's reader so that it can be found again: by its name,
// or as the JSON of its mapping.
func (s *source) readerName() string {
	if s.input.Mapping == nil {
		return s.reader.Name
	}
	text, err := json.Marshal(s.input.Mapping, json.Deterministic(true))
	if err != nil {
		panic(err) // it was decoded from the recipe
	}
	return string(text)
}
