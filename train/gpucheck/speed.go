package gpucheck

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/seed-cdf14512/graft/train/internal/cuda"
	"github.com/seed-cdf14512/graft/train/internal/decode"
	"github.com/seed-cdf14512/graft/train/internal/device"
	"github.com/seed-cdf14512/graft/train/internal/model"
)

// A Load is how much work the stage of speed is.
type Load struct {
	Model     string // a name of Shapes
	Step      int    // tokens of a step of SFT
	Micro     int    // tokens of a micro-batch
	Warm      int    // steps before those that count
	Steps     int    // steps that count; their median is the result
	Seqs      int    // sequences that are decoded at once
	Prompt    int    // tokens of a prompt
	New       int    // tokens after it
	Prompts   int    // of the step of GRPO,
	Samples   int    // each answered so often,
	Response  int    // by so many tokens
	Recompute bool   // activation checkpointing
	Block     int    // tokens of a block of the cache
}

// Definition is the load that the numbers of the claims are defined by.
func Definition(name string) Load {
	return Load{Model: name, Step: 65536, Micro: 16384, Warm: 20, Steps: 50, Seqs: 256, Prompt: 128, New: 1024, Prompts: 64, Samples: 16, Response: 512, Block: 64}
}

// A Peak is what one H200 can do at most, which shares are taken of.
const (
	peakFLOPs = 989e12 // bf16, dense, a second
	peakBytes = 4.8e12 // a second
)

// Shapes are the models that speed is measured on: those of Qwen2.5, with random
// weights, and one for trying the stage itself.
func Shapes() map[string]model.Fresh {
	return map[string]model.Fresh{
		"0.5B": {Family: "qwen2", Vocab: 151936, Width: 896, Layers: 24, Heads: 14, KVHeads: 2, HeadDim: 64, FFN: 4864, Positions: 32768, Theta: 1e6},
		"1.5B": {Family: "qwen2", Vocab: 151936, Width: 1536, Layers: 28, Heads: 12, KVHeads: 2, HeadDim: 128, FFN: 8960, Positions: 32768, Theta: 1e6},
		"tiny": {Family: "qwen2", Vocab: 1024, Width: 128, Layers: 2, Heads: 2, KVHeads: 1, HeadDim: 64, FFN: 256, Positions: 4096},
	}
}

// SFT measures steps of fine-tuning on documents of mean 350 tokens and on rows of
// one document of the micro-batch's length, at most 4096.
func SFT(d Device, l Load, log *Log) error {
	for _, kind := range []struct {
		name string
		docs func(r *rand.Rand) int
	}{
		{"documents of mean 350", func(r *rand.Rand) int { return 1 + int(min(2000, r.ExpFloat64()*349)) }},
		{"one document a row", func(*rand.Rand) int { return min(4096, l.Micro) }},
	} {
		log.Add(timed(Result{Stage: "speed", Name: "SFT " + l.Model + ", " + kind.name}, func(r *Result) error { return sft(r, d, l, kind.docs) }))
	}
	return nil
}

func sft(r *Result, d Device, l Load, length func(*rand.Rand) int) error {
	plan := model.Plan{Tokens: l.Micro, Positions: min(4096, l.Micro), Train: true, Checkpointing: l.Recompute}
	m, dev, err := place(d, l.Model, plan, nil)
	if err != nil {
		return err
	}
	defer dev.Close()
	var times, losses []float64
	total := 0.0
	for step := 1; step <= l.Warm+l.Steps; step++ {
		micros := pack(m.Config().Vocab, uint64(step), l, length)
		flops := 0.0
		for _, b := range micros {
			flops += work(m, b)
		}
		start := time.Now()
		loss, _, err := learn(m, micros, step)
		if err != nil {
			return err
		}
		if math.IsNaN(loss) {
			return fmt.Errorf("the loss of step %d is not a number", step)
		}
		if step > l.Warm {
			times = append(times, time.Since(start).Seconds())
			total += flops
		}
		losses = append(losses, loss)
	}
	seconds := median(times)
	r.Numbers = map[string]float64{
		"tokens/s": float64(l.Step) / seconds, "MFU %": 100 * total / float64(len(times)) / seconds / peakFLOPs, "ms/step": 1000 * seconds,
		"first loss": losses[0], "last loss": losses[len(losses)-1], "predicted MiB": float64(m.Budget().Bytes() >> 20),
	}
	memory(r, dev)
	return nil
}

// work is the floating-point operations of a step over a batch, forward and
// backward: 6 for each token and weight of a product, the output layer among
// them, and 6·L·H·D·n² for attention inside a document of n tokens, which is
// causal. Nothing is counted for what is computed anew, nor for padding.
func work(m *model.Model, b model.Batch) float64 {
	c := m.Config()
	weights := float64(m.Parameters())
	if !c.Tied {
		weights -= float64(c.Vocab * c.Width)
	}
	flops := 6 * weights * float64(len(b.IDs))
	for i := range b.Docs() {
		n := float64(b.Starts[i+1] - b.Starts[i])
		flops += 6 * float64(c.Layers*c.Heads*c.HeadDim) * n * n
	}
	return flops
}

// pack is the micro-batches of one step: l.Step tokens, whole documents but for
// the last of each row, which is cut.
func pack(words int, seed uint64, l Load, length func(*rand.Rand) int) []model.Batch {
	r := rand.New(rand.NewPCG(seed, 77))
	var micros []model.Batch
	for done := 0; done < l.Step; done += l.Micro {
		var lengths []int
		for left := min(l.Micro, l.Step-done); left > 0; {
			n := min(left, length(r))
			lengths = append(lengths, n)
			left -= n
		}
		micros = append(micros, tokens(words, r.Uint64(), lengths...))
	}
	return micros
}

// Decode measures sequences of exactly l.New tokens at temperature 1, against the
// bound of reading the weights and all keys and values for each token.
func Decode(d Device, l Load, log *Log) error {
	log.Add(timed(Result{Stage: "speed", Name: "decoding " + l.Model}, func(r *Result) error {
		m, e, dev, err := engine(d, l, false)
		if err != nil {
			return err
		}
		defer dev.Close()
		reqs := prompts(m, l.Seqs, 1, l.Prompt)
		if _, _, err := generate(e, reqs[:min(4, len(reqs))], min(8, l.New)); err != nil { // warm
			return err
		}
		_, seconds, err := generate(e, reqs, l.New)
		if err != nil {
			return err
		}
		c := m.Config()
		kv := 2 * c.Layers * c.KVHeads * c.HeadDim * dev.Act().Size()
		bytes := 0.0 // of one pass for each new token, over what stands in the cache
		for i := range l.New {
			bytes += float64(m.Parameters()*dev.Act().Size()) + float64(l.Seqs*kv*(l.Prompt+i))
		}
		rate := float64(l.Seqs*l.New) / seconds
		r.Numbers = map[string]float64{"tokens/s": rate, "% of the bound": 100 * bytes / peakBytes / seconds}
		memory(r, dev)
		return nil
	}))
	return nil
}

// GRPO measures one step: generate, score what was generated, update; and how far
// the log-probabilities of generating and scoring are apart.
func GRPO(d Device, l Load, log *Log) error {
	log.Add(timed(Result{Stage: "speed", Name: "GRPO step " + l.Model}, func(r *Result) error {
		l.New = l.Response
		m, e, dev, err := engine(d, l, true)
		if err != nil {
			return err
		}
		defer dev.Close()
		reqs := prompts(m, l.Prompts, l.Samples, l.Prompt)
		out, generating, err := generate(e, reqs, l.Response)
		if err != nil {
			return err
		}
		apart, err := rescore(m, reqs, out, l)
		if err != nil {
			return err
		}
		start := time.Now()
		if _, _, err := learn(m, apart.micros, 1); err != nil {
			return err
		}
		updating := time.Since(start).Seconds()
		r.Numbers = map[string]float64{"generate s": generating, "score s": apart.seconds, "update s": updating, "step s": generating + apart.seconds + updating,
			"mean |dlogp|": apart.mean, "k3": apart.k3}
		memory(r, dev)
		if !(apart.mean <= 5e-3) || !(apart.k3 <= 1e-3) {
			return fmt.Errorf("generating and scoring are apart: mean |dlogp| %.3g of 5e-3, k3 %.3g of 1e-3", apart.mean, apart.k3)
		}
		return nil
	}))
	return nil
}

// A gap is how far the log-probabilities of two ways of computing are apart.
type gap struct {
	mean, k3, seconds float64
	micros            []model.Batch
}

// rescore runs prompts with their responses through the model as training does,
// in micro-batches sorted by length.
func rescore(m *model.Model, reqs []decode.Request, out []decode.Response, l Load) (g gap, err error) {
	start, n := time.Now(), 0
	for at := 0; at < len(reqs); {
		var b model.Batch
		from := at
		for at < len(reqs) && (at == from || len(b.IDs)+len(reqs[at].Prompt)+len(out[at].IDs) <= l.Micro) {
			b.Add(slices.Concat(reqs[at].Prompt, out[at].IDs))
			at++
		}
		if err := m.Forward(b); err != nil {
			return g, err
		}
		logp, _ := m.Score(1)
		for i := from; i < at; i++ {
			first := int(b.Starts[i-from]) + len(reqs[i].Prompt) - 1
			for j, p := range out[i].LogProbs {
				diff := float64(p) - float64(logp[first+j]) // rollout less trainer
				g.mean += math.Abs(diff)
				g.k3 += math.Exp(-diff) - 1 + diff
				n++
			}
		}
		g.micros = append(g.micros, b)
	}
	g.mean, g.k3, g.seconds = g.mean/float64(n), g.k3/float64(n), time.Since(start).Seconds()
	return g, nil
}

// engine is a model with a cache for l.Seqs sequences.
func engine(d Device, l Load, train bool) (*model.Model, *decode.Engine, device.Device, error) {
	longest := l.Prompt + l.New
	plan := model.Plan{Tokens: max(l.Micro, l.Seqs, longest), Positions: longest, Train: train, Checkpointing: l.Recompute}
	var e *decode.Engine
	m, dev, err := place(d, l.Model, plan, func(m *model.Model, a *device.Arena) (err error) {
		e, err = decode.Place(m, decode.Shape{Seqs: l.Seqs, Longest: longest, Block: l.Block}, a)
		return err
	})
	return m, e, dev, err
}

// place makes a model of random weights on a new device.
func place(d Device, name string, plan model.Plan, more func(*model.Model, *device.Arena) error) (*model.Model, device.Device, error) {
	f, ok := Shapes()[name]
	if !ok {
		return nil, nil, fmt.Errorf("unknown model %q; there are %v", name, sortedKeys(Shapes()))
	}
	cfg, err := f.Config()
	if err != nil {
		return nil, nil, err
	}
	dev, err := d.open()
	if err != nil {
		return nil, nil, err
	}
	var a device.Arena
	m, err := model.Place(cfg, dev, plan, &a)
	if err == nil && more != nil {
		err = more(m, &a)
	}
	if err == nil {
		err = dev.Reserve(a.Bytes())
	}
	if err != nil {
		dev.Close()
		return nil, nil, err
	}
	m.Init(1)
	return m, dev, nil
}

func prompts(m *model.Model, n, samples, length int) (reqs []decode.Request) {
	r := rand.New(rand.NewPCG(5, 6))
	for p := range n {
		prompt := make([]int32, length)
		for i := range prompt {
			prompt[i] = r.Int32N(int32(m.Config().Vocab))
		}
		for k := range samples {
			reqs = append(reqs, decode.Request{Prompt: prompt, Seed: decode.Seed(1, 1, fmt.Sprint(p), k)})
		}
	}
	return reqs
}

// generate continues every prompt by exactly n tokens: nothing stops it earlier.
func generate(e *decode.Engine, reqs []decode.Request, n int) ([]decode.Response, float64, error) {
	out := make([]decode.Response, len(reqs))
	start := time.Now()
	_, err := e.Run(context.Background(), reqs, decode.Settings{Temperature: 1}, decode.Limits{MaxNew: n}, func(i int, r decode.Response) error {
		out[i] = r
		return nil
	})
	return out, time.Since(start).Seconds(), err
}

// memory adds what the device holds, where it is a GPU.
func memory(r *Result, dev device.Device) {
	if g, ok := dev.(cuda.GPU); ok {
		m := g.Memory()
		r.Numbers["held MiB"] = float64((m.Arena + m.Scratch + m.Workspace) >> 20)
		r.Numbers["used MiB of the GPU"] = float64((m.Total - m.Free) >> 20)
		r.Numbers["allocations"] = float64(m.Allocations)
	}
}

func median(x []float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	x = slices.Sorted(slices.Values(x))
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}
