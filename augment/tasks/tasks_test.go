package tasks

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/seed-cdf14512/graft/augment/tasks/igsm"
	"github.com/seed-cdf14512/graft/format"
)

func generate(t testing.TB, task string, opts Options) []byte {
	t.Helper()
	var b bytes.Buffer
	tk := Find(task)
	sum, err := Generate(t.Context(), tk, tk.Copy(), opts, &b)
	if err != nil {
		t.Fatal(err)
	}
	if sum.Problems != opts.N || sum.Bytes != int64(b.Len()) {
		t.Errorf("%d problems in %d bytes, the summary says %d in %d", opts.N, b.Len(), sum.Problems, sum.Bytes)
	}
	return b.Bytes()
}

// The bytes of a set are those of its seed, with any number of workers; a longer
// set begins with the shorter; another seed is another set.
func TestSameSeedSameBytes(t *testing.T) {
	for _, task := range Tasks {
		one := generate(t, task.Name, Options{N: 200, Seed: 5, Workers: 1})
		for _, workers := range []int{2, 8} {
			if !bytes.Equal(one, generate(t, task.Name, Options{N: 200, Seed: 5, Workers: workers})) {
				t.Errorf("%s: %d workers write other bytes", task.Name, workers)
			}
		}
		if !bytes.HasPrefix(one, generate(t, task.Name, Options{N: 70, Seed: 5, Workers: 3})) {
			t.Errorf("%s: 70 problems are not the first 70 of 200", task.Name)
		}
		if bytes.Equal(one, generate(t, task.Name, Options{N: 200, Seed: 6})) {
			t.Errorf("%s: two seeds, one set", task.Name)
		}
	}
}

// The first problems of seed 1 are what they were: a change here changes every
// corpus, and must be meant.
func TestFrozen(t *testing.T) {
	want := map[string]string{
		"igsm": "3a684bf6505d1c74", "dyval": "713bc7288eec72ca", "countdown": "a773eea298dd54c7", "add": "27089e37f91688cd", "edits": "026430932ee976b8",
	}
	for _, task := range Tasks {
		sum := sha256.Sum256(generate(t, task.Name, Options{N: 50, Seed: 1}))
		if got := hex.EncodeToString(sum[:8]); got != want[task.Name] {
			t.Errorf("%s: %s, want %s", task.Name, got, want[task.Name])
		}
	}
}

// Settings that leave nothing end with an error, a canceled run with its cause.
func TestErrors(t *testing.T) {
	broken := Task{"broken", "", &igsm.Params{}, func(any) (Draw, error) {
		return func(*rand.Rand) (format.Record, error) { return format.Record{}, errors.New("nothing left") }, nil
	}}
	var b bytes.Buffer
	if _, err := Generate(t.Context(), &broken, nil, Options{N: 1000, Workers: 4}, &b); err == nil || err.Error() != "broken, problem 0 of seed 0: nothing left" {
		t.Errorf("error %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	tk := Find("igsm")
	_, err := Generate(ctx, tk, tk.Copy(), Options{N: 1 << 40, Workers: 2, Progress: func(int64) { stop() }}, &b)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want canceled", err)
	}
	if _, err := tk.New(&struct{}{}); err == nil {
		t.Error("foreign parameters are taken")
	}
}

// The summary's baseline is what a program that says 0 scores.
func TestBaseline(t *testing.T) {
	tk := Find("igsm")
	p := tk.Copy().(*igsm.Params)
	p.ExactOp = 20
	var b bytes.Buffer
	sum, err := Generate(t.Context(), tk, p, Options{N: 1000, Seed: 3}, &b)
	if err != nil {
		t.Fatal(err)
	}
	zeros := int64(0)
	for _, line := range bytes.Split(bytes.TrimSpace(b.Bytes()), []byte("\n")) {
		var rec format.Record
		if err := json.Unmarshal(line, &rec); err != nil {
			t.Fatal(err)
		}
		if rec.Problem.Answer == "0" {
			zeros++
		}
	}
	if sum.Zero != zeros || zeros < 150 || sum.Constant != "0" || sum.Score != zeros {
		t.Errorf("%d zeros, the summary says %d, and %q scores %d", zeros, sum.Zero, sum.Constant, sum.Score)
	}
}

// Whole lines a second on one core, JSON included.
func BenchmarkGenerate(b *testing.B) {
	for _, task := range Tasks {
		b.Run(task.Name, func(b *testing.B) {
			draw, err := task.New(task.Params)
			if err != nil {
				b.Fatal(err)
			}
			s := newStream(task.Name)
			b.ReportAllocs()
			i := int64(0)
			for b.Loop() {
				if m := s.batch(&task, draw, 1, i, i+batch); m.err != nil {
					b.Fatal(m.err)
				}
				i += batch
			}
			b.ReportMetric(float64(i)/b.Elapsed().Seconds(), "problems/s")
		})
	}
}
