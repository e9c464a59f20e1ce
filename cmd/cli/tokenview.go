package cli

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// view shows a text as its tokens: the pieces of a line side by side, colored
// in turn or with a bar between them, and below each line the ids.
func (o *tokenizing) view(text string, ids, ends []int32) {
	var out bytes.Buffer
	var pieces, numbers []string
	added := map[int32]bool{}
	for _, a := range o.tok.Added() {
		added[a.ID] = true
	}
	at := int32(0)
	for i, id := range ids {
		piece := text[at:ends[i]]
		at = ends[i]
		shown := escaped(piece)
		switch {
		case piece == "" && added[id]: // what a post-processor put in
			s, _ := o.tok.Bytes(id)
			shown = o.paint("1;97;41", escaped(s))
		case added[id]:
			shown = o.paint("1;97;41", shown)
		default:
			shown = o.paint([]string{"30;46", "30;43", "30;42", "30;45"}[i%4], shown)
		}
		pieces, numbers = append(pieces, shown), append(numbers, strconv.Itoa(int(id)))
		if i == len(ids)-1 || strings.HasSuffix(piece, "\n") {
			between := "│"
			if o.colored() {
				between = ""
			}
			fmt.Fprintf(&out, "%s\n%s\n", strings.Join(pieces, between), o.paint("2", strings.Join(numbers, " ")))
			pieces, numbers = pieces[:0], numbers[:0]
		}
	}
	o.out.Write(out.Bytes())
	fmt.Fprintf(o.errs, "%d tokens, %d bytes\n", len(ids), len(text))
}

// escaped shows what a terminal would not, or would obey: bytes that are no
// character, control characters, marks that turn the text around.
func escaped(s string) string {
	var b []byte
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b = fmt.Appendf(b, `\x%02x`, s[i])
		case strconv.IsPrint(r):
			b = append(b, s[i:i+size]...)
		default:
			quoted := strconv.QuoteRune(r)
			b = append(b, quoted[1:len(quoted)-1]...)
		}
		i += size
	}
	return string(b)
}
