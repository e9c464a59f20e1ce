package metatokens

import (
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/augment/augmenttest"
	"github.com/seed-cdf14512/graft/format"
)

// told is a host that says what a golden tells it, before step 1.
func told(name string, steps ...format.Step) *augment.Behavior {
	return &augment.Behavior{
		Name: name, Version: 1, Params: &struct{}{},
		Sites: func(p *augment.Pass) []augment.Site { return []augment.Site{{Step: 0}} },
		Write: func(*augment.Pass, augment.Site) (augment.Edit, error) {
			return augment.Edit{Steps: steps, Proof: format.Proof{Grade: "computed"}}, nil
		},
		Verify: func(*augment.Pass, augment.Site, augment.Edit) error { return nil },
	}
}

func hosts() []*augment.Behavior {
	return []*augment.Behavior{
		told("branches", format.Step{Kind: format.Branch, Node: 3, Text: "On to the number of clips in both months.\n"}, format.Step{Kind: format.Return, Text: "No.\n"}),
		told("errs",
			format.Step{Kind: format.Wrong, Node: 2, Text: "Ann sold 48/2 = <<48/2=22>>22 clips in June.\n"},
			format.Step{Kind: format.Wrong, Node: 3, Text: "She sold 48+22 = <<48+22=70>>70 clips in both months.\n"},
			format.Step{Kind: format.Doubt, Text: "But 22 * 2 = 44.\n"},
			format.Step{Kind: format.Retract, Refs: []format.NodeID{2, 3}, Text: "I drop 22 and 70.\n"}),
	}
}

func TestGoldens(t *testing.T) { augmenttest.Run(t, Behavior, hosts()...) }

// Tokens are written where the tokenizer has all of them, and nowhere else.
func TestTokens(t *testing.T) {
	rec := augmenttest.Record("r", "Ann sold 48 clips in May. How many of the clips is that?",
		"Ann sold 48/2 = <<48/2=24>>24 clips in June.\nShe sold 48+24 = <<48+24=72>>72 clips in both months.\n#### 72")
	for _, has := range []string{"", "<explore> <reflect>", "<explore> <reflect> <continue>"} {
		var list []augment.ResolvedUse
		for i, b := range hosts() {
			u := augmenttest.Use(t, b, "{}", augment.PerSite)
			u.Rank = i
			list = append(list, u)
		}
		list = append(list, augmenttest.Use(t, Behavior, `{"as":"token","explore":"<explore>","reflect":"<reflect>","continue":"<continue>"}`, augment.PerSite))
		c := augment.NewCompiler(1, list)
		c.HasToken = func(s string) bool { return strings.Contains(has, s) }
		out, _ := c.Compile(rec, &rec.Attempts[0])
		tokens := 0
		for _, s := range out.Steps {
			if s.Kind == format.Control {
				tokens++
			}
		}
		want := 0
		if strings.Count(has, "<") == 3 {
			want = 5
		}
		if tokens != want {
			t.Errorf("tokenizer with %q: %d marks, want %d\n%s", has, tokens, want, augmenttest.Margin(out))
		}
	}
}

func TestMarksAreHeldApart(t *testing.T) {
	good := Params{As: "text", Explore: "a", Reflect: "b", Continue: "c"}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"", " b", "b", "x\ny", "step 2", "x = y"} {
		p := good
		if p.Explore = bad; p.Check() == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}
