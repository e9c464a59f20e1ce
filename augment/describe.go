package augment

import "strings"

// Summary is the first line of a behavior's documentation.
func (b *Behavior) Summary() string { return firstLine(b.Doc) }

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
