package gpucheck

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/seed-cdf14512/graft/train/internal/device"
	"github.com/seed-cdf14512/graft/train/internal/model"
)

// adam is the update of every step here; norms and biases do not decay. clip is the
// most that a gradient may be long.
var adam = device.Adam{LR: 3e-4, Beta1: .9, Beta2: .95, Eps: 1e-8, Decay: .1}

const clip = 1

// learn is one step of fine-tuning over micro-batches: the mean cross-entropy of
// all targets, gradients cut to length 1, AdamW. It is what train does, without
// weights of spans, and returns the loss and the length of the gradient.
func learn(m *model.Model, micros []model.Batch, step int) (loss, length float64, err error) {
	total := 0
	for i := range micros {
		for _, t := range micros[i].Targets {
			if t >= 0 {
				total++
			}
		}
	}
	m.ZeroGrad()
	for i := range micros {
		if err := m.Forward(micros[i]); err != nil {
			return 0, 0, err
		}
		dlogp := make([]float32, len(micros[i].IDs))
		for j := range dlogp {
			if micros[i].Targets[j] >= 0 {
				dlogp[j] = -1 / float32(total)
			}
		}
		for _, p := range m.ScoreBackward(dlogp) {
			loss -= float64(p) // 0 without a target
		}
	}
	length, err = update(m, step)
	return loss / float64(total), length, err
}

// update is one step of AdamW from the gradients of m, and their length before it.
func update(m *model.Model, step int) (length float64, err error) {
	var gs []device.Buf
	var decayed, plain []device.Update
	for _, p := range m.Trained() {
		gs = append(gs, p.G)
		u := device.Update{W: p.W, M: p.M, V: p.V, G: p.G, Act: p.Act}
		if p.Decay {
			decayed = append(decayed, u)
		} else {
			plain = append(plain, u)
		}
	}
	dev := m.Device()
	length = math.Sqrt(device.SumSquaresAll(dev, gs))
	a := adam
	a.Step, a.Scale = step, float32(clip/max(clip, length))
	device.AdamWAll(dev, decayed, a)
	a.Decay = 0
	device.AdamWAll(dev, plain, a)
	return length, dev.Sync()
}

// toys are models small enough for the CPU, one of each family's traits.
func toys() map[string]model.Fresh {
	return map[string]model.Fresh{
		"qwen2, 64 wide heads":           {Family: "qwen2", Vocab: 1031, Width: 192, Layers: 3, Heads: 3, KVHeads: 1, HeadDim: 64, FFN: 500, Positions: 512},
		"qwen3, 128 wide heads, untied":  {Family: "qwen3", Vocab: 515, Width: 256, Layers: 2, Heads: 4, KVHeads: 2, HeadDim: 128, FFN: 300, Positions: 512, Untied: true},
		"llama, as many keys as queries": {Family: "llama", Vocab: 257, Width: 128, Layers: 2, Heads: 2, KVHeads: 2, HeadDim: 64, FFN: 333, Positions: 512},
	}
}

// Steps trains each toy for three steps on d and on the CPU, from the same weights
// on the same tokens, and compares losses, gradients and the weights that result.
func Steps(d Device, log *Log) error {
	for _, name := range sortedKeys(toys()) {
		log.Add(timed(Result{Stage: "parity", Name: "three steps, " + name}, func(r *Result) error {
			return threeSteps(r, d, toys()[name], nil, documentsOfSteps)
		}))
		log.Add(timed(Result{Stage: "parity", Name: "three steps of adapters, " + name}, func(r *Result) error {
			return threeSteps(r, d, toys()[name], toyAdapters, documentsOfSteps)
		}))
	}
	return nil
}

// documentsOfSteps are the documents of the two micro-batches of a step.
var documentsOfSteps = [2][]int{{1, 130, 64, 300, 2, 65}, {63, 127, 500}}

// toyAdapters are of an odd rank, with one layer trained whole beside them.
var toyAdapters = &model.LoRA{Rank: 5, Alpha: 8, Targets: model.Targets(), Whole: []string{"norm"}}

func threeSteps(r *Result, d Device, f model.Fresh, lora *model.LoRA, docs [2][]int) error {
	cpu, err := Open("cpu", 0)
	if err != nil {
		return err
	}
	got, err := trainToy(d, f, lora, docs)
	if err != nil {
		return err
	}
	want, err := trainToy(cpu, f, lora, docs)
	if err != nil {
		return err
	}
	// bf16 weights and activations: a loss of nats is off by their rounding, spread
	// over many tokens; a gradient by that of two or three products in a row.
	for i := range want {
		scale := map[bool]float64{true: .01 * want[i].value, false: 0}[want[i].x == nil]
		e := math.Abs(got[i].value-want[i].value) / max(scale, 1e-30)
		detail := fmt.Sprintf("%s is %v, want %v within 1%%", want[i].name, got[i].value, want[i].value)
		if want[i].x != nil {
			e = distance(got[i].x, want[i].x) / .06
			detail = fmt.Sprintf("%s is off by %.3g of its length, of .06", want[i].name, .06*e)
		}
		if !(e <= r.Error) {
			r.Error, r.Detail = e, detail
		}
	}
	if !(r.Error <= 1) {
		return fmt.Errorf("%s", r.Detail)
	}
	return nil
}

// A seen is a number or a tensor that a run ended with.
type seen struct {
	name  string
	value float64
	x     []float32
}

// distance is the length of a-b over that of b.
func distance(a, b []float32) float64 {
	var d, n float64
	for i := range b {
		e := float64(a[i]) - float64(b[i])
		d += e * e
		n += float64(b[i]) * float64(b[i])
	}
	return math.Sqrt(d / max(n, 1e-30))
}

// trainToy returns the losses and lengths of three steps, the gradients of the
// first, and how far the weights have come.
func trainToy(d Device, f model.Fresh, lora *model.LoRA, docs [2][]int) (out []seen, err error) {
	cfg, err := f.Config()
	if err != nil {
		return nil, err
	}
	dev, err := d.open()
	if err != nil {
		return nil, err
	}
	defer dev.Close()
	m, err := model.New(cfg, dev, model.Plan{Tokens: 800, Docs: 64, Positions: 512, Train: true, LoRA: lora})
	if err != nil {
		return nil, err
	}
	m.Init(3)
	m.InitAdapters(3)
	stir(m)
	for step := 1; step <= 3; step++ {
		micros := []model.Batch{tokens(cfg.Vocab, uint64(2*step), docs[0]...), tokens(cfg.Vocab, uint64(2*step+1), docs[1]...)}
		loss, length, err := learn(m, micros, step)
		if err != nil {
			return nil, err
		}
		out = append(out, seen{name: fmt.Sprintf("loss of step %d", step), value: loss}, seen{name: fmt.Sprintf("length of gradient %d", step), value: length})
		if step == 1 {
			for _, p := range m.Trained() {
				x := make([]float32, p.G.N)
				dev.Download(x, p.G)
				out = append(out, seen{name: "gradient of " + p.Name, x: x})
			}
		}
	}
	return out, dev.Sync()
}

// stir moves the B of every adapter off zero, so that A has a gradient too.
func stir(m *model.Model) {
	r := rand.New(rand.NewPCG(4, 4))
	for _, p := range m.Trained() {
		if strings.HasSuffix(p.Name, "lora_B.weight") {
			w := make([]float32, p.W.N)
			for i := range w {
				w[i] = float32(r.NormFloat64() * .05)
			}
			m.Device().Upload(p.W, w)
		}
	}
	m.SyncAct()
}

// tokens is a batch of documents of some lengths.
func tokens(words int, seed uint64, lengths ...int) (b model.Batch) {
	r := rand.New(rand.NewPCG(seed, 9))
	for _, n := range lengths {
		b.Add(document(r, words, n))
	}
	return b
}
