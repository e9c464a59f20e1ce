package train

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/format/shard"
	"github.com/seed-cdf14512/graft/train/internal/model"
	"github.com/seed-cdf14512/graft/train/internal/weights"
)

// refused runs and wants an error that says all of the words.
func refused(t *testing.T, run *SFT, words ...string) {
	t.Helper()
	_, err := run.Train(context.Background(), Options{})
	for _, w := range words {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("error %v, want one with %q", err, w)
		}
	}
}

// What cannot be trained on is refused before the first step, and says why.
func TestRefusedData(t *testing.T) {
	word := toyRow(0, []int{20})
	word.InputIDs[7] = toyVocab
	untrained := toyRow(0, []int{20})
	for i := range untrained.SpanName {
		untrained.SpanName[i] = 1 // user
	}
	for name, c := range map[string]struct {
		rows  []*shard.Row
		words []string
	}{
		"a word too many":    {[]*shard.Row{word}, []string{"row 0: token 7 has id 40, but the model has 40 words"}},
		"nothing to learn":   {[]*shard.Row{untrained}, []string{"none of its tokens has a weight above 0 with data.mode spans"}},
		"a row too long":     {[]*shard.Row{toyRow(0, []int{701})}, []string{"batch.tokens is 700; a row of", "has 701"}},
		"no rows":            {nil, []string{"has no rows to train on"}},
		"one step untrained": {[]*shard.Row{toyRow(0, []int{500}), widen(untrained, 35)}, []string{"no token of this step has a weight above 0", "row 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			run := toyRun(t, toyBuild(t, map[string][]*shard.Row{"train": c.rows}), "epochs: 1")
			run.Batch.Accumulate = 1
			refused(t, run, c.words...)
		})
	}
}

// A model that the kernels of a GPU do not fit is refused before a GPU is looked for,
// and before what takes long, by the file that says so.
func TestHeadsOfNoGPU(t *testing.T) {
	run := toyRun(t, toyBuild(t, map[string][]*shard.Row{"train": {toyRow(0, []int{20})}}), "epochs: 1")
	run.Device = "cuda" // as --device does
	refused(t, run, "model.fresh: heads are ", " wide; attention on a GPU has 64 and 128; device cpu takes any")
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "config.json"), []byte(`{"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 64, "hidden_size": 160, "num_hidden_layers": 1,
		"num_attention_heads": 2, "intermediate_size": 64, "max_position_embeddings": 64, "rms_norm_eps": 1e-5, "rope_theta": 10000, "hidden_act": "silu"}`), 0o666))
	_, _, err := opening{model: dir, device: "cuda"}.open()
	if want := filepath.Join(dir, "config.json") + ": heads are 80 wide; attention on a GPU has 64 and 128; device cpu takes any"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// widen repeats the documents of a row.
func widen(r *shard.Row, n int) *shard.Row {
	out := new(shard.Row)
	for range n {
		at := int32(len(out.InputIDs))
		out.InputIDs = append(out.InputIDs, r.InputIDs...)
		out.SeqLengths = append(out.SeqLengths, r.SeqLengths...)
		out.RecordID = append(out.RecordID, r.RecordID...)
		for i := range r.SpanEnd {
			out.SpanEnd = append(out.SpanEnd, at+r.SpanEnd[i])
			out.SpanName = append(out.SpanName, r.SpanName[i])
			out.SpanEdit = append(out.SpanEdit, 0)
		}
	}
	return out
}

// In mode all nothing is masked, in mode answer the slip is trained too.
func TestModes(t *testing.T) {
	build := toyBuild(t, toySplits())
	want := map[string][]float32{"spans": {0, 0, 1, 1, 0, 1}, "answer": {0, 0, 1, 1, 1, 1}, "all": {1, 1, 1, 1, 1, 1}}
	for mode, w := range want {
		b, err := openBuild(build, mode)
		must(t, err)
		for i, name := range toyNames {
			if b.weights[i] != w[i] {
				t.Errorf("mode %s: %s has weight %g, want %g", mode, name, b.weights[i], w[i])
			}
		}
	}
}

// A build of which a byte was changed is not trained on.
func TestRefusesChangedBuild(t *testing.T) {
	build := toyBuild(t, toySplits())
	path := filepath.Join(build, "shards", "train-00000.parquet")
	flip(t, path)
	refused(t, toyRun(t, build, "steps: 1"), "is not the build that its manifest describes", "train-00000.parquet: changed")
}

func flip(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	b[len(b)/2] ^= 1
	must(t, os.WriteFile(path, b, 0o666))
}

// A checkpoint is loaded whole and as it was written, or not at all; what a
// killed process left half-written is no checkpoint.
func TestCheckpointsAreWhole(t *testing.T) {
	build := toyBuild(t, toySplits())
	for _, file := range []string{"model/model.safetensors", "model/optimizer.safetensors", "state.json"} {
		run := toyRun(t, build, "steps: 4\nevery: {checkpoint: 2}")
		trained(t, run)
		must(t, os.RemoveAll(filepath.Join(run.Out, modelName)))
		newest := filepath.Join(run.Out, checkpoints, "step-0000000004")
		flip(t, filepath.Join(newest, file))
		refused(t, run, "step-0000000004: ", "remove that folder to go on from the one before")

		must(t, os.RemoveAll(newest))
		half := filepath.Join(run.Out, checkpoints, ".step-0000000004.partial-123")
		must(t, os.MkdirAll(half, 0o777))
		must(t, os.WriteFile(filepath.Join(half, stateName), []byte("{"), 0o666))
		if r := trained(t, run); r.From != 2 || r.Done != 4 {
			t.Errorf("went on from step %d to %d, want 2 to 4", r.From, r.Done)
		}
		if exists(half) {
			t.Error("what the killed process left is still there")
		}
	}
}

// No byte of a state may differ: a run that went on from another position would
// be another run, and nothing would say so.
func TestEveryByteOfAState(t *testing.T) {
	run := toyRun(t, toyBuild(t, toySplits()), "steps: 2")
	trained(t, run)
	path := filepath.Join(run.Out, checkpoints, "step-0000000002", stateName)
	whole, err := os.ReadFile(path)
	must(t, err)
	if _, err := readState(path); err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		for _, bad := range [][]byte{whole[:i], slices.Concat(whole[:i], []byte{whole[i] ^ 1<<(i%8)}, whole[i+1:]), slices.Concat(whole[:i], []byte{whole[i] ^ 1}, whole[i+1:])} {
			must(t, os.WriteFile(path, bad, 0o666))
			if _, err := readState(path); err == nil {
				t.Errorf("with another byte %d of %d: %q is read", i, len(whole), bad)
			}
		}
	}
}

// No more checkpoints are kept than asked for.
func TestKeep(t *testing.T) {
	run := toyRun(t, toyBuild(t, toySplits()), "steps: 6\nevery: {checkpoint: 1}\nkeep: 3")
	trained(t, run)
	entries, err := os.ReadDir(filepath.Join(run.Out, checkpoints))
	must(t, err)
	if len(entries) != 3 || entries[0].Name() != "step-0000000004" {
		t.Errorf("kept %v, want the three newest", entries)
	}
}

// A folder holds one run: another one is refused with what differs, and so is a
// second process.
func TestFolderIsOfOneRun(t *testing.T) {
	build := toyBuild(t, toySplits())
	run := toyRun(t, build, "steps: 2")
	trained(t, run)
	other := *run
	other.Optimizer.LR = exact("0.02")
	refused(t, &other, "holds another run", "run.optimizer.lr is 0.01 there and 0.02 here")

	moved := *run
	moved.Threads, moved.Every.Validate = 2, 7
	if r := trained(t, &moved); r.Done != 2 {
		t.Errorf("threads and events make another run of it: %+v", r)
	}

	text, err := os.ReadFile(filepath.Join(run.Out, runName))
	must(t, err)
	lock, err := openFolder(run.Out, text)
	must(t, err)
	refused(t, run, "another process is at work in it")
	must(t, lock.close())

	full := toyRun(t, build, "steps: 2")
	must(t, os.MkdirAll(full.Out, 0o777))
	must(t, os.WriteFile(filepath.Join(full.Out, "thesis.tex"), nil, 0o666))
	refused(t, full, "is not empty and holds no run (thesis.tex is in it)")
}

// What the folder of a model claims is held against its weights before memory is
// taken for it, and what is no plain file is not read.
func TestHostileModelFolder(t *testing.T) {
	build := toyBuild(t, toySplits())
	for name, c := range map[string]struct {
		spoil func(dir string) error
		word  string
	}{
		"a config of another size": {func(dir string) error {
			path := filepath.Join(dir, "config.json")
			b, err := os.ReadFile(path)
			must(t, err)
			return os.WriteFile(path, []byte(strings.Replace(string(b), `"intermediate_size": 24`, `"intermediate_size": 1048576`, 1)), 0o666)
		}, `has shape [24 16]: config.json makes it [1048576 16]`},
		"a config without end": {func(dir string) error { return replaced(dir, "config.json") }, "want a plain file"},
		"weights without end":  {func(dir string) error { return replaced(dir, "model.safetensors") }, "is no plain file"},
	} {
		t.Run(name, func(t *testing.T) {
			path := savedModel(t, build, "{}", nil)
			if err := c.spoil(path); err != nil {
				t.Skip(err)
			}
			run := fromPath(toyRun(t, build, "steps: 1"), path)
			run.Batch.Tokens = 1 << 16 // no machine has memory for what that config claims
			refused(t, run, c.word)
		})
	}
}

// replaced puts a device that gives zeros for ever in the place of a file.
func replaced(dir, name string) error {
	if _, err := os.Stat("/dev/zero"); err != nil {
		return err
	}
	return errors.Join(os.Remove(filepath.Join(dir, name)), os.Symlink("/dev/zero", filepath.Join(dir, name)))
}

// A run that is refused leaves no folder, and one that was killed before its first
// step does not hold it against another.
func TestRefusedRunHoldsNoFolder(t *testing.T) {
	build := toyBuild(t, toySplits())
	run := fromPath(toyRun(t, build, "steps: 1"), savedModel(t, build, "{}", func(m *model.Model) { poison(m, 1) }))
	refused(t, run, "which is no weight")
	if exists(run.Out) {
		t.Error("a run that was refused leaves a folder")
	}
	run.Model.Path = savedModel(t, build, "{}", nil)
	must(t, os.MkdirAll(run.Out, 0o777))
	must(t, os.WriteFile(filepath.Join(run.Out, runName), []byte("{}\n"), 0o666))
	trained(t, run)
	run.Optimizer.LR = exact("0.03")
	refused(t, run, "holds another run")
}

// savedModel writes a fresh toy model as a folder, with what tokenizer there is.
func savedModel(t *testing.T, build, tokenizer string, change func(*model.Model)) string {
	t.Helper()
	run := toyRun(t, build, "steps: 1")
	run.Model.Fresh.Untied = true
	s := opened(t, run)
	if change != nil {
		change(s.model)
	}
	dir := filepath.Join(t.TempDir(), "model")
	x := model.Export{Type: weights.F32}
	if tokenizer != "" {
		x.Files = map[string][]byte{tokenizerName: []byte(tokenizer)}
	}
	must(t, s.model.Save(dir, x))
	return dir
}

func fromPath(run *SFT, path string) *SFT {
	run.Model.Path, run.Model.Fresh = path, nil
	return run
}

// A loss that is no number stops the run with its batch named and saved, and no
// weight changed: the checkpoint before is still the last.
func TestStopsOnNaN(t *testing.T) {
	rows := toyRows(6, 0)
	rows[4].InputIDs[3] = toyVocab - 2 // a word that stands nowhere else
	build := toyBuild(t, map[string][]*shard.Row{"train": rows})
	run := toyRun(t, build, "epochs: 1\nevery: {checkpoint: 1, validate: 0}")
	run.Batch.Accumulate, run.Batch.Tokens = 1, 330
	run.Optimizer.Clip, run.Model.Fresh.Untied = exact("0"), true
	s := opened(t, run)
	poison(s.model, toyVocab-2)
	err := s.loop(context.Background())
	report := s.report
	if err == nil || !strings.Contains(err.Error(), "the loss of micro-batch 1 is NaN") || !strings.Contains(err.Error(), "is saved in "+run.Out) {
		t.Fatalf("error %v", err)
	}
	if report.Done < 1 {
		t.Fatal("the bad word came first: this test shows nothing")
	}
	saved, err := filepath.Glob(filepath.Join(run.Out, "stopped", "*.json"))
	if err != nil || len(saved) != 1 {
		t.Fatal(saved, err)
	}
	b, err := os.ReadFile(saved[0])
	must(t, err)
	var got stoppedBatch
	must(t, json.Unmarshal(b, &got))
	from := got.Micros[0].Sources
	if got.Step != report.Done+1 || !slices.Contains(got.Micros[0].IDs, toyVocab-2) || from[len(from)-1].Row != 4 && from[0].Row != 4 {
		t.Errorf("saved step %d after %d, rows %+v", got.Step, report.Done, from)
	}
	st, _, err := shelf{dir: filepath.Join(run.Out, checkpoints)}.newest()
	if err != nil || st.Step != report.Done {
		t.Errorf("the last checkpoint is of step %d, want %d: %v", st.Step, report.Done, err)
	}
}

// A fresh model is given the context that its documents have, and a trained one
// that is led beyond its own says so.
func TestContext(t *testing.T) {
	build := toyBuild(t, toySplits())
	path := savedModel(t, build, "{}", func(m *model.Model) {})
	short := toyRun(t, build, "steps: 1")
	short.Model.Fresh.Context = 126
	refused(t, short, "model.fresh.context is 126; the longest document of", "has 127 tokens")
	short.Model.Fresh.Context = 127
	trained(t, short)

	config := filepath.Join(path, "config.json")
	b, err := os.ReadFile(config)
	must(t, err)
	const full = `"max_position_embeddings": 4096`
	if !strings.Contains(string(b), full) {
		t.Fatalf("no %s in %s", full, b)
	}
	for positions, want := range map[string]bool{"126": true, "127": false} {
		must(t, os.WriteFile(config, []byte(strings.Replace(string(b), full, `"max_position_embeddings": `+positions, 1)), 0o666))
		var said []string
		_, err = fromPath(toyRun(t, build, "steps: 1"), path).Train(context.Background(), Options{Note: func(s string) { said = append(said, s) }})
		must(t, err)
		note := "the longest document has 127 tokens; the model's config.json promises 126"
		if got := strings.Contains(strings.Join(said, "\n"), note); got != want {
			t.Errorf("a context of %s: %q", positions, said)
		}
	}
}

// The ids of a build mean nothing to a model with another tokenizer.
func TestRefusesAnotherTokenizer(t *testing.T) {
	build := toyBuild(t, toySplits())
	refused(t, fromPath(toyRun(t, build, "steps: 1"), savedModel(t, build, "", nil)), "has no tokenizer to compare with")
	same := fromPath(toyRun(t, build, "steps: 1"), savedModel(t, build, "{}", nil))
	trained(t, same)

	real, err := os.ReadFile("../testdata/example/corpus/tokenizer.json")
	must(t, err)
	path := savedModel(t, build, string(real), nil)
	b, err := openBuild(build, "spans")
	must(t, err)
	if _, err := compareTokenizers(filepath.Join(path, tokenizerName), b); err == nil {
		t.Error("a tokenizer that is none of graft's is the model's")
	}

	// The same tokenizer, with a word that is another, and with one word more.
	const last = `"special": true}
  ],`
	for name, c := range map[string]struct{ old, new, fault, note string }{
		"another": {"<|im_start|>", "<|im_begin|>", "token 0 is", ""},
		"more": {last, `"special": true},
    {"id": 1834, "content": "<|back|>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}
  ],`, "", "with 1 tokens more"},
		"same": {"\n\n\n", "", "", "with 0 tokens more"},
	} {
		b.dir = t.TempDir()
		must(t, os.WriteFile(filepath.Join(b.dir, tokenizerName), []byte(strings.ReplaceAll(string(real), c.old, c.new)), 0o666))
		note, err := compareTokenizers(filepath.Join(path, tokenizerName), b)
		if (err == nil) != (c.fault == "") || err != nil && !strings.Contains(err.Error(), c.fault) || !strings.HasSuffix(note, c.note) {
			t.Errorf("%s: note %q, error %v, want %q", name, note, err, c.fault)
		}
	}
}
