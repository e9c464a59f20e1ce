package prose

import (
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// Named reports whether What has words for a node. A share in percent has none.
func Named(n *format.Node) bool { return n.Name != "" && n.Unit != "%" }

// What is how a sentence refers to a node without telling its value: "the
// number of clips in May", "the amount she earned per week".
func What(n *format.Node) string {
	if n.Unit != "" {
		return "the amount " + n.Name
	}
	return "the number of " + n.Name
}

// Amount writes a value of a node with its currency sign, and in the style of
// like.
func Amount(n *format.Node, x format.Num, like string) string {
	s, ok := Like(x, like)
	if !ok {
		s = x.String()
	}
	if n.Unit == "%" {
		return s
	}
	return n.Unit + s
}

// Sentence capitalizes the first letter.
func Sentence(s string) string {
	if s != "" && s[0] >= 'a' && s[0] <= 'z' {
		return strings.ToUpper(s[:1]) + s[1:]
	}
	return s
}

// HasPhrase reports whether phrase stands in text as whole words.
func HasPhrase(text, phrase string) bool {
	for from := 0; from < len(text); {
		i := strings.Index(text[from:], phrase)
		if i < 0 {
			return false
		}
		at, end := from+i, from+i+len(phrase)
		if (at == 0 || !wordByte(text[at-1])) && (end == len(text) || !wordByte(text[end])) {
			return true
		}
		from = at + 1
	}
	return false
}

func wordByte(c byte) bool { return letter(c) || digit(c) || c >= 0x80 }
