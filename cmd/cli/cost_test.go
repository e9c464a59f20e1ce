package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
)

// TestMemoryIsPredicted: what a run says it will hold is what its process holds at
// most, within 5%, checkpoints and evaluations included. It trains in a process of
// its own, with an arena that makes 5% more than a program needs to run.
func TestMemoryIsPredicted(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("what a process holds now is read from /proc")
	}
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("corpus.yaml", "version: 1\ntraces: [{path: sums.jsonl}]\nprompts: true\nshards: {validation: 0.1}\n")
	write("sft.yaml", `version: 1
model: {fresh: {width: 64, layers: 12, heads: 4, ffn: 512, context: 512, init: 0.08}}
data: {build: corpus}
batch: {tokens: 4096}
steps: 4
optimizer: {lr: 0.001}
evaluate: {limit: 8, max_tokens: 16}
every: {checkpoint: 1, validate: 2, evaluate: 2}
out: sft
`)
	write("rft.yaml", `version: 1
model: {path: sft/model}
prompts: corpus
rollout: {prompts: 8, samples: 32, max_tokens: 16}
objective: {kl: 0.01} # so that responses teach something although none is right
batch: {tokens: 4096}
steps: 2
optimizer: {lr: 0.001}
evaluate: {prompts: corpus, limit: 8}
every: {checkpoint: 1, evaluate: 1}
out: rft
`)
	run := func(args ...string) string {
		cmd := exec.Command(os.Args[0])
		cmd.Args = append([]string{"graft"}, args...) // what TestMain goes by
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("graft %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	run("gen", "add", "-n", "300", "-o", "sums.jsonl")
	run("build", "corpus.yaml", "-o", "corpus")
	for _, kind := range []string{"sft", "rft"} {
		out := run("train", kind, kind+".yaml")
		predicted, held := number(t, out, `memory: ([0-9.]+) MiB predicted`), number(t, out, `the process held ([0-9.]+) MiB`)
		t.Logf("%s: predicted %.1f MiB, held %.1f: %.3f", kind, predicted, held, held/predicted)
		if predicted < 300 || held < 0.95*predicted || held > 1.05*predicted {
			t.Errorf("%s: predicted %.1f MiB, held %.1f: want them within 5%%, and 300 at least\n%s", kind, predicted, held, out)
		}
	}
}

// number is what stands in the first group of a pattern.
func number(t *testing.T, text, pattern string) float64 {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("nothing matches %s in\n%s", pattern, text)
	}
	x, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// The garbage that a process may hold is some MiB or a hundredth of the arena, not a
// tenth of it.
func TestPaceBeside(t *testing.T) {
	t.Setenv("GOGC", "")
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	for arena, want := range map[int]int{0: 100, 8 << 20: 100, 80 << 20: 10, 800 << 20: 1, 8 << 30: 1} {
		paceBeside(arena)
		if got := debug.SetGCPercent(100); got != want {
			t.Errorf("beside %d MiB: %d percent, want %d", arena>>20, got, want)
		}
	}
}
