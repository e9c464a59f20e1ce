package train

import (
	"path/filepath"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/strict"
	"github.com/seed-cdf14512/graft/train/internal/rl"
)

// An RFT is the run file of reinforcement fine-tuning. Paths are relative to the
// folder of the file.
type RFT struct {
	Version   int          `json:"version" range:"1,1" jsonschema:"version of the run language, 1"`
	Seed      uint64       `json:"seed,omitempty" range:"0,9007199254740991" jsonschema:"the one seed of all chance: the order of prompts and what is drawn for them"`
	Model     ModelRun     `json:"model" jsonschema:"the model to train; it is also the frozen reference"`
	LoRA      *LoRARun     `json:"lora,omitempty" jsonschema:"train adapters of low rank beside the model, which stays as it is; left out, all weights are trained"`
	Prompts   string       `json:"prompts" range:"1," jsonschema:"folder that graft build made, with prompts"`
	Rollout   RolloutRun   `json:"rollout,omitzero" jsonschema:"what is drawn for an update"`
	Algorithm string       `json:"algorithm,omitempty" default:"grpo" enum:"grpo,dr_grpo,dapo,rloo" jsonschema:"how rewards become a gradient"`
	Objective ObjectiveRun `json:"objective,omitzero" jsonschema:"terms of the loss, where they differ from the algorithm's"`
	Reward    RewardRun    `json:"reward,omitzero" jsonschema:"what a response earns beside 1 for a right answer"`
	Batch     BatchRun     `json:"batch,omitzero" jsonschema:"how many tokens are worked on at once; accumulate has no meaning here"`
	Steps     int64        `json:"steps" range:"1,1000000000" jsonschema:"batches of rollouts"`
	Optimizer Optimizer    `json:"optimizer" jsonschema:"AdamW and the course of its learning rate"`
	Evaluate  EvaluateRun  `json:"evaluate,omitzero" jsonschema:"what is measured on the way"`
	Every     RFTEvery     `json:"every,omitzero" jsonschema:"what happens every so many steps; 0 is never"`
	Device    string       `json:"device,omitempty" default:"auto" enum:"auto,cuda,cpu" jsonschema:"what computes: auto takes the GPU where there is one, and otherwise the CPU"`
	Threads   int          `json:"threads,omitempty" range:"0,1024" jsonschema:"threads of the cpu; 0 is one a processor. They change no bit"`
	Out       string       `json:"out" range:"1," jsonschema:"folder of the run"`
	Keep      int          `json:"keep,omitempty" default:"2" range:"1,1000000" jsonschema:"checkpoints to keep"`
}

// A RolloutRun says what is drawn for an update.
type RolloutRun struct {
	Prompts     int        `json:"prompts,omitempty" default:"32" range:"1,1000000" jsonschema:"prompts of a batch"`
	Samples     int        `json:"samples,omitempty" default:"16" range:"2,100000" jsonschema:"responses to each: the group"`
	MaxTokens   int        `json:"max_tokens,omitempty" default:"512" range:"1,1048576" jsonschema:"longest response, its end included"`
	Temperature format.Num `json:"temperature,omitzero" default:"1" range:"0,100" jsonschema:"logits are divided by it, when drawing and when scoring; above 0"`
	TopP        format.Num `json:"top_p,omitzero" default:"1" range:"0,1" jsonschema:"share of probability to draw from"`
	TopK        int        `json:"top_k,omitempty" range:"0,16777216" jsonschema:"likeliest tokens to draw from; 0 is all"`
	Stop        []string   `json:"stop,omitempty" jsonschema:"tokens that end a response beside the model's end of text and the end of a turn in the build"`
	AtOnce      int        `json:"at_once,omitempty" default:"64" range:"1,65536" jsonschema:"sequences that are decoded together; it changes no bit"`
	Refill      int        `json:"refill,omitempty" default:"4" range:"1,1000" jsonschema:"with dapo: batches of prompts to try at most until enough groups hold right and wrong responses"`
}

// An ObjectiveRun changes terms of the algorithm's loss.
type ObjectiveRun struct {
	ClipLow  *format.Num `json:"clip_low,omitempty" range:"0,1" jsonschema:"how far below 1 a ratio counts"`
	ClipHigh *format.Num `json:"clip_high,omitempty" range:"0," jsonschema:"how far above 1 a ratio counts"`
	KL       format.Num  `json:"kl,omitzero" range:"0,100" jsonschema:"coefficient of the divergence from the frozen reference (k3)"`
	Entropy  format.Num  `json:"entropy,omitzero" range:"-100,100" jsonschema:"coefficient of the entropy bonus"`
	CutKL    format.Num  `json:"cut_kl,omitzero" range:"0," jsonschema:"mean divergence at which a response is left out of the loss; 0 is never"`
	Spread   string      `json:"spread,omitempty" enum:"none,population,sample" jsonschema:"what a group's rewards are divided by: nothing, or a standard deviation; left out, as the algorithm has it"`
	Eps      *format.Num `json:"eps,omitempty" range:"0,1" jsonschema:"added to the deviation"`
	Updates  int         `json:"updates,omitempty" default:"1" range:"1,100000" jsonschema:"updates of the weights from one batch, each from its share of the groups"`
}

// An EvaluateRun says what is measured every so many steps, and at both ends.
type EvaluateRun struct {
	Prompts     string     `json:"prompts,omitempty" jsonschema:"folder that graft build made, with held-out prompts; left out, nothing is measured"`
	Limit       int        `json:"limit,omitempty" range:"0," jsonschema:"prompts, the first of the build; 0 is all"`
	Samples     int        `json:"samples,omitempty" range:"0,100000" jsonschema:"responses drawn for each, for pass@k; 0 measures greedy decoding only"`
	K           []int      `json:"k,omitempty" jsonschema:"pass@k for these k; left out, 1 and all samples"`
	Temperature format.Num `json:"temperature,omitzero" default:"1" range:"0,100" jsonschema:"of the samples"`
}

// RFTEvery counts steps between events.
type RFTEvery struct {
	Evaluate   int64 `json:"evaluate,omitempty" default:"20" range:"0," jsonschema:"accuracy on the held-out prompts"`
	Checkpoint int64 `json:"checkpoint,omitempty" default:"50" range:"0," jsonschema:"checkpoint to resume from"`
	Samples    int64 `json:"samples,omitempty" default:"20" range:"0," jsonschema:"responses with their rewards, written to samples.jsonl"`
}

// LoadRFT reads the run file at path. The run is nil where the diagnostics have
// more than warnings; an error means that there was nothing to judge.
func LoadRFT(path string) (*RFT, strict.Diagnostics, error) {
	data, err := readRun(path)
	if err != nil {
		return nil, nil, err
	}
	return ParseRFT(path, data)
}

// ParseRFT is LoadRFT for a run file in memory; its paths are made relative to
// where name stands.
func ParseRFT(name string, data []byte) (*RFT, strict.Diagnostics, error) {
	kind := runKind
	kind.Start = "graft help train rft shows one to start from"
	d := strict.New(name, kind, nil)
	run := new(RFT)
	if !d.Decode(data, run) {
		return nil, d.Found, nil
	}
	checkModel(d, &run.Model, run.Device)
	run.LoRA.check(d, &run.Model)
	run.Optimizer.check(d)
	run.check(d)
	dir := filepath.Dir(name)
	run.Prompts, run.Out = beside(dir, run.Prompts), beside(dir, run.Out)
	run.Model.Path, run.Evaluate.Prompts = beside(dir, run.Model.Path), beside(dir, run.Evaluate.Prompts)
	d.Found.Sort()
	if d.Found.Failed() {
		return nil, d.Found, nil
	}
	return run, d.Found, nil
}

// check applies the rules between values.
func (r *RFT) check(d *strict.Decoder) {
	if r.Model.Fresh != nil {
		d.At("model.fresh", strict.BadValue, "a fresh model answers nothing right, so nothing could be reinforced: name the path of a trained one")
	}
	if r.Rollout.Temperature.Sign() == 0 {
		d.At("rollout.temperature", strict.OutOfRange, "0 draws the same response every time, and a group of equals teaches nothing")
	}
	if n := r.Objective.Updates; n > r.Rollout.Prompts {
		d.At("objective.updates", strict.BadValue, "%d updates of a batch of %d groups: each needs one", n, r.Rollout.Prompts)
	}
	for _, k := range r.Evaluate.K {
		if k < 1 || k > r.Evaluate.Samples {
			d.At("evaluate.k", strict.BadValue, "pass@%d of %d samples: k must be 1 to the samples", k, r.Evaluate.Samples)
		}
	}
	if r.Batch.Accumulate > 1 {
		d.At("batch.accumulate", strict.BadValue, "a batch of rollouts is cut into as many micro-batches as it needs; leave it out")
	}
}

// algorithm is the named one with the run's changes.
func (r *RFT) algorithm() rl.Algorithm {
	a, o := *rl.Find(r.Algorithm), r.Objective
	if o.ClipLow != nil {
		a.Objective.ClipLow = float(*o.ClipLow)
	}
	if o.ClipHigh != nil {
		a.Objective.ClipHigh = float(*o.ClipHigh)
	}
	if o.Eps != nil {
		a.Advantage.Eps = float(*o.Eps)
	}
	switch o.Spread {
	case "none":
		a.Advantage.Spread = rl.None
	case "population":
		a.Advantage.Spread = rl.Population
	case "sample":
		a.Advantage.Spread = rl.Sample
	}
	a.Objective.KL, a.Objective.Entropy, a.Objective.CutKL = float(o.KL), float(o.Entropy), float(o.CutKL)
	if a.Objective.Reduce == rl.Constant && a.Objective.Length == 0 {
		a.Objective.Length = r.Rollout.MaxTokens
	}
	return a
}
