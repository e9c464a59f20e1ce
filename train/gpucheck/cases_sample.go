package gpucheck

import (
	"fmt"
	"math"
	"slices"

	"github.com/seed-cdf14512/graft/train/internal/decode"
	"github.com/seed-cdf14512/graft/train/internal/device"
)

// A board is a decoding batch on the host: what Sample and Advance read and write.
type board struct {
	words, block, per, room                     int
	logits                                      []float32
	seeds, count, limit, ids, at, slots, length []int32
	table, stops                                []int32
	token                                       []int32
	logp                                        []float32
}

// sampling draws a token for each row and makes the batch ready for its next step: on a
// device that decodes by itself, and on the CPU by package decode, which is the
// specification. Rows end at a stop token, at their limit and at the last block; one is
// free.
func sampling() []Case {
	var list []Case
	for _, words := range []int{61, 1031, 151936} {
		for _, s := range []decode.Settings{{}, {Temperature: 1}, {Temperature: .7, TopK: 40, TopP: .9}} {
			list = append(list, Case{fmt.Sprintf("Sample, Advance %d words, T=%v, k=%d, p=%v", words, s.Temperature, s.TopK, s.TopP), func(b *bench) {
				x := newBoard(b, words)
				if r, ok := b.dev.(device.Resident); ok {
					x.onDevice(b, r, s)
				} else if err := x.onHost(s); err != nil {
					panic(err)
				}
				for _, c := range []struct {
					name string
					x    []int32
				}{{"token", x.token}, {"count", x.count}, {"id", x.ids}, {"position", x.at}, {"slot", x.slots}, {"length", x.length}} {
					b.check(c.name, b.floats(device.F32, numbersOf(c.x)), exact)
				}
				b.check("log-probability", b.floats(device.F32, x.logp), probs)
			}})
		}
	}
	return list
}

func newBoard(b *bench, words int) *board {
	x := &board{words: words, block: 16, per: 4, room: 40,
		count: []int32{0, 3, 39, 7, 2, 0, 11}, limit: []int32{40, 4, 40, 40, 40, 40, 40}, length: []int32{1, 16, 60, 64, 0, 17, 33}}
	n := len(x.length)
	x.logits = b.normal(n*words, 2)
	for range 2 * n {
		x.seeds = append(x.seeds, int32(b.rand.Uint32()))
	}
	for _, to := range []*[]int32{&x.ids, &x.at, &x.slots, &x.token} {
		*to = slices.Repeat([]int32{-1}, n)
	}
	x.logp = make([]float32, n)
	for _, p := range b.rand.Perm(n * x.per) {
		x.table = append(x.table, int32(p))
	}
	for id := range int32(words / 3) {
		x.stops = append(x.stops, 3*id)
	}
	x.stops = x.stops[:min(len(x.stops), 500)]
	return x
}

func (x *board) onDevice(b *bench, r device.Resident, s decode.Settings) {
	n := len(x.length)
	d := device.Drawn{Logits: b.floats(device.F32, x.logits), Seeds: b.ints(x.seeds), Count: b.ints(x.count), Limit: b.ints(x.limit), Token: b.ints(x.token), LogP: b.floats(device.F32, x.logp),
		IDs: b.ints(x.ids), At: b.ints(x.at), Slots: b.ints(x.slots), Record: b.ints(make([]int32, n*x.room)), RecordLogP: b.floats(device.F32, make([]float32, n*x.room)),
		Stops: b.ints(x.stops), B: n, Words: x.words, Lengths: b.ints(x.length)}
	r.Sample(d, s)
	r.Advance(d, device.Pages{Block: x.block, PerSeq: x.per, Table: b.ints(x.table), Lengths: d.Lengths, Capacity: n * x.per}, x.room)
	free := slices.Index(x.length, 0)
	for _, c := range []struct {
		to   []int32
		from device.Buf
	}{{x.token, d.Token}, {x.count, d.Count}, {x.ids, d.IDs}, {x.at, d.At}, {x.slots, d.Slots}, {x.length, d.Lengths}} {
		r.DownloadInts(c.to, c.from)
	}
	r.Download(x.logp, d.LogP)
	x.token[free], x.logp[free] = -1, 0 // nobody reads them
}

func (x *board) onHost(s decode.Settings) error {
	for row, at := range x.length {
		if at == 0 {
			continue
		}
		logits := x.logits[row*x.words : (row+1)*x.words]
		seed := uint64(uint32(x.seeds[2*row])) | uint64(uint32(x.seeds[2*row+1]))<<32
		id, err := decode.Pick(logits, s, seed, int(x.count[row]))
		if err != nil {
			return err
		}
		x.token[row], x.logp[row] = id, logSoftmax(logits, id, s.Temperature)
		x.count[row]++
		if x.count[row] >= x.limit[row] || int(x.count[row]) >= x.room || int(at) >= x.per*x.block || slices.Contains(x.stops, id) {
			x.length[row], x.slots[row] = 0, -1
			continue
		}
		x.ids[row], x.at[row], x.length[row] = id, at, at+1
		x.slots[row] = x.table[row*x.per+int(at)/x.block]*int32(x.block) + at%int32(x.block)
	}
	return nil
}

// logSoftmax is the log-probability of a word at a temperature, 1 for greedy.
func logSoftmax(logits []float32, id int32, temperature float64) float32 {
	if temperature == 0 {
		temperature = 1
	}
	top, sum := float64(slices.Max(logits)), 0.0
	for _, l := range logits {
		sum += math.Exp((float64(l) - top) / temperature)
	}
	return float32((float64(logits[id])-top)/temperature - math.Log(sum))
}

func numbersOf(x []int32) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}
