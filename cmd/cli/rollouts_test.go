package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every sample of every rollout is accounted for: by what it is beside the step that
// it stands for, or by why it stands for none.
func TestEverySampleIsCounted(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "traces.jsonl"), shopTraces)
	question := "A shop sells 46 pens and 38 pads. Each item costs 12 dollars. How many dollars is that?"
	line := func(question, prefix string, samples ...string) string {
		b, err := json.Marshal(map[string]any{"question": question, "prefix": prefix, "samples": samples, "policy": "p"})
		if err != nil {
			t.Fatal(err)
		}
		return string(b) + "\n"
	}
	write(t, filepath.Join(dir, "r.jsonl"),
		line(question, "", "Together 46 + 38 = 94 items.", "Together 46 + 38 = 94 items.", "It has 46 + 38 = 84 items.", "Pens alone cost 46 * 12 = 552 dollars.", "I do not know.")+
			line(question, "The shop sells 46 + 38 = 85 items.\n", "The items cost 85 * 12 = 1020 dollars.", "So 1020.")+
			line("How many apples?", "", "There are 3 + 4 = 7."))
	recipe := write(t, filepath.Join(dir, "recipe.yaml"), "version: 1\ntraces: [{path: traces.jsonl}]\nerrors: {accept: [onpolicy], rollouts: [r.jsonl]}\nbehaviors: [{use: backtracking, select: {per: site, rate: 1}}]\n")
	out := filepath.Join(dir, "out")
	said, _ := graft(t, 0, "build", recipe, "-o", out, "-j", "2")
	card, _ := os.ReadFile(filepath.Join(out, "README.md"))
	for text, wants := range map[string][]string{
		said:         {"3 rollouts = 1 after a prefix of a compiled trace + 1 no-trace + 1 stale\n", "8 samples = 2 wrong + 2 stale + 1 no-trace + 1 other + 1 right + 1 unread\n"},
		string(card): {"Rollouts: 3 = 1 after a prefix of a compiled trace + 1 no-trace + 1 stale. Samples: 8 = 2 stale + 2 wrong + 1 no-trace + 1 other + 1 right + 1 unread.\n"},
	} {
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("nobody says %q:\n%s", want, text)
			}
		}
	}
	stats, _ := graft(t, 0, "stats", out)
	if !strings.Contains(stats, "8 samples = 2 wrong") {
		t.Errorf("stats does not count the samples:\n%s", stats)
	}
	one := filepath.Join(dir, "one")
	again, _ := graft(t, 0, "build", recipe, "-o", one, "-j", "1")
	if again != said {
		t.Errorf("with one worker the build says\n%s\nwith two\n%s", again, said)
	}
}
