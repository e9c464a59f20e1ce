package augment

// count adds one record to the report.
func (b *builder) count(r *refined) {
	rep, led := b.report, &b.sources[r.input].ledger
	rep.Attempts.In += r.attempts
	for _, code := range r.refused {
		rep.Attempts.Refused[code]++
	}
	rep.Tokens.Straddles += r.straddle
	for code, n := range r.lost {
		rep.Tokens.Rendered += n
		rep.Tokens.Refused[code] += n
	}
	switch {
	case r.code != "":
		led.reject(r.code)
		if b.refusal == "" {
			b.refusal = r.refusal()
		}
		return
	case len(r.samples) == 0 && r.prompt == nil:
		rep.Records.Derived++
		led.Derived++
	case len(r.samples) == 0:
		rep.Records.Prompts++
		led.Prompts++
	default:
		rep.Records.Out++
		led.Out++
	}
	for i := range r.derived {
		b.tally(&r.derived[i])
	}
	for i := range r.samples {
		s := &r.samples[i].sample
		b.tally(&r.samples[i])
		rep.Attempts.Samples++
		if len(s.Edits) > 0 {
			rep.Attempts.Edited++
		}
	}
}

// tally adds one row of records/ to the report.
func (b *builder) tally(c *compiled) {
	rep, s := b.report, &c.sample
	rep.Samples[s.Split]++
	rep.Grades[s.Grade]++
	rep.Tokens.Rendered += int64(len(s.IDs))
	at := int32(0)
	for _, sp := range c.spans {
		rep.Tokens.ByName[b.spanNames[sp.Name]] += int64(sp.End - at)
		at = sp.End
	}
}
