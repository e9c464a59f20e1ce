package retryweak

import (
	"testing"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/augment/augmenttest"
	"github.com/seed-cdf14512/graft/format"
)

func TestGoldens(t *testing.T) { augmenttest.Run(t, Behavior) }

// The mark is a control token where the tokenizer has it: its whole text, so that
// it is encoded by its id.
func TestToken(t *testing.T) {
	rec := augmenttest.Record("r", "Ann sold 48 clips in May and half as many in June. How many of the clips is that?",
		"Ann sold 48/2 = <<48/2=24>>24 of them.\nShe sold 48+24 = <<48+24=72>>72 clips in both months.\n#### 72")
	c := augment.NewCompiler(1, []augment.ResolvedUse{augmenttest.Use(t, Behavior, `{"as": "token", "back": "<back>"}`, augment.PerSite)})
	c.HasToken = func(s string) bool { return s == "<back>" }
	out, refused := c.Compile(rec, &rec.Attempts[0])
	if len(refused) > 0 || len(out.Edits) != 1 || out.Steps[1].Kind != format.Control || out.Steps[1].Text != "<back>" {
		t.Errorf("refused %v\n%s", refused, augmenttest.Margin(out))
	}
}
