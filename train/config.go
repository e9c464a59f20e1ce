package train

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/strict"
	"github.com/seed-cdf14512/graft/train/internal/model"
)

// An SFT is the run file of supervised fine-tuning. Paths are relative to the
// folder of the file. The tags declare every key once; see package strict.
type SFT struct {
	Version   int       `json:"version" range:"1,1" jsonschema:"version of the run language, 1"`
	Seed      uint64    `json:"seed,omitempty" range:"0,9007199254740991" jsonschema:"the one seed of all chance: fresh weights and the order of rows"`
	Model     ModelRun  `json:"model" jsonschema:"the model to train"`
	LoRA      *LoRARun  `json:"lora,omitempty" jsonschema:"train adapters of low rank beside the model, which stays as it is; left out, all weights are trained"`
	Data      DataRun   `json:"data" jsonschema:"what to train on"`
	Batch     BatchRun  `json:"batch,omitzero" jsonschema:"how much of it at once"`
	Steps     int64     `json:"steps,omitempty" range:"0,1000000000" jsonschema:"updates of the weights; this or epochs"`
	Epochs    int64     `json:"epochs,omitempty" range:"0,1000000" jsonschema:"times that every row is seen; this or steps"`
	Optimizer Optimizer `json:"optimizer" jsonschema:"AdamW and the course of its learning rate"`
	Evaluate  AnswerRun `json:"evaluate,omitzero" jsonschema:"the problems that the model is asked on the way"`
	Every     EveryRun  `json:"every,omitzero" jsonschema:"what happens every so many steps; 0 is never"`
	Device    string    `json:"device,omitempty" default:"auto" enum:"auto,cuda,cpu" jsonschema:"what computes: auto takes the GPU where there is one, and otherwise the CPU"`
	Threads   int       `json:"threads,omitempty" range:"0,1024" jsonschema:"threads of the cpu; 0 is one a processor. They change no bit"`
	Out       string    `json:"out" range:"1," jsonschema:"folder of the run"`
	Keep      int       `json:"keep,omitempty" default:"2" range:"1,1000000" jsonschema:"checkpoints to keep"`
}

// A ModelRun says where the weights come from: a folder or a fresh shape.
type ModelRun struct {
	Path       string `json:"path,omitempty" jsonschema:"folder with config.json and safetensors, as Hugging Face writes them"`
	Fresh      *Fresh `json:"fresh,omitempty" jsonschema:"a new model of this shape, with random weights"`
	Recompute  bool   `json:"recompute,omitempty" jsonschema:"keep only the input of each layer and compute the rest again in the backward pass: less memory, same bits"`
	Unverified bool   `json:"unverified_tokenizer,omitempty" jsonschema:"train although the folder of the model holds no tokenizer.json to compare with that of the data"`
}

// Fresh is the shape of a new model.
type Fresh struct {
	Family  string     `json:"family,omitempty" default:"llama" enum:"llama,qwen2,qwen3" jsonschema:"llama; qwen2 has biases on query, key and value; qwen3 norms of heads"`
	Vocab   int        `json:"vocab,omitempty" range:"0,16777216" jsonschema:"words; 0 is as many as the tokenizer of the data has"`
	Width   int        `json:"width" range:"2,65536" jsonschema:"width of the stream"`
	Layers  int        `json:"layers" range:"1,1000" jsonschema:"number of layers"`
	Heads   int        `json:"heads" range:"1,4096" jsonschema:"query heads"`
	KVHeads int        `json:"kv_heads,omitempty" range:"0,4096" jsonschema:"key and value heads; 0 is as many as query heads"`
	HeadDim int        `json:"head_dim,omitempty" range:"0,4096" jsonschema:"width of a head; 0 is width / heads"`
	FFN     int        `json:"ffn" range:"1,1048576" jsonschema:"width of the feed-forward layer"`
	Context int        `json:"context,omitempty" default:"4096" range:"1,16777216" jsonschema:"longest document, as config.json will say"`
	Theta   format.Num `json:"theta,omitzero" default:"10000" range:"1," jsonschema:"base of the rotary angles"`
	Init    format.Num `json:"init,omitzero" default:"0.02" range:"0,10" jsonschema:"standard deviation of fresh matrices; a narrow model that shall bear a high learning rate wants more, 0.08"`
	Untied  bool       `json:"untied,omitempty" jsonschema:"an output layer of its own, not that of the embedding"`
}

// A DataRun says what to train on.
type DataRun struct {
	Build string `json:"build" range:"1," jsonschema:"folder that graft build made"`
	Mode  string `json:"mode,omitempty" default:"spans" enum:"all,answer,spans" jsonschema:"spans: weights of the manifest by span name; answer: 1 for all but template, system and user; all: 1 for every token"`
}

// A BatchRun says how many tokens are worked on at once.
type BatchRun struct {
	Tokens     int `json:"tokens,omitempty" default:"8192" range:"2,16777216" jsonschema:"most tokens of a micro-batch; it holds whole rows, and one at least"`
	Accumulate int `json:"accumulate,omitempty" default:"1" range:"1,65536" jsonschema:"micro-batches of a step; their losses have one divisor"`
}

// An EveryRun counts steps between events. The last step has them all but 0.
type EveryRun struct {
	Validate   int64 `json:"validate,omitempty" default:"100" range:"0," jsonschema:"loss of the validation split, by span name"`
	Checkpoint int64 `json:"checkpoint,omitempty" default:"100" range:"0," jsonschema:"checkpoint to resume from"`
	Evaluate   int64 `json:"evaluate,omitempty" range:"0," jsonschema:"share of right answers to the prompts of evaluate"`
	Samples    int64 `json:"samples,omitempty" range:"0," jsonschema:"answers to the first prompts of evaluate, written to samples.jsonl with their rewards"`
}

// runKind is what the decoder's messages call a run file.
var runKind = strict.Kind{Noun: "run file", Start: "graft help train sft shows one to start from"}

// LoadSFT reads the run file at path. The run is nil where the diagnostics have
// more than warnings; an error means that there was nothing to judge.
func LoadSFT(path string) (*SFT, strict.Diagnostics, error) {
	data, err := readRun(path)
	if err != nil {
		return nil, nil, err
	}
	return ParseSFT(path, data)
}

// readRun reads no more than the decoder would accept.
func readRun(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, strict.MaxBytes+1))
}

// ParseSFT is LoadSFT for a run file in memory; its paths are made relative to
// where name stands.
func ParseSFT(name string, data []byte) (*SFT, strict.Diagnostics, error) {
	d := strict.New(name, runKind, nil)
	run := new(SFT)
	if !d.Decode(data, run) {
		return nil, d.Found, nil
	}
	checkModel(d, &run.Model, run.Device)
	run.LoRA.check(d, &run.Model)
	run.Optimizer.check(d)
	if (run.Steps > 0) == (run.Epochs > 0) {
		d.At("steps", strict.BadValue, "a run has either steps or epochs; this one has %d steps and %d epochs", run.Steps, run.Epochs)
	}
	dir := filepath.Dir(name)
	run.Data.Build, run.Out = beside(dir, run.Data.Build), beside(dir, run.Out)
	run.Model.Path, run.Evaluate.Prompts = beside(dir, run.Model.Path), beside(dir, run.Evaluate.Prompts)
	if run.Evaluate.Until.Sign() > 0 && run.Every.Evaluate == 0 {
		d.At("evaluate.until", strict.BadValue, "nothing is measured: every.evaluate is 0")
	}
	d.Found.Sort()
	if d.Found.Failed() {
		return nil, d.Found, nil
	}
	return run, d.Found, nil
}

// beside is path, relative to dir.
func beside(dir, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

func checkModel(d *strict.Decoder, m *ModelRun, device string) {
	if (m.Path == "") == (m.Fresh == nil) {
		d.At("model", strict.BadValue, "a model has either a path or a fresh shape")
		return
	}
	f := m.Fresh
	if f == nil {
		return
	}
	if f.KVHeads == 0 {
		f.KVHeads = f.Heads
	}
	if f.HeadDim == 0 && f.Heads > 0 {
		if f.Width%f.Heads != 0 {
			d.At("model.fresh.width", strict.BadValue, "%d is no multiple of %d heads; write head_dim", f.Width, f.Heads)
		}
		f.HeadDim = f.Width / f.Heads
	}
	if f.KVHeads > 0 && f.Heads%f.KVHeads != 0 {
		d.At("model.fresh.kv_heads", strict.BadValue, "%d heads are no multiple of %d", f.Heads, f.KVHeads)
	}
	if f.HeadDim%2 != 0 {
		d.At("model.fresh.head_dim", strict.BadValue, "%d is odd: rotary positions turn pairs", f.HeadDim)
	}
	if err := fits(model.Config{Heads: f.Heads, KVHeads: f.KVHeads, HeadDim: f.HeadDim}); err != nil && device == "cuda" {
		d.At("model.fresh.head_dim", strict.BadValue, "%v; device cpu takes any", err)
	}
}

// Schemas are the JSON Schemas of run files, by the name of their file without
// .schema.json.
func Schemas() (map[string][]byte, error) {
	all := map[string][]byte{}
	for _, f := range []struct {
		name, verb string
		run        any
	}{{"train", "graft train sft", SFT{}}, {"rft", "graft train rft", RFT{}}} {
		b, err := strict.Describe(f.verb, f.run)
		if err != nil {
			return nil, fmt.Errorf("schema of the run files of %s: %w", f.verb, err)
		}
		all[f.name] = b
	}
	return all, nil
}
