package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/seed-cdf14512/graft/behaviors"
	"github.com/seed-cdf14512/graft/cmd/cli"
)

const shopTraces = `{"question":"A shop sells 46 pens and 38 pads. Each item costs 12 dollars. How many dollars is that?","answer":"The shop sells 46 + 38 = 84 items.\nThe items cost 84 * 12 = 1008 dollars.\n#### 1008"}` + "\n"

// aModel is a server that goes on after a prefix: wrongly every second time.
func aModel(t *testing.T, broken func(n int64) bool) (url string, asked *atomic.Int64) {
	asked = new(atomic.Int64)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Messages []struct{ Role, Content string }
			Continue bool  `json:"continue_final_message"`
			Generate *bool `json:"add_generation_prompt"`
			Seed     int64
		}
		data, _ := io.ReadAll(r.Body)
		n := asked.Add(1)
		if err := json.Unmarshal(data, &body); err != nil || broken(n) {
			http.Error(w, "no", http.StatusUnprocessableEntity)
			return
		}
		last := body.Messages[len(body.Messages)-1]
		text := "Together 46 + 38 = 94 items.\n"
		if last.Role == "assistant" {
			if !body.Continue || body.Generate == nil || *body.Generate || !strings.HasSuffix(last.Content, "84 items.\n") {
				t.Errorf("the prefix was sent as %s", data)
			}
			text = "That costs 84 * 12 = 998 dollars."
		}
		if body.Seed%2 == 0 {
			text = "It is 46 + 38 = 84 items.\n84 * 12 = 1008\n#### 1008"
		}
		json.NewEncoder(w).Encode(map[string]any{"choices": []any{map[string]any{"message": map[string]any{"content": text}, "finish_reason": "stop"}}})
	}))
	t.Cleanup(s.Close)
	return s.URL + "/v1", asked
}

func graft(t *testing.T, want int, args ...string) (out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	if code := cli.Run(context.Background(), behaviors.Suite, args, strings.NewReader(""), &o, &e); code != want {
		t.Fatalf("graft %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), code, want, o.String(), e.String())
	}
	return o.String(), e.String()
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// A model's own wrong steps after gold prefixes are sampled, woven in, and proved
// again; a second run asks nothing, and writes the same bytes.
func TestSampledStepsBecomeEdits(t *testing.T) {
	dir := t.TempDir()
	traces := write(t, filepath.Join(dir, "traces.jsonl"), shopTraces)
	url, asked := aModel(t, func(int64) bool { return false })
	rollouts := filepath.Join(dir, "r.jsonl")
	sample := []string{"sample", traces, "--endpoint", url, "--model", "m", "--prefix-steps", "-k", "6", "-o", rollouts, "--policy", "sha256:ab"}
	out, _ := graft(t, 0, sample...)
	if !strings.Contains(out, "12 requests = 12 answered; 0 of them from the cache; 2 lines") || asked.Load() != 12 {
		t.Errorf("%d asked: %s", asked.Load(), out)
	}
	first, _ := os.ReadFile(rollouts)
	out, _ = graft(t, 0, sample...)
	again, _ := os.ReadFile(rollouts)
	if asked.Load() != 12 || !bytes.Equal(first, again) || !strings.Contains(out, "12 of them from the cache") {
		t.Errorf("the second run: %d asked, same bytes %v: %s", asked.Load(), bytes.Equal(first, again), out)
	}
	recipe := write(t, filepath.Join(dir, "recipe.yaml"), `version: 1
traces: [{path: traces.jsonl}]
errors: {accept: [onpolicy], rollouts: [r.jsonl]}
behaviors: [{use: backtracking, select: {per: site, rate: 1}}]
`)
	build := filepath.Join(dir, "out")
	out, _ = graft(t, 0, "build", recipe, "-o", build)
	if !strings.Contains(out, "2 edits proved: onpolicy\n") {
		t.Errorf("the report does not count by grade:\n%s", out)
	}
	for file, want := range map[string]string{"manifest.json": `"proof_onpolicy": 2`, "README.md": "| onpolicy | 2 | a model's own", "stats.json": `"error_files"`} {
		if data, _ := os.ReadFile(filepath.Join(build, file)); !strings.Contains(string(data), want) {
			t.Errorf("%s does not say %s", file, want)
		}
	}
	graft(t, 0, "check", build)
	out, _ = graft(t, 0, "show", build)
	if !strings.Contains(out, "onpolicy: ") || !strings.Contains(out, "of 6 samples of policy sha256:ab at temperature 0.7") {
		t.Errorf("no edit of the policy's own:\n%s", out)
	}
}

// Whole attempts are records that graft build reads.
func TestSampledAttemptsAreBuilt(t *testing.T) {
	dir := t.TempDir()
	traces := write(t, filepath.Join(dir, "traces.jsonl"), shopTraces)
	url, _ := aModel(t, func(int64) bool { return false })
	graft(t, 0, "sample", traces, "--endpoint", url, "--model", "m", "-k", "8", "-o", filepath.Join(dir, "a.jsonl"))
	recipe := write(t, filepath.Join(dir, "recipe.yaml"), "version: 1\ntraces: [{path: a.jsonl}]\n")
	out, _ := graft(t, 0, "build", recipe, "-o", filepath.Join(dir, "out"))
	if !strings.Contains(out, "8 attempts = ") || !strings.Contains(out, " samples + ") {
		t.Errorf("built:\n%s", out)
	}
}

// Failed requests are counted, the exit code says so, and what was answered is
// written; a denied key ends the run.
func TestSamplingThatFails(t *testing.T) {
	dir := t.TempDir()
	traces := write(t, filepath.Join(dir, "traces.jsonl"), shopTraces)
	url, _ := aModel(t, func(n int64) bool { return n%3 == 0 })
	args := []string{"sample", traces, "--endpoint", url, "--model", "m", "-k", "6", "-j", "1", "-o", filepath.Join(dir, "r.jsonl")}
	out, _ := graft(t, 1, args...)
	if !strings.Contains(out, "6 requests = 4 answered + 2 request") {
		t.Errorf("told: %s", out)
	}
	for _, bad := range [][]string{
		{"--model", "m"}, {"--endpoint", "nowhere", "--model", "m"}, {"--endpoint", url}, {"--model", dir},
		{"--endpoint", url, "--model", "m", "--temperature", "warm"}, {"--endpoint", url, "--model", "m", "-k", "0"},
	} {
		graft(t, 2, append([]string{"sample", traces, "-o", filepath.Join(dir, "x.jsonl")}, bad...)...)
	}
}
