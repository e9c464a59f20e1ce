package chat

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/format"
)

// A record of GSM8K's size: a question of 235 bytes, an answer of 325.
var benchTurns = []Turn{
	{Role: "user", Text: strings.Repeat("A shop sells 12 pens a day, and twice as many on Sunday. ", 5)[:235]},
	{Role: "assistant", Text: strings.Repeat("On Sunday it sells 12*2 = <<12*2=24>>24 pens.\n", 8)[:325]},
}

func benchRender(b *testing.B, tpl *Template) {
	b.Helper()
	var s format.Sample
	b.SetBytes(235 + 325)
	b.ReportAllocs()
	for b.Loop() {
		if err := tpl.Render(&s, benchTurns); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRender(b *testing.B) {
	b.Run("built-in", func(b *testing.B) { benchRender(b, Find("chatml")) })
	for _, name := range []string{"chatml", "trimmed", "marked", "inst"} {
		b.Run(name, func(b *testing.B) {
			tpl := own(b, name, Options{Accept: []string{LossTrim}})
			benchRender(b, tpl)
		})
	}
	root := os.Getenv("GRAFT_TOKENIZERS")
	for _, name := range []string{"qwen2_5", "qwen3", "llama3_2"} {
		b.Run(name, func(b *testing.B) {
			tpl, err := Load(filepath.Join(root, name), Options{Date: recordedOn, Accept: []string{LossTrim}})
			if root == "" || err != nil {
				b.Skip("needs GRAFT_TOKENIZERS: " + name)
			}
			benchRender(b, tpl)
		})
	}
}
