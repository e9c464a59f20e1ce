package answer

// A class is what a word may be in a name; open words are nouns, adjectives
// and everything else.
type class uint8

const (
	open class = iota
	prep
	det     // the, her, some
	rate    // each, every, per, a, an: a rate after a noun
	pronoun // begins a clause
	verb    // finite, or an auxiliary
	joint   // joins clauses; an adverb that does
	relative
	trailing // may end a name: left, remaining
	useless  // is no part of a name: total, altogether
	participle
)

// classOf is a switch and no map, so that the package has nothing to
// initialize.
func classOf(w string) class {
	var low [16]byte
	if len(w) > len(low) {
		return open
	}
	for i := range len(w) {
		low[i] = w[i]
		if w[i]-'A' < 26 {
			low[i] |= 0x20
		}
	}
	switch string(low[:len(w)]) {
	case "of", "in", "on", "at", "for", "from", "with", "to", "by", "during", "between", "after", "before", "inside",
		"under", "over", "into", "through", "around", "without", "across", "within", "near", "among", "off", "toward", "towards",
		"against", "outside", "behind", "onto", "throughout":
		return prep
	case "the", "his", "her", "their", "its", "my", "our", "your", "this", "these", "those", "some", "all", "both",
		"another", "any", "no", "either", "one":
		return det
	case "each", "every", "per", "a", "an":
		return rate
	case "he", "she", "they", "it", "i", "we", "you", "there", "what", "how":
		return pronoun
	case "is", "are", "was", "were", "be", "been", "has", "have", "had", "will", "would", "can", "could", "should", "must",
		"do", "does", "did", "may", "might", "need", "needs", "needed", "cost", "costs", "make", "makes", "get", "gets",
		"take", "takes", "took", "give", "gives", "gave", "go", "goes", "went", "come", "comes", "came", "cannot", "equal",
		"equals", "remain", "remains", "want", "wants", "like", "likes", "know", "knows", "eat", "eats", "ate", "say", "says",
		"become", "becomes", "became", "represent", "represents", "mean", "means", "support", "supports", "prefer", "chose",
		"drive", "drove", "run", "ran", "sell", "sells", "buy", "buys", "spend", "spends", "earn", "earns", "pay", "pays",
		"plus", "minus", "live", "lives", "walk", "walks", "bring", "brings", "hold", "holds", "saw", "share", "fit":
		return verb
	case "and", "or", "so", "because", "since", "if", "when", "while", "but", "then", "as", "than", "thus", "therefore",
		"hence", "though", "although", "unless", "still", "already", "also", "just", "only", "not", "whereas", "after-tax",
		"therfore", "once", "where", "nor", "yet", "instead", "until", "again", "too", "using", "leaving", "making", "giving",
		"more", "less", "fewer", "times", "worth", "dozen", "dozens", "hundred", "thousand", "million", "percent", "out", "up", "down", "back", "even":
		return joint
	case "that", "who", "which", "whom", "whose":
		return relative
	case "left", "remaining", "daily", "weekly", "monthly", "yearly", "available", "together":
		return trailing
	case "total", "altogether", "overall", "combined", "now", "today", "yesterday", "tomorrow", "though,", "old", "tall",
		"long", "high", "away", "later", "ago", "early", "older", "younger", "taller", "longer", "heavier", "wide", "deep",
		"shorter", "apart", "late", "faster", "slower", "earlier", "further", "farther", "higher", "lower", "bigger", "extra",
		"first", "last", "straight", "right", "here", "along", "good", "instead,", "long,", "thick":
		return useless
	case "sold", "made", "bought", "spent", "eaten", "given", "taken", "lost", "found", "kept", "built", "won", "paid",
		"read", "worn", "broken", "written", "grown", "thrown", "used", "done", "caught", "drunk", "stolen", "hidden":
		return participle
	}
	return open
}

// plural reports whether w names several things.
func plural(w string) bool {
	n := len(w)
	if n < 3 {
		return false
	}
	switch w {
	case "people", "children", "men", "women", "feet", "mice", "geese", "teeth", "fish", "sheep", "deer", "fishes",
		"grandchildren", "salesmen", "firemen", "policemen", "oxen", "dice", "loaves":
		return true
	case "was", "his", "this", "thus", "always", "perhaps", "plus", "minus", "less", "has", "does", "its", "yes", "times",
		"besides", "towards", "as", "us", "is":
		return false
	}
	if w[n-1] != 's' || w[n-2] == 's' || w[n-2] == 'u' || w[n-2] == '\'' || classOf(w) != open {
		return false
	}
	return w[n-2] < 0x80 && !(w[n-2] == 'i' && n < 5)
}

// ending reports whether w ends in suffix and is more than it.
func ending(w, suffix string) bool {
	return len(w) > len(suffix)+1 && w[len(w)-len(suffix):] == suffix
}

// A phrase is a run of words of one text, without punctuation between them.
type phrase struct {
	text string
	at   [16][2]int
	n    int
	cut  bool // there would have been more words
}

func (p *phrase) word(i int) string { return p.text[p.at[i][0]:p.at[i][1]] }

func (p *phrase) add(start, end int) { p.at[p.n], p.n = [2]int{start, end}, p.n+1 }

// slice is the text of the words i to j-1.
func (p *phrase) slice(i, j int) string {
	if i >= j {
		return ""
	}
	return p.text[p.at[i][0]:p.at[j-1][1]]
}

// following collects the words after text[i:] up to a punctuation mark.
func following(text string, i int) (p phrase) {
	p.text = text
	for p.n < 12 {
		j := i
		if j < len(text) && text[j] == ' ' {
			j++
		} else if j < len(text) && text[j] == '/' && p.n > 0 {
			p.at[p.n-1][1] = word(text, j+1) // cards/row is one word
			i = p.at[p.n-1][1]
			continue
		} else if p.n > 0 || j >= len(text) || !isLetter(text[j]) {
			return p
		}
		end := word(text, j)
		if end == j {
			if end = number(text, j); end == j || p.n == 0 {
				return p
			}
		}
		if text[end-1] == '\'' {
			return p
		}
		p.add(j, end)
		i = end
	}
	p.cut = true
	return p
}
