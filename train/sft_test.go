package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"testing"

	"github.com/seed-cdf14512/graft/format/shard"
	"github.com/seed-cdf14512/graft/train/internal/device"
	"github.com/seed-cdf14512/graft/train/internal/model"
)

func toySplits() map[string][]*shard.Row {
	return map[string][]*shard.Row{"train": toyRows(14, 0), "validation": toyRows(3, 100)}
}

func gradients(m *model.Model) (all []float32) {
	for _, p := range m.Trained() {
		g := make([]float32, p.G.N)
		m.Device().Download(g, p.G)
		all = append(all, g...)
	}
	m.Device().Sync()
	return all
}

// stepGradient is the gradient of the first rows as one step of n micro-batches.
func stepGradient(t *testing.T, s *sft, rows int64, n int) ([]float32, float64) {
	t.Helper()
	st := step{}
	for i := range int64(n) {
		var m micro
		for at := i * rows / int64(n); at < (i+1)*rows/int64(n); at++ {
			row, from, err := s.train.rows.row(at)
			must(t, err)
			m.add(row, from, s.build.weights)
		}
		st.weight += m.total()
		st.micros = append(st.micros, m)
	}
	s.model.ZeroGrad()
	loss, _, err := learn(s.model, &st, s.dlogp)
	must(t, err)
	return gradients(s.model), loss
}

// The loss of a step has one divisor: cutting it into more micro-batches changes
// nothing but the rounding.
func TestMicroBatchesGiveOneGradient(t *testing.T) {
	t.Run("whole", func(t *testing.T) { microBatches(t, toyRun(t, toyBuild(t, toySplits()), "steps: 1")) })
	t.Run("adapters", func(t *testing.T) {
		build := toyBuild(t, toySplits())
		microBatches(t, toyLoRA(t, build, savedModel(t, build, "{}", nil), "steps: 1"))
	})
}

func microBatches(t *testing.T, run *SFT) {
	run.Batch.Tokens = 8192
	s := opened(t, run)
	for _, p := range s.model.Trained() { // B of adapters begins as zero, and A has no gradient then
		edit(s.model, p, func(w []float32) {
			for i := range w {
				w[i] += 0.02 * float32(i%5-2)
			}
		})
	}
	want, loss := stepGradient(t, s, 14, 1)
	largest := 0.0
	for _, g := range want {
		largest = max(largest, math.Abs(float64(g)))
	}
	for _, n := range []int{2, 7} {
		got, l := stepGradient(t, s, 14, n)
		worst := 0.0
		for i := range got {
			worst = max(worst, math.Abs(float64(got[i])-float64(want[i])))
		}
		if worst > 1e-6*largest || math.Abs(l-loss) > 1e-6*loss {
			t.Errorf("%d micro-batches: gradients differ by %g of %g, losses are %g and %g", n, worst, largest, l, loss)
		}
	}
}

// One batch, seen again and again, is learned by heart.
func TestOneBatchIsOverfitted(t *testing.T) {
	build := toyBuild(t, map[string][]*shard.Row{"train": {toyRow(0, []int{63, 64, 127})}})
	run := toyRun(t, build, "steps: 200")
	run.Batch.Accumulate = 1
	run.Optimizer.LR, run.Optimizer.Decay = exact("0.03"), exact("0")
	var losses []float64
	_, err := run.Train(context.Background(), Options{Progress: func(p Progress) { losses = append(losses, p.Metrics[0].Value) }})
	must(t, err)
	first, last := losses[0], losses[len(losses)-1]
	if math.Abs(first-math.Log(toyVocab)) > 0.5 || last > 0.02 {
		t.Errorf("loss went from %.3f to %.3f; want from about ln %d = %.3f to below 0.02", first, last, toyVocab, math.Log(toyVocab))
	}
}

// A run that is stopped after any step, or killed as far as its files know, goes
// on to the same bytes: weights, moments, metrics, model.
func TestResumeIsNoInterruption(t *testing.T) {
	build := toyBuild(t, toySplits())
	const rest = "epochs: 3\nevery: {validate: 2, checkpoint: 3}\nkeep: 100"
	whole := toyRun(t, build, rest)
	steps := trained(t, whole).Steps
	if steps < 8 {
		t.Fatalf("%d steps are too few for this test", steps)
	}
	for stop := int64(1); stop < steps; stop++ {
		run := toyRun(t, build, rest)
		ctx, cancel := context.WithCancel(context.Background())
		r, err := run.Train(ctx, Options{Progress: func(p Progress) {
			if p.Step == stop {
				cancel()
			}
		}})
		if !errors.Is(err, context.Canceled) || r.Done != stop {
			t.Fatalf("stopped after step %d: %v, %+v", stop, err, r)
		}
		r = trained(t, run)
		if r.From != stop || r.Done != steps {
			t.Errorf("went on from step %d to %d, want %d to %d", r.From, r.Done, stop, steps)
		}
		if stop%3 != 0 { // the checkpoint of the interruption is one more
			must(t, remove(run.Out, checkpoints, fmt.Sprintf(checkpointAs, stop)))
		}
		sameRun(t, fmt.Sprintf("stopped after step %d", stop), whole.Out, run.Out)
	}
}

// The same run gives the same bytes with any number of threads.
func TestThreadsChangeNoBit(t *testing.T) {
	build := toyBuild(t, toySplits())
	one, three := toyRun(t, build, "steps: 5\nthreads: 1"), toyRun(t, build, "steps: 5\nthreads: 3")
	trained(t, one)
	trained(t, three)
	sameRun(t, "one thread and three", one.Out, three.Out)
}

// The validation loss is that of every document alone, by the name of the span
// under which the target stands, and has every target once.
func TestValidationBySpan(t *testing.T) {
	s := opened(t, toyRun(t, toyBuild(t, toySplits()), "steps: 1"))
	v, err := validate(s.model, s.validation)
	must(t, err)
	sums, counts := map[string]float64{}, map[string]int64{}
	weighted, total := 0.0, 0.0
	for i := range int64(3) {
		row, _, err := s.validation.rows.row(i)
		must(t, err)
		at, span := int32(0), 0
		for _, n := range row.SeqLengths {
			var b model.Batch
			b.Add(row.InputIDs[at : at+n])
			must(t, s.model.Forward(b))
			logp, _ := s.model.Score(1)
			for span < len(row.SpanEnd) && row.SpanEnd[span] <= at+n {
				first := at
				if span > 0 {
					first = max(at, row.SpanEnd[span-1])
				}
				name := toyNames[row.SpanName[span]]
				for target := max(first, at+1); target < row.SpanEnd[span]; target++ {
					ce := -float64(logp[target-1-at])
					sums[name] += ce
					counts[name]++
					if name != "template" && name != "user" && name != "slip.wrong" {
						weighted += ce
						total++
					}
				}
				span++
			}
			at += n
		}
	}
	if len(v.Spans) != len(sums) || len(sums) != len(toyNames) {
		t.Errorf("%d spans, want %d", len(v.Spans), len(sums))
	}
	for _, got := range v.Spans {
		want := sums[got.Name] / float64(counts[got.Name])
		if got.Tokens != counts[got.Name] || math.Abs(got.Loss-want) > 1e-9 {
			t.Errorf("%s: %g over %d tokens, want %g over %d", got.Name, got.Loss, got.Tokens, want, counts[got.Name])
		}
	}
	if want := weighted / total; math.Abs(v.Loss-want) > 1e-9 {
		t.Errorf("loss %g, want %g", v.Loss, want)
	}
}

// What stands under a span of weight 0 teaches nothing: with another token there
// as the last target, no gradient changes by a bit. Under a trained span it does.
func TestMaskedTargetsTeachNothing(t *testing.T) {
	for span, changes := range map[string]bool{"slip.wrong": false, "user": false, "slip.fix": true} {
		row := toyRow(0, []int{30})
		for i, name := range toyNames {
			if name == span {
				row.SpanName[len(row.SpanName)-1] = int32(i)
			}
		}
		other := *row
		other.InputIDs = append([]int32(nil), row.InputIDs...)
		other.InputIDs[29] = 3
		var got [2][]float32
		for i, r := range []*shard.Row{row, &other} {
			s := opened(t, toyRun(t, toyBuild(t, map[string][]*shard.Row{"train": {r}}), "steps: 1"))
			got[i], _ = stepGradient(t, s, 1, 1)
		}
		same := true
		for i := range got[0] {
			same = same && got[0][i] == got[1][i]
		}
		if same == changes {
			t.Errorf("a changed token under %s: the gradients are the same: %v", span, same)
		}
	}
}

// Norms and biases are not decayed, matrices are: with a gradient of 0 one
// update leaves the first and shrinks the second by rate times decay.
func TestDecayGroups(t *testing.T) {
	s := opened(t, toyRun(t, toyBuild(t, toySplits()), "steps: 1"))
	read := func(b device.Buf) []float32 {
		x := make([]float32, b.N)
		s.dev.Download(x, b)
		must(t, s.dev.Sync())
		return x
	}
	var before [][]float32
	for _, p := range s.model.Params() {
		before = append(before, read(p.W))
	}
	s.model.ZeroGrad()
	if _, err := s.Optimizer.update(s.model, 1, 0.5); err != nil {
		t.Fatal(err)
	}
	for i, p := range s.model.Params() {
		factor := float32(1)
		if len(p.Shape) == 2 {
			factor = 1 - 0.5*0.1
		}
		for j, w := range read(p.W) {
			if want := before[i][j] * factor; math.Abs(float64(w-want)) > 1e-6*math.Abs(float64(want)) {
				t.Fatalf("%s[%d] went from %g to %g, want %g", p.Name, j, before[i][j], w, want)
			}
		}
	}
}

// Clipping makes a long gradient as long as the bound: the update of a first
// step with eps so large that it hardly bends is then the same for the gradient
// and ten times the gradient.
func TestClipping(t *testing.T) {
	run := toyRun(t, toyBuild(t, toySplits()), "steps: 1")
	run.Optimizer.Eps, run.Optimizer.Decay, run.Optimizer.Clip = exact("1"), exact("0"), exact("0.001")
	var after [2][]float32
	var lengths [2]float64
	for i, factor := range []float64{1, 0.1} {
		r := *run
		r.Out += fmt.Sprint(i)
		s := opened(t, &r)
		st := s.train.read(0)
		must(t, st.err)
		st.weight *= factor // divides the loss
		s.model.ZeroGrad()
		_, _, err := learn(s.model, &st, s.dlogp)
		must(t, err)
		lengths[i], err = s.Optimizer.update(s.model, 1, 1)
		must(t, err)
		for _, p := range s.model.Params() {
			w := make([]float32, p.W.N)
			s.dev.Download(w, p.W)
			after[i] = append(after[i], w...)
		}
	}
	if r := lengths[1] / lengths[0]; math.Abs(r-10) > 1e-3 {
		t.Errorf("lengths %g and %g", lengths[0], lengths[1])
	}
	for i := range after[0] {
		if math.Abs(float64(after[0][i]-after[1][i])) > 1e-7 {
			t.Fatalf("weight %d: %g and %g", i, after[0][i], after[1][i])
		}
	}
}

// A build whose tokenizer has control tokens that the model does not know grows
// the embedding; its first row for them is the mean of the old ones, and a run
// that was interrupted goes on with the grown one.
func TestEmbeddingGrows(t *testing.T) {
	old := toyBuild(t, toySplits())
	path := savedModel(t, old, "{}", nil)
	grown := toyBuild(t, toySplits())
	m, err := shard.ReadManifest(grown)
	must(t, err)
	m.Tokenizer.Vocab += 2
	for i := range m.Files {
		m.Files[i].Path = filepath.Join(grown, m.Files[i].Path)
	}
	must(t, m.Write(grown))

	s := opened(t, fromPath(toyRun(t, grown, "steps: 1"), path))
	embedding := s.model.Params()[0]
	w := make([]float32, embedding.W.N)
	s.dev.Download(w, embedding.W)
	if len(w) != (toyVocab+2)*16 {
		t.Fatalf("%d weights, want %d words of 16", len(w), toyVocab+2)
	}
	for c := range 16 {
		mean := 0.0
		for row := range toyVocab {
			mean += float64(w[row*16+c]) / toyVocab
		}
		if got := float64(w[(toyVocab+1)*16+c]); math.Abs(got-mean) > 1e-7 {
			t.Errorf("column %d of a new row is %g, the mean of the old ones %g", c, got, mean)
		}
	}

	const rest = "steps: 6\nevery: {checkpoint: 2}\nkeep: 9"
	whole, parts := fromPath(toyRun(t, grown, rest), path), fromPath(toyRun(t, grown, rest), path)
	trained(t, whole)
	ctx, cancel := context.WithCancel(context.Background())
	if _, err := parts.Train(ctx, Options{Progress: func(p Progress) {
		if p.Step == 4 {
			cancel()
		}
	}}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	trained(t, parts)
	sameRun(t, "grown and interrupted", whole.Out, parts.Out)
	cfg, err := model.ReadConfig(filepath.Join(parts.Out, modelName))
	if err != nil || cfg.Vocab != toyVocab+2 {
		t.Errorf("the trained model has %d words, want %d: %v", cfg.Vocab, toyVocab+2, err)
	}
}
