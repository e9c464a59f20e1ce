package model

import (
	"math"
	"slices"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// small is a model of every part that the three families have, with untied words.
func small(t *testing.T, vocab int) Config {
	t.Helper()
	c, err := Fresh{Family: "qwen3", Vocab: vocab, Width: 16, Layers: 2, Heads: 4, KVHeads: 2, HeadDim: 8, FFN: 24, Untied: true, InitStd: 0.3}.Config()
	if err != nil {
		t.Fatal(err)
	}
	c.QKVBias, c.OutBias, c.MLPBias = true, true, true
	return c
}

// document is n words of [from, to), not the same for another salt.
func document(n, from, to, salt int) []int32 {
	doc := make([]int32, n)
	for i := range doc {
		doc[i] = int32(from + (i*i*7+i*(salt+3)+salt)%(to-from))
	}
	return doc
}

var lengths = []int{63, 1, 127, 2, 64, 65, 1}

// TestPackedIsAlone: a packed row gives each token the log-probability, to the
// bit, and the weights the gradient, to rounding, of its documents one by one.
func TestPackedIsAlone(t *testing.T) {
	everyWay(t, func(t *testing.T, dev func() device.Device, lora *LoRA) {
		var docs [][]int32
		for i, n := range lengths {
			docs = append(docs, document(n, 0, 97, i))
		}
		b := pack(docs...)
		dlogp, dentropy := objective(b)
		packed := fresh(t, small(t, 97), dev(), Plan{Tokens: len(b.IDs), Docs: len(docs), Train: true, LoRA: lora})
		logp := step(t, packed, b, dlogp, dentropy)

		alone := fresh(t, small(t, 97), dev(), Plan{Tokens: 127, Train: true, LoRA: lora})
		alone.ZeroGrad()
		at := 0
		for i, doc := range docs {
			if err := alone.Forward(pack(doc)); err != nil {
				t.Fatal(err)
			}
			got, _ := alone.Score(1)
			end := at + len(doc)
			if !slices.Equal(got, logp[at:end]) {
				t.Errorf("document %d of %d tokens scores differently in company", i, len(doc))
			}
			alone.Backward(dlogp[at:end], dentropy[at:end])
			at = end
		}
		for i, p := range packed.Trained() {
			closeTo(t, p.Name, download(packed.dev, p.G), download(alone.dev, alone.trained[i].G),
				func(top, x float64) float64 { return 2e-6*top + 1e-5*x })
		}
	})
}

// TestDocumentsApart: changing one document, its length included, changes no bit
// of what the others score, nor of the gradient that reaches their words.
func TestDocumentsApart(t *testing.T) {
	for _, dev := range devices(t) {
		t.Run(dev.name, func(t *testing.T) {
			const words = 40 // of the documents that stay; the others use the rest
			type result struct{ logp, grad []float32 }
			run := func(between []int32) result {
				first, last := document(65, 0, words, 1), document(64, 0, words, 2)
				b := pack(first, between, last)
				w, u := make([]float32, len(b.IDs)), make([]float32, len(b.IDs))
				for i := range w {
					w[i], u[i] = -0.01*float32(1+b.Positions[i]%3), 0.003
				}
				m := fresh(t, small(t, 97), dev.make(), Plan{Tokens: 300, Train: true})
				logp := step(t, m, b, w, u)
				stay := append(slices.Clone(logp[:65]), logp[65+len(between):]...)
				return result{stay, download(m.dev, m.embed.G)[:words*m.cfg.Width]}
			}
			want := run(document(63, words, 97, 3))
			for _, other := range [][]int32{document(63, words, 97, 4), document(1, words, 97, 5), document(127, words, 97, 6)} {
				got := run(other)
				if !slices.Equal(got.logp, want.logp) {
					t.Errorf("a document of %d tokens between them changes what the others score", len(other))
				}
				if !slices.Equal(got.grad, want.grad) {
					t.Errorf("a document of %d tokens between them changes the gradient of the others' words", len(other))
				}
			}
		})
	}
}

// TestCheckpointing: computing layers anew in Backward gives the same bits.
func TestCheckpointing(t *testing.T) {
	everyWay(t, func(t *testing.T, dev func() device.Device, lora *LoRA) {
		b := pack(document(30, 0, 97, 1), document(7, 0, 97, 2))
		dlogp, dentropy := objective(b)
		c := small(t, 97)
		c.Layers = 3
		keep := fresh(t, c, dev(), Plan{Tokens: 40, Train: true, LoRA: lora})
		again := fresh(t, c, dev(), Plan{Tokens: 40, Train: true, LoRA: lora, Checkpointing: true})
		step(t, keep, b, dlogp, dentropy)
		step(t, again, b, dlogp, dentropy)
		for i, p := range keep.Trained() {
			if !slices.Equal(download(keep.dev, p.G), download(again.dev, again.trained[i].G)) {
				t.Errorf("%s: the gradient differs", p.Name)
			}
		}
		if k, a := keep.Budget().Bytes(), again.Budget().Bytes(); a >= k {
			t.Errorf("checkpointing needs %d bytes, keeping everything %d", a, k)
		}
	})
}

// TestCentralDifferences: moving a weight a little moves the objective as its
// gradient says. All is float64 here, down to the log-probabilities.
func TestCentralDifferences(t *testing.T) {
	for name, lora := range ways {
		t.Run(name, func(t *testing.T) { centralDifferences(t, lora) })
	}
}

func centralDifferences(t *testing.T, lora *LoRA) {
	dev := new(reference)
	b := pack(document(6, 0, 31, 1), document(1, 0, 31, 2), document(4, 0, 31, 3))
	c := small(t, 31)
	c.Scaling = &Llama3{Factor: 4, Low: 1, High: 4, Original: 64}
	m := fresh(t, c, dev, Plan{Tokens: len(b.IDs), Train: true, LoRA: lora})
	dlogp, dentropy := objective(b)
	value := func() float64 {
		if err := m.Forward(b); err != nil {
			t.Fatal(err)
		}
		m.Score(recordedTemperature)
		sum := 0.0
		logp, entropy := dev.at(m.work.logp), dev.at(m.work.entropy)
		for i := range dlogp {
			sum += float64(dlogp[i])*logp[i] + float64(dentropy[i])*entropy[i]
		}
		return sum
	}
	m.ZeroGrad()
	value()
	m.Backward(dlogp, dentropy)
	for _, p := range m.Trained() {
		w, g := dev.at(p.W), dev.at(p.G)
		for i := 0; i < len(w); i += 1 + len(w)/16 {
			const h = 1e-5
			old := w[i]
			w[i] = old + h
			up := value()
			w[i] = old - h
			down := value()
			w[i] = old
			if want := (up - down) / (2 * h); math.Abs(want-g[i]) > 1e-7*(1+math.Abs(want)) {
				t.Errorf("%s[%d]: gradient %.10g, central difference %.10g", p.Name, i, g[i], want)
			}
		}
	}
}

// TestExtend: tokens decoded one by one over pages, several sequences abreast,
// have the logits of Forward, to the bit.
func TestExtend(t *testing.T) {
	everyWay(t, func(t *testing.T, dev func() device.Device, lora *LoRA) { extend(t, dev(), lora) })
}

func extend(t *testing.T, dev device.Device, lora *LoRA) {
	const (
		block, perSeq, prompt, end = 4, 5, 7, 18
		seqs                       = 3
	)
	c := small(t, 97)
	var a device.Arena
	m, err := Place(c, dev, Plan{Tokens: seqs * end, LoRA: lora}, &a)
	if err != nil {
		t.Fatal(err)
	}
	pages := make([]device.Pages, c.Layers)
	table, lengths, slots := a.New(device.I32, seqs*perSeq), a.New(device.I32, seqs), a.New(device.I32, seqs*end)
	for l := range pages {
		n := seqs * perSeq * block * c.KVHeads * c.HeadDim
		pages[l] = device.Pages{K: a.New(device.F32, n), V: a.New(device.F32, n), Block: block, PerSeq: perSeq, Capacity: seqs * perSeq, Table: table, Lengths: lengths}
	}
	all, some := a.New(device.F32, seqs*end*c.Vocab), a.New(device.F32, seqs*c.Vocab)
	if err := dev.Reserve(a.Bytes()); err != nil {
		t.Fatal(err)
	}
	m.Init(3)
	spread(m)
	var docs, prompts [][]int32
	var rows, last []int32
	for s := range seqs {
		docs = append(docs, document(end, 0, c.Vocab, s))
		prompts = append(prompts, docs[s][:prompt])
		last = append(last, int32((s+1)*prompt-1))
		for i := range perSeq { // blocks of the sequences lie between one another
			rows = append(rows, int32(i*seqs+s))
		}
	}
	if err := m.Forward(pack(docs...)); err != nil {
		t.Fatal(err)
	}
	m.Logits(all)
	want := download(dev, all)
	check := func(at int) {
		t.Helper()
		got := download(dev, some)
		for s := range seqs {
			if !slices.Equal(got[s*c.Vocab:(s+1)*c.Vocab], want[(s*end+at)*c.Vocab:][:c.Vocab]) {
				t.Fatalf("sequence %d: the logits of token %d differ from those of Forward", s, at)
			}
		}
	}
	slot := func(s, at int) int32 { return rows[s*perSeq+at/block]*block + int32(at%block) }

	dev.UploadInts(table, rows)
	var into []int32
	for s := range seqs {
		for at := range prompt {
			into = append(into, slot(s, at))
		}
	}
	dev.UploadInts(slots.Slice(0, len(into)), into)
	if err := m.Prefill(pack(prompts...), func(l int, k, v device.Buf) {
		dev.StoreKV(pages[l], k, v, slots.Slice(0, len(into)), len(into), m.Heads())
	}); err != nil {
		t.Fatal(err)
	}
	m.LogitsAt(some, last)
	check(prompt - 1)
	for at := prompt; at < end; at++ {
		var ids, positions, now, into []int32
		for s := range seqs {
			ids, positions = append(ids, docs[s][at]), append(positions, int32(at))
			now, into = append(now, int32(at+1)), append(into, slot(s, at))
		}
		dev.UploadInts(lengths, now)
		dev.UploadInts(slots.Slice(0, seqs), into)
		if err := m.Extend(ids, positions, func(l int, o, _, q, k, v device.Buf) {
			dev.StoreKV(pages[l], k, v, slots.Slice(0, seqs), seqs, m.Heads())
			dev.Decode(o, q, pages[l], seqs, m.Heads())
		}); err != nil {
			t.Fatal(err)
		}
		m.Logits(some)
		check(at)
	}
}

// TestTwin: a frozen reference keeps its weights while the model learns.
func TestTwin(t *testing.T) {
	dev, c := new(reference), small(t, 31)
	var a device.Arena
	m, err := Place(c, dev, Plan{Tokens: 8, Train: true}, &a)
	if err != nil {
		t.Fatal(err)
	}
	before := a.Bytes()
	twin := m.Twin(&a)
	if got, want := a.Bytes()-before, m.Budget()[0].Bytes; got < want || got > want+256*len(m.Params()) { // regions are aligned
		t.Errorf("the twin takes %d bytes, its weights %d", got, want)
	}
	if err := dev.Reserve(a.Bytes()); err != nil {
		t.Fatal(err)
	}
	m.Init(1)
	twin.Init(1)
	b := pack(document(8, 0, 31, 1))
	score := func(m *Model) []float32 {
		if err := m.Forward(b); err != nil {
			t.Fatal(err)
		}
		logp, _ := m.Score(1)
		return slices.Clone(logp)
	}
	old := score(m)
	if got := score(twin); !slices.Equal(got, old) {
		t.Errorf("of the same weights the twin makes %v, the model %v", got, old)
	}
	learn(t, m, b, 3)
	if now := score(m); slices.Equal(now, old) || !slices.Equal(score(twin), old) {
		t.Error("after training the model must have changed, and its twin not")
	}
	if m.Params()[0].Name != twin.Params()[0].Name || !twin.Params()[0].G.None() {
		t.Error("the twin has other tensors, or gradients")
	}
}

// learn takes steps of AdamW on one batch, and returns the losses.
func learn(t *testing.T, m *Model, b Batch, steps int) (losses []float64) {
	t.Helper()
	n := float32(0)
	for _, x := range b.Targets {
		if x >= 0 {
			n++
		}
	}
	dlogp := make([]float32, len(b.IDs))
	for i, x := range b.Targets {
		if x >= 0 {
			dlogp[i] = -1 / n
		}
	}
	for s := range steps {
		loss := 0.0
		for i, x := range step(t, m, b, dlogp, nil) {
			loss += float64(x * dlogp[i])
		}
		losses = append(losses, loss)
		for _, p := range m.Trained() {
			m.dev.AdamW(p.W, p.M, p.V, p.G, p.Act, device.Adam{LR: 0.01, Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, Step: s + 1, Scale: 1})
		}
	}
	return losses
}

// TestLearns: a batch is learnt by heart.
func TestLearns(t *testing.T) {
	everyWay(t, func(t *testing.T, dev func() device.Device, lora *LoRA) {
		m := fresh(t, small(t, 31), dev(), Plan{Tokens: 24, Train: true, LoRA: lora})
		losses := learn(t, m, pack(document(12, 0, 31, 1), document(12, 0, 31, 2)), 60)
		most := 0.1
		if lora != nil { // three directions of sixteen, on a base that knows nothing
			most = 1
		}
		if first, last := losses[0], losses[59]; first < 2 || last > most {
			t.Errorf("the loss went from %.3f to %.3f; it should fall from above 2 to below %g", first, last, most)
		}
	})
}
