//go:build linux

package cuda

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/decode"
	"github.com/seed-cdf14512/graft/train/internal/device"
)

// sampled is what the kernels draw from rows of logits at a position each.
func sampled(s *shim, rows [][]float32, seeds []uint64, at []int32, set device.Sampling) (tokens []int32, logp []float32, err error) {
	both := []bool{false, true} // orders of threads
	if set.TopK != 0 && set.TopP == 0 {
		both = both[:1] // to save time: top-p has the same code
	}
	for _, s.descending = range both {
		s.off = 0
		b, words := len(rows), len(rows[0])
		var halves, lengths []int32
		for _, seed := range seeds {
			halves, lengths = append(halves, int32(seed), int32(seed>>32)), append(lengths, 7)
		}
		d := device.Drawn{Logits: s.put(device.F32, slices.Concat(rows...)), Seeds: s.ints(halves), Count: s.ints(at), Lengths: s.ints(lengths),
			Token: s.room(device.I32, b), LogP: s.room(device.F32, b), B: b, Words: words}
		var w Work
		w.Sample(d, set)
		if err := s.run(&w); err != nil {
			return nil, nil, err
		}
		got := make([]int32, b)
		for i, x := range s.read(Arena(d.Token)) {
			got[i] = int32(math.Float32bits(x))
		}
		p := s.read(Arena(d.LogP))
		if tokens != nil && (!slices.Equal(tokens, got) || !slices.Equal(logp, p)) {
			return nil, nil, fmt.Errorf("another order of threads draws %v, %v where it was %v, %v", got, p, tokens, logp)
		}
		tokens, logp = got, p
	}
	return tokens, logp, nil
}

// rowsOfLogits are of many shapes: peaked and flat, with ties, with -inf, and with
// zeros of both signs.
func rowsOfLogits(words int) (rows [][]float32) {
	inf := float32(math.Inf(1))
	for kind := range 6 {
		x := normal(uint64(40+kind), words)
		for i := range x {
			switch kind {
			case 0:
				x[i] *= 4
			case 1:
				x[i] = float32(math.Copysign(0, float64(i%2)-.5)) // all equal
			case 2:
				x[i] = float32(int(x[i] * 2)) // ties, many of them zeros
				if i%3 == 0 && x[i] == 0 {
					x[i] = float32(math.Copysign(0, -1))
				}
			case 3:
				if i%4 != 0 {
					x[i] = -inf
				}
			case 4:
				x[i] *= .01
			case 5:
				x[i] = -x[i]*x[i] - 1e30*float32(i%2)
			}
		}
		rows = append(rows, x)
	}
	return rows
}

var samplings = []device.Sampling{{}, {Temperature: 1}, {Temperature: .7}, {Temperature: 1, TopK: 1}, {Temperature: 1, TopK: 5}, {Temperature: 1.3, TopK: 40},
	{Temperature: 1, TopP: .5}, {Temperature: .7, TopP: .9}, {Temperature: 1, TopP: 1}, {Temperature: .8, TopK: 50, TopP: .95}, {Temperature: 1, TopP: 1e-9}, {Temperature: 1, TopK: 1 << 20}}

// checkSampling is nil where the kernels draw what package decode picks, with the
// log-probability of the whole distribution.
func checkSampling(s *shim, words, draws int, sets []device.Sampling) error {
	rows := rowsOfLogits(words)
	for _, set := range sets {
		for i := range draws {
			var seeds []uint64
			var at []int32
			for r := range rows {
				seeds, at = append(seeds, decode.Seed(7, i, "sample", r)), append(at, int32(i*31+r))
			}
			tokens, logp, err := sampled(s, rows, seeds, at, set)
			if err != nil {
				return err
			}
			for r, row := range rows {
				want, err := decode.Pick(row, set, seeds[r], int(at[r]))
				if err != nil {
					return err
				}
				if tokens[r] != want {
					return fmt.Errorf("%+v, %d words, row %d, draw %d: token %d, want %d of logit %v", set, words, r, i, tokens[r], want, row[want])
				}
				if p := logProb(row, int(want), set.Temperature); math.Abs(p-float64(logp[r])) > 1e-6*max(1, math.Abs(p)) {
					return fmt.Errorf("%+v, %d words, row %d: the log-probability is %v, want %v", set, words, r, logp[r], p)
				}
			}
		}
	}
	return nil
}

func logProb(row []float32, token int, temperature float64) float64 {
	if temperature == 0 {
		temperature = 1
	}
	top, sum := float64(slices.Max(row)), 0.0
	for _, l := range row {
		sum += math.Exp((float64(l) - top) / float64(float32(temperature)))
	}
	return (float64(row[token])-top)/float64(float32(temperature)) - math.Log(sum)
}

func sampleShim(t *testing.T, faults ...fault) *shim {
	return newShim(t, 8<<20, []Kernel{{File: "sample.cu", Name: "sample"}, {File: "decode_advance.cu", Name: "decode_advance"}}, faults...)
}

func TestSampleIsPick(t *testing.T) {
	s := sampleShim(t)
	for words, draws := range map[int]int{1: 1, 2: 1, 700: 2, 1537: 1} {
		if err := checkSampling(s, words, draws, samplings); err != nil {
			t.Error(err)
		}
	}
}

// TestSampleRefusesWhatIsNoNumber: a model that has diverged must not be sampled,
// and its neighbors do not notice.
func TestSampleRefusesWhatIsNoNumber(t *testing.T) {
	s := sampleShim(t)
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	rows := [][]float32{{0, nan, 1}, {nan, nan, nan}, {0, inf, 0}, {-inf, -inf, -inf}, {-inf, 3, -inf}}
	for _, set := range samplings {
		got, _, err := sampled(s, rows, make([]uint64, 5), make([]int32, 5), set)
		if err != nil {
			t.Fatal(err)
		}
		if want := []int32{-1, -1, -1, -1, 1}; !slices.Equal(got, want) {
			t.Errorf("%+v: tokens %v, want %v", set, got, want)
		}
	}
}
