package augment_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format/shard"
	"github.com/seed-cdf14512/graft/format/token"
)

const controlRecipe = plain + `behaviors:
  - {use: retry_weak, select: {per: site, rate: 1}, with: {as: token, back: "<|back|>"}}
  - {use: backtracking, select: {per: site, rate: 1}}
  - {use: meta_tokens, select: {per: site, rate: 1}, with: {as: token, explore: "<|explore|>", reflect: "<|reflect|>", continue: "<|continue|>"}}
`

var controls = []string{"<|back|>", "<|explore|>", "<|reflect|>", "<|continue|>"}

// Control tokens that a recipe adds stand in the build's copy of the tokenizer,
// once each by id in every document that has them; Hugging Face's own tokenizer
// loads that copy and reads the same ids out of the same texts.
func TestAddedControlTokens(t *testing.T) {
	dir := t.TempDir()
	recipe := controlRecipe + "tokenize: {add: ['" + strings.Join(controls, "', '") + "']}\n" + traces("builtin:quickstart")
	out, rep := build(t, dir, recipe, augment.BuildOptions{})
	prove(t, out)
	balanced(t, out, rep)

	file := filepath.Join(out, "tokenizer.json")
	tok, err := token.Load([]byte(read(t, file)))
	if err != nil {
		t.Fatal(err)
	}
	type doc struct {
		Text string  `json:"text"`
		IDs  []int32 `json:"ids"`
	}
	var docs []doc
	total := map[string]int{}
	ids := map[string][]int32{}
	for _, f := range manifest(t, out).FilesOf("shards") {
		for _, row := range tableRows(t, &shard.Shards, filepath.Join(out, f.Path)) {
			at := 0
			for i, n := range row.SeqLengths {
				ids[row.RecordID[i]] = row.InputIDs[at : at+int(n)]
				at += int(n)
			}
		}
	}
	for _, r := range rows(t, out) {
		if strings.Count(r.Text, "<|im_end|>") == 2 { // where a source speaks of the token, text and ids differ by design
			docs = append(docs, doc{r.Text, ids[r.RecordID]})
		}
		for _, c := range controls {
			id, ok := tok.ID(c)
			if !ok {
				t.Fatalf("the build's tokenizer has no %s", c)
			}
			said := strings.Count(r.Text, c)
			if got := count(ids[r.RecordID], id); got != said {
				t.Errorf("record %s: %s stands %d times in the text and %d times in the ids", r.RecordID, c, said, got)
			}
			total[c] += said
		}
	}
	for _, c := range controls {
		if total[c] < 50 {
			t.Errorf("%s stands %d times in the build", c, total[c])
		}
	}
	python := cmp.Or(os.Getenv("GRAFT_PYTHON"), "python3")
	if exec.Command(python, "-c", "import tokenizers").Run() != nil {
		t.Skip("the rest needs PyPI tokenizers: set GRAFT_PYTHON to an interpreter that has it")
	}
	in, err := json.Marshal(docs)
	if err != nil {
		t.Fatal(err)
	}
	script := `import json, sys, tokenizers
t = tokenizers.Tokenizer.from_file(sys.argv[1])
docs = json.load(sys.stdin)
wrong = [d for d in docs if t.encode(d["text"], add_special_tokens=False).ids != d["ids"]]
print(len(docs), len(wrong))`
	cmd := exec.Command(python, "-c", script, file)
	cmd.Stdin = bytes.NewReader(in)
	got, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{strconv.Itoa(len(docs)), "0"}; !slices.Equal(strings.Fields(string(got)), want) {
		t.Errorf("documents and different ones: %s, want %v", got, want)
	}
}

// Without tokenize.add the same behaviors are refused, by a reason that says what to write.
func TestMissingControlTokens(t *testing.T) {
	dir := t.TempDir()
	out, rep := build(t, dir, controlRecipe+traces("builtin:quickstart"), augment.BuildOptions{})
	for _, u := range rep.Uses {
		if n := u.Rejections["no-token"]; (n > 0) != (u.Behavior != "backtracking") {
			t.Errorf("%s: %d edits refused as no-token", u.Behavior, n)
		}
	}
	for _, j := range rejections(t, out) {
		if j.Code == "no-token" && !strings.Contains(j.Detail, "tokenize.add") {
			t.Errorf("the reason does not say what to write: %s", j.Detail)
		}
	}
	_, err := augment.Build(context.Background(), load(t, dir, plain+"tokenize: {add: ['a']}\n"+traces("builtin:quickstart")), t.TempDir(), augment.BuildOptions{})
	if err == nil || !strings.Contains(err.Error(), "tokenize.add") {
		t.Errorf("a letter of the alphabet as a control token: %v", err)
	}
}

func count(ids []int32, id int32) (n int) {
	for _, x := range ids {
		if x == id {
			n++
		}
	}
	return n
}
