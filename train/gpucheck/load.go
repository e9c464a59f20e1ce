package gpucheck

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/seed-cdf14512/graft/train/internal/model"
)

// A Load is how much work the measurements are. Its JSON is what the programs of
// PyTorch read, so that both sides do the same.
type Load struct {
	Model     string `json:"model"`     // a name of Shapes
	Row       int    `json:"row"`       // tokens of a row of SFT; documents end with it
	Rows      int    `json:"rows"`      // of a step
	Micro     []int  `json:"micro"`     // rows of a micro-batch: each is tried, the fastest counts
	Tune      int    `json:"tune"`      // steps for trying one, after two that do not count
	Warm      int    `json:"warm"`      // steps before those that count
	Steps     int    `json:"steps"`     // steps that count; their median is the result
	Seqs      int    `json:"seqs"`      // sequences that are decoded at once
	Prompt    int    `json:"prompt"`    // tokens of a prompt
	New       int    `json:"new"`       // tokens after it
	Ends      int    `json:"ends"`      // mean length of a response that ends where its model ends it,
	Batches   int    `json:"batches"`   // of which there are so many times Seqs
	Prompts   int    `json:"prompts"`   // of the step of GRPO,
	Samples   int    `json:"samples"`   // each answered so often,
	Response  int    `json:"response"`  // by so many tokens,
	Update    int    `json:"update"`    // of which so many responses are learned from at once
	Recompute bool   `json:"recompute"` // activation checkpointing
	Block     int    `json:"block"`     // tokens of a block of the cache
}

// Definition is the load that the numbers of the claims are defined by.
func Definition(name string) Load {
	return Load{Model: name, Row: 4096, Rows: 16, Micro: []int{4, 8, 16}, Tune: 3, Warm: 20, Steps: 50, Seqs: 256, Prompt: 128, New: 1024, Ends: 300, Batches: 2,
		Prompts: 64, Samples: 16, Response: 512, Update: 64, Block: 64}
}

// Check is what is wrong with a load, or nil.
func (l Load) Check() error {
	if _, ok := Shapes()[l.Model]; !ok {
		return fmt.Errorf("unknown model %q; there are %s", l.Model, strings.Join(sortedKeys(Shapes()), ", "))
	}
	for _, m := range l.Micro {
		if m < 1 || l.Rows%m != 0 {
			return fmt.Errorf("a micro-batch of %d rows does not divide a step of %d", m, l.Rows)
		}
	}
	if len(l.Micro) == 0 {
		return fmt.Errorf("no size of a micro-batch is given")
	}
	return nil
}

// What one H200 can do at most, which shares are taken of.
const (
	peakFLOPs = 989e12 // bf16, dense, a second
	peakBytes = 4.8e12 // a second
)

// Shapes are the models that speed is measured on: those of Qwen2.5, with random
// weights, and one for trying the stages themselves.
func Shapes() map[string]model.Fresh {
	return map[string]model.Fresh{
		"0.5B": {Family: "qwen2", Vocab: 151936, Width: 896, Layers: 24, Heads: 14, KVHeads: 2, HeadDim: 64, FFN: 4864, Positions: 32768, Theta: 1e6},
		"1.5B": {Family: "qwen2", Vocab: 151936, Width: 1536, Layers: 28, Heads: 12, KVHeads: 2, HeadDim: 128, FFN: 8960, Positions: 32768, Theta: 1e6},
		"tiny": {Family: "qwen2", Vocab: 1024, Width: 128, Layers: 2, Heads: 2, KVHeads: 1, HeadDim: 64, FFN: 256, Positions: 4096},
	}
}

// A kind is a way in which the tokens of SFT fall into documents.
type kind struct {
	name, says string
	length     func(r *rand.Rand, row int) int
}

func kinds() []kind {
	return []kind{
		{"docs", "documents of mean 350", func(r *rand.Rand, row int) int { return 1 + int(min(2000, r.ExpFloat64()*349)) }},
		{"rows", "one document a row", func(_ *rand.Rand, row int) int { return row }},
	}
}

// step is the rows of one step, each a list of documents; the last of a row is cut.
// Words repeat, so that there is something to learn. The same l, kind and number
// give the same tokens, on any machine.
func (l Load) step(words int, k kind, number int) (rows [][][]int32) {
	for i := range l.Rows {
		r := rand.New(rand.NewPCG(uint64(number)<<8|uint64(len(k.name)), uint64(i)))
		var row [][]int32
		for left := l.Row; left > 0; {
			n := min(left, k.length(r, l.Row))
			row = append(row, document(r, words, n))
			left -= n
		}
		rows = append(rows, row)
	}
	return rows
}

// micros is a step in micro-batches of so many rows.
func micros(rows [][][]int32, micro int) (out []model.Batch) {
	for i, row := range rows {
		if i%micro == 0 {
			out = append(out, model.Batch{})
		}
		for _, doc := range row {
			out[len(out)-1].Add(doc)
		}
	}
	return out
}

// document is n words, of which two of three are those that stood three before.
func document(r *rand.Rand, words, n int) []int32 {
	doc := make([]int32, n)
	for i := range doc {
		if doc[i] = r.Int32N(int32(words)); i > 3 && i%3 != 0 {
			doc[i] = doc[i-3]
		}
	}
	return doc
}

// prompts is n different prompts of random words.
func (l Load) prompts(words, n int) (out [][]int32) {
	r := rand.New(rand.NewPCG(5, 6))
	for range n {
		p := make([]int32, l.Prompt)
		for i := range p {
			p[i] = r.Int32N(int32(words))
		}
		out = append(out, p)
	}
	return out
}

// stops is the words that end a response. The model is random, so every word is
// about as likely, and a response has l.Ends tokens in the mean.
func (l Load) stops(words int) (ids []int32) {
	for id := range max(1, words/l.Ends) {
		ids = append(ids, int32(id))
	}
	return ids
}

// costs are what one step costs by definition, whatever computes it.
type costs struct {
	Layers int `json:"layer_weights"` // N_layers: all weights of the layers
	Head   int `json:"head_weights"`  // dV: of the output layer
	Square int `json:"square"`        // L·h·hd, which attention's part is a multiple of
	Bytes  int `json:"kv_bytes"`      // of one token in the cache of keys and values, in bf16
}

func costsOf(c model.Config) costs {
	hd, gd := c.Heads*c.HeadDim, c.KVHeads*c.HeadDim
	layer := 2*c.Width*(hd+gd) + 3*c.Width*c.FFN + 2*c.Width
	if c.QKVBias {
		layer += hd + 2*gd
	}
	if c.QKNorm {
		layer += 2 * c.HeadDim
	}
	return costs{Layers: c.Layers * layer, Head: c.Vocab * c.Width, Square: c.Layers * hd, Bytes: 2 * c.Layers * gd * 2}
}

// flops are 6(N_layers + dV) a token and 6·L·h·hd·n² for attention inside a document
// of n tokens, which is causal: forward and backward. Nothing is counted for what is
// computed anew, nor for padding.
func (c costs) flops(rows [][][]int32) (sum float64) {
	for _, row := range rows {
		for _, doc := range row {
			n := float64(len(doc))
			sum += 6*float64(c.Layers+c.Head)*n + 6*float64(c.Square)*n*n
		}
	}
	return sum
}

// reads are the bytes that decoding must read: for each new token of a batch of
// sequences all weights once, in bf16, and all keys and values of each sequence.
func (c costs) reads(l Load) (sum float64) {
	for i := range l.New {
		sum += float64(2*(c.Layers+c.Head)) + float64(l.Seqs*c.Bytes*(l.Prompt+i))
	}
	return sum
}
