package answer

import (
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// maxName bounds the words of a name.
const maxName = 9

// name is what the text calls the value of the claims first to last of s, and
// a longer name that is taken where the short one is not unique.
func (d *Deriver) name(s *format.Step, first, last int, n *format.Node) (short, long string) {
	if n.Unit == "%" {
		return "", ""
	}
	at := s.Claims[first].Start
	if k := first; s.Claims[k].Mark && k < len(d.scan.intro) && d.scan.intro[k] >= 0 {
		at = d.scan.intro[k]
	}
	before := preceding(s.Text, at)
	if n.Unit != "" {
		return amount(&before, s.Text, n.End), ""
	}
	short, noun := countNoun(s.Text, n.End, n.Value)
	if short == "" {
		return numberOf(&before), ""
	}
	return short, doing(&before, short, noun)
}

// doing names a count by who does what: "clips she sold in May".
func doing(p *phrase, short string, noun int) string {
	n := totalOf(p)
	if p.cut || n < 2 || n > 6 || !subject(p, n-1) {
		return ""
	}
	w := p.word(n - 1)
	c := classOf(w)
	if isBe(w) || c != verb && c != participle && !pays(w) && !(n == 2 && c == open && (ending(w, "ed") || ending(w, "s"))) {
		return ""
	}
	if strings.HasPrefix(short[noun:], " of ") { // pieces of fruit
		noun = len(short)
	}
	return short[:noun] + " " + lowered(p, 0, n) + short[noun:]
}

// totalOf returns the number of words without "a total of" and the like at the
// end.
func totalOf(p *phrase) int {
	n := p.n
	switch {
	case n >= 3 && p.word(n-1) == "of" && p.word(n-2) == "total":
		n -= 3
	case n > 0 && (p.word(n-1) == "another" || p.word(n-1) == "only" || p.word(n-1) == "additional"):
		n--
	}
	return n
}

// countName is the noun after a number with what belongs to it: "clips in
// May". It must be a plural, so that "the number of …" can stand before it.
func countName(text string, end int, v format.Num) string {
	name, _ := countNoun(text, end, v)
	return name
}

// countNoun is countName, and the length of the noun in it.
func countNoun(text string, end int, v format.Num) (name string, noun int) {
	if v.Equal(format.Int(1)) {
		return "", 0
	}
	p := following(text, end)
	head := -1
	for i := 0; i < min(p.n, 4); i++ {
		w := p.word(i)
		if classOf(w) != open || isDigit(w[0]) {
			return "", 0
		}
		if plural(w) {
			head = i
			break
		}
	}
	if head < 0 {
		return "", 0
	}
	for head+1 < p.n && head < 4 && plural(p.word(head+1)) {
		head++
	}
	if head+1 < p.n && (classOf(p.word(head+1)) == useless && !dropped(p.word(head+1)) || measured(&p, head+1)) {
		return "", 0
	}
	noun = len(p.slice(0, head+1))
	if i := head + 1; i+1 < p.n && (p.word(i) == "are" || p.word(i) == "were") { // students are in class C
		if c := classOf(p.word(i + 1)); c == prep || c == trailing {
			if t := tail(&p, i+1, true); t > i+1 {
				return p.slice(0, i) + " " + p.slice(i+1, t), noun
			}
		}
		return p.slice(0, i), noun
	}
	end = tail(&p, head+1, true)
	if i := head + 1; i+1 < p.n && (p.word(i) == "and" || p.word(i) == "or") && classOf(p.word(i+1)) == open {
		if !plural(p.word(i + 1)) {
			return "", 0 // the number counts more than the noun before it
		}
		end = max(end, i+2)
		noun = len(p.slice(0, i+2))
	}
	return p.slice(0, end), noun
}

// intransitive reports verbs in -ed that are no participles after their noun.
func intransitive(w string) bool {
	switch w {
	case "stayed", "arrived", "remained", "attended", "moved", "voted", "decided", "showed", "played", "passed", "worked",
		"joined", "graduated", "participated", "survived", "liked", "wanted", "agreed", "failed", "lived", "died", "walked":
		return true
	}
	return false
}

// dropped reports whether a useless word may simply be left out.
func dropped(w string) bool {
	switch w {
	case "total", "altogether", "overall", "combined", "now", "today", "yesterday", "tomorrow":
		return true
	}
	return false
}

// measured reports comparisons, where the number is a difference: dolls more
// than, years older.
func measured(p *phrase, i int) bool {
	switch p.word(i) {
	case "more", "less", "fewer", "than", "of":
		return p.word(i) != "of"
	}
	return false
}

// tail returns the index after the last word from i on that still belongs to
// the noun before it: phrases with prepositions, rates, participles.
func tail(p *phrase, i int, count bool) int {
	good := i               // words that make a whole
	needs, noun := false, 0 // an object is due; open words read in it
	for ; i < p.n && i < maxName; i++ {
		w := p.word(i)
		switch c := classOf(w); c {
		case prep:
			if w == "before" || w == "after" { // a clause may follow
				return good
			}
			if needs && noun == 0 {
				return good
			}
			if w == "in" && i+1 < p.n && (p.word(i+1) == "total" || p.word(i+1) == "all") {
				return good
			}
			needs, noun = true, 0
		case det:
			if !needs || noun > 0 {
				return cutVerb(p, good, i, noun)
			}
		case rate:
			if needs && noun == 0 {
				continue
			}
			if w != "per" && w != "each" && w != "every" && !(i+1 < p.n && period(p.word(i+1))) {
				return cutVerb(p, good, i, noun)
			}
			needs, noun = w != "each", 0
			if w == "each" {
				good = i + 1
				needs = i+1 < p.n && classOf(p.word(i+1)) == open
			}
		case trailing:
			if needs && noun == 0 && w != "remaining" {
				return good
			}
			good = i + 1
		case participle:
			if needs && noun == 0 || i+1 < p.n && classOf(p.word(i+1)) != prep {
				return good
			}
			good = i + 1
		case open:
			switch {
			case needs:
				if noun++; noun > 3 {
					return good
				}
				good = i + 1
				if noun > 1 && (ending(w, "ed") || ending(w, "ly")) {
					return i
				}
			case count && ending(w, "ing") && i+1 < p.n && classOf(p.word(i+1)) != verb:
				needs, noun = true, 0
				if classOf(p.word(i+1)) == open && !plural(p.word(i+1)) && i+2 >= p.n {
					good = i + 2
				}
			case count && ending(w, "ed") && !intransitive(w) && (i+1 == p.n || classOf(p.word(i+1)) == prep):
				good = i + 1
			default:
				return good
			}
		case joint:
			if w == "and" && needs && noun > 0 && i+2 == p.n && !p.cut && classOf(p.word(i+1)) == open {
				return i + 2
			}
			return good
		case relative:
			if (w == "that" || w == "who") && count && !p.cut && p.n-i <= 6 && i+1 < p.n && classOf(p.word(i+1)) == verb {
				return relativeEnd(p, i, good)
			}
			return good
		default:
			return good
		}
	}
	return good
}

// relativeEnd is the end of the relative clause at word i, if the text ends it
// cleanly; else good.
func relativeEnd(p *phrase, i, good int) int {
	for j := i + 1; j < p.n; j++ {
		if c := classOf(p.word(j)); c == joint && p.word(j) != "not" || c == useless && j+1 < p.n {
			return good
		}
	}
	if c := classOf(p.word(p.n - 1)); c == prep || c == det || c == verb || c == rate {
		return good
	}
	return p.n
}

// cutVerb is called where a determiner follows a noun phrase that no
// preposition ends: its last open word was then a verb ("people support the").
func cutVerb(p *phrase, good, i, noun int) int {
	if good == i && noun > 1 {
		return good - 1
	}
	if good == i && noun == 1 { // the only object: the phrase before its preposition remains
		for good > 0 && classOf(p.word(good-1)) != prep {
			good--
		}
		return max(good-1, 0)
	}
	return good
}

func period(w string) bool {
	switch w {
	case "day", "week", "month", "year", "hour", "minute", "second", "night", "morning", "piece", "game", "trip", "box",
		"person", "pound", "mile", "gallon", "dozen", "pair", "pack", "bag", "set", "half", "third", "quarter":
		return true
	}
	return false
}

// preceding collects the words of the clause before text[:i].
func preceding(text string, i int) (p phrase) {
	p.text = text
	for i > 0 && (text[i-1] == ' ' || text[i-1] == '$' || text[i-1] == '(') {
		i--
	}
	start := i
	for start > 0 && i-start < 160 && strings.IndexByte(".!?:;,()\n=>", text[start-1]) < 0 {
		start--
	}
	for start < i && p.n < len(p.at) {
		end := word(text, start)
		if end == start {
			if end = number(text, start); end == start {
				start++
				continue
			}
		}
		end = min(end, i)
		if c := text[start:end]; classOf(c) == joint && c != "and" && c != "more" && c != "or" {
			p.n = 0 // another clause begins
		} else if c == "means" || c == "that" && p.n == 0 || c == "which" || c == "First" || c == "Next" || c == "Finally" ||
			c == "Now" || c == "Altogether" || c == "This" {
			p.n = 0
		} else if c == "and" && end+1 < i && classOf(text[end+1:word(text, end+1)]) == pronoun {
			p.n = 0
		} else {
			p.add(start, end)
		}
		start = end
	}
	p.cut = start < i
	return p
}

// numberOf reads "the (total) number of X is": X.
func numberOf(p *phrase) string {
	if p.cut || p.n < 5 || !isBe(p.word(p.n-1)) || !strings.EqualFold(p.word(0), "the") {
		return ""
	}
	i := 1
	if p.word(i) == "total" {
		i++
	}
	if p.word(i) != "number" || p.word(i+1) != "of" {
		return ""
	}
	for j := i + 2; j < p.n-1; j++ {
		if c := classOf(p.word(j)); c == joint || j > i+2+maxName {
			return ""
		}
	}
	for j := i + 2; j < min(i+5, p.n-1); j++ {
		if plural(p.word(j)) {
			return p.slice(i+2, p.n-1)
		}
	}
	return ""
}

func isBe(w string) bool {
	switch w {
	case "is", "was", "are", "were", "be", "equals":
		return true
	}
	return false
}

// amount is the name of a sum of money: "she earned per week" from a clause
// with a verb of money, "of the total cost" from one with is.
func amount(p *phrase, text string, end int) string {
	n := totalOf(p)
	if n >= 2 && p.word(n-1) == "to" && p.word(n-2) == "equal" {
		n -= 2
	}
	if p.cut || n < 2 || n > maxName+2 {
		return ""
	}
	for i := range n {
		if w := p.word(i); classOf(w) == joint || isDigit(w[0]) {
			return ""
		}
	}
	after := following(text, end)
	if after.n > 0 && compares(after.word(0)) {
		return ""
	}
	if isBe(p.word(n - 1)) {
		return sumOf(p, n-1)
	}
	v := n - 1
	if w := p.word(v); w == "him" || w == "her" || w == "them" || w == "for" && n > 3 {
		v--
	}
	if !pays(p.word(v)) || !subject(p, v) {
		return ""
	}
	name := lowered(p, 0, n)
	if p.word(n-1) == "for" {
		return name
	}
	if t := tail(&after, 0, false); t > 0 && !(after.cut && t >= maxName) {
		name += " " + after.slice(0, t)
	}
	return name
}

// compares reports words that make a sum a difference or a part: $5 more, $5 off.
func compares(w string) bool {
	switch w {
	case "more", "less", "fewer", "off", "extra", "short", "cheaper", "of", "each", "apiece", "x", "worth":
		return true
	}
	return false
}

// subject reports whether the words before v can be the subject of the verb v,
// with its auxiliaries.
func subject(p *phrase, v int) bool {
	if v == 0 || v > 6 {
		return false
	}
	w := p.word(0)
	switch classOf(w) {
	case pronoun:
		if w == "there" || w == "There" {
			return false
		}
	case det, rate:
		if v < 2 || strings.EqualFold(w, "this") || strings.EqualFold(w, "per") {
			return false
		}
	case open:
		if w[0]-'A' >= 26 || ending(w, "ing") || ending(w, "ly") {
			return false
		}
	default:
		return false
	}
	for i := 1; i < v; i++ {
		switch classOf(p.word(i)) {
		case prep, pronoun, relative:
			if classOf(w) == pronoun {
				return false
			}
		case verb:
			switch p.word(i) {
			case "has", "have", "had", "will", "would", "can", "could", "should", "must", "did", "does", "do", "be", "been":
			default:
				return false
			}
		}
	}
	return true
}

func pays(w string) bool {
	switch w {
	case "earn", "earns", "earned", "make", "makes", "made", "spend", "spends", "spent", "pay", "pays", "paid", "save",
		"saves", "saved", "cost", "costs", "owe", "owes", "owed", "get", "gets", "got", "has", "have", "had", "need", "needs", "needed",
		"receive", "receives", "received", "charge", "charges", "charged", "raised", "donated", "collected",
		"lost", "won", "gave", "gives", "give", "contributed", "invested", "profited", "charging", "paying", "spending", "sold":
		return true
	}
	return false
}

// sumOf names a noun phrase of money of n words: "of the total cost", or what
// limits "the amount" in it.
func sumOf(p *phrase, n int) string {
	for n > 0 && (p.word(n-1) == "would" || p.word(n-1) == "will" || p.word(n-1) == "should") {
		n--
	}
	if n < 2 {
		return ""
	}
	switch classOf(p.word(0)) {
	case det:
	case open:
		if !ending(p.word(0), "'s") && !ending(p.word(0), "’s") {
			return ""
		}
	default:
		return ""
	}
	i := 1
	if p.word(i) == "total" {
		i++
	}
	if i < n && p.word(i) == "amount" && strings.EqualFold(p.word(0), "the") {
		if i+3 < n && p.word(i+1) == "of" && p.word(i+2) == "money" {
			i += 2
		}
		return p.slice(i+1, n)
	}
	for i := 1; i < n; i++ {
		switch w := p.word(i); w {
		case "cost", "price", "profit", "bill", "salary", "income", "earnings", "savings", "expenses", "fee", "pay", "amount",
			"value", "discount", "tax", "rent", "revenue", "tip", "budget", "balance", "bonus", "payment", "difference",
			"change", "money", "total", "costs", "sum", "wage", "commission", "deposit", "expenditure", "loss", "fees", "sales",
			"allowance", "taxes", "worth":
			if w == "total" && i != n-1 && classOf(p.word(i+1)) != prep {
				continue
			}
			return "of " + lowered(p, 0, n)
		default:
			if c := classOf(w); c == verb || c == pronoun || c == relative || c == joint {
				return ""
			}
		}
	}
	return ""
}

// lowered is the text of words i to j-1 with the capital of a sentence's first
// word taken away, unless it may be a name.
func lowered(p *phrase, i, j int) string {
	s := p.slice(i, j)
	if w := p.word(i); w != "I" && (classOf(w) != open || numberWord(w) > 0) && w[0]-'A' < 26 {
		return string(w[0]|0x20) + s[1:]
	}
	return s
}
