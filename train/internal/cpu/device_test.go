package cpu

import (
	"math"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// After the first round no operation allocates, at one thread and at several.
func TestNoAllocation(t *testing.T) {
	for _, threads := range []int{1, 3} {
		r := newRig(t, threads, "")
		const T, C, V = 300, 64, 50
		h := device.Heads{H: 4, G: 2, D: 16, Scale: .25}
		head := device.Head{T: T, C: C, V: V, Temperature: 1}
		x, w, y, rstd, dx, dw := r.floats(random(1, T*C)), r.floats(random(2, C*C)), r.zeros(T*C), r.zeros(T), r.zeros(T*C), r.zeros(C*C)
		norm, dnorm := r.zeros(C), r.zeros(C)
		k, v, dk, dv, lse := r.floats(random(3, T*32)), r.floats(random(4, T*32)), r.zeros(T*32), r.zeros(T*32), r.zeros(T*4)
		table, dtable, targets := r.floats(random(5, V*C)), r.zeros(V*C), r.ints(make([]int32, T)...)
		logp, entropy, slse := r.zeros(T), r.zeros(T), r.zeros(T)
		cos, sin, starts := r.zeros(8), r.zeros(8), r.ints(0, 100, 300)
		m, vv := r.zeros(C*C), r.zeros(C*C)
		pages := device.Pages{K: r.zeros(10 * 16 * 32), V: r.zeros(10 * 16 * 32), Block: 16, PerSeq: 2, Capacity: 10, Table: r.ints(0, 1, 2, 3), Lengths: r.ints(20, 3)}
		q2, o2, slots := r.zeros(2*C), r.zeros(2*C), r.ints(5, 6)
		round := func() {
			for p := device.NT; p <= device.TN; p++ {
				r.MatMul(y.Slice(0, C*C), x.Slice(0, C*C), w, p, C, C, C, true)
			}
			r.MatMul(y, x, w, device.NT, T, C, C, false)
			r.AddBias(y, norm, T, C)
			r.BiasGrad(dnorm, y, T, C)
			r.Add(y, y, x)
			r.Embed(y, table, targets, T, C)
			r.EmbedGrad(dtable, y, targets, T, C)
			r.RMSNorm(y, rstd, x, norm, T, C, 1e-6)
			r.RMSNormGrad(dx, dnorm, y, x, norm, rstd, T, C)
			r.Rope(y, cos, sin, targets, T, 4, 16, false)
			r.SwiGLU(y, x, x)
			r.SwiGLUGrad(dx, dx, y, x, x)
			r.Attention(y, lse, x, k, v, starts, 2, T, h)
			r.AttentionGrad(dx, dk, dv, y, y, lse, x, k, v, starts, 2, T, h)
			r.Score(logp, entropy, slse, x, table, targets, head)
			r.ScoreGrad(dx, dtable, logp, entropy, entropy, slse, x, table, targets, head)
			r.Logits(y.Slice(0, 3*V), x.Slice(0, 3*C), table, 3, C, V)
			r.StoreKV(pages, k.Slice(0, 64), v.Slice(0, 64), slots, 2, h)
			r.Decode(o2, q2, pages, 2, h)
			r.SumSquares(dw)
			r.AdamW(w, m, vv, dw, device.Buf{}, device.Adam{LR: 1e-3, Beta1: .9, Beta2: .99, Eps: 1e-8, Step: 1, Scale: 1})
			r.Zero(y)
			r.Copy(y, x)
		}
		round()
		if threads > 1 { // every worker meets every operation once
			for range 50 {
				round()
			}
		}
		if n := testing.AllocsPerRun(20, round); n != 0 {
			t.Errorf("%d threads: %v allocations a round", threads, n)
		}
	}
}

type countJob struct {
	hits []atomic.Int32
}

func (c *countJob) do(piece, _ int) { c.hits[piece].Add(1) }

// Every piece of every job is done once, also after the workers went to sleep.
func TestPoolDoesEveryPieceOnce(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, procs := range []int{1, 2, 4} {
		runtime.GOMAXPROCS(procs)
		p := newPool(5)
		for i := range 3000 {
			j := &countJob{hits: make([]atomic.Int32, i%17+1)}
			p.run(j, len(j.hits))
			for k := range j.hits {
				if n := j.hits[k].Load(); n != 1 {
					t.Fatalf("job %d: piece %d was done %d times", i, k, n)
				}
			}
			if i%500 == 0 {
				for p.sleeping.Load() < 4 { // let all go to sleep
					runtime.Gosched()
				}
			}
		}
		p.close()
		p.close()
	}
}

// The two races of the pool that no run would meet in years: a worker who read a
// ticket and slept must not fit the next job, and a caller must not wait for a
// job that ended before it said so.
func TestPoolTickets(t *testing.T) {
	p := newPool(2)
	defer p.close()
	j := &countJob{hits: make([]atomic.Int32, 3)}
	p.run(j, 3)
	before := p.ticket.Load()
	p.run(j, 3)
	if p.ticket.Load() == before {
		t.Error("two jobs of three pieces have the same ticket")
	}
	p.wait() // nothing is left: it must return
	if p.waiting.Load() {
		t.Error("the caller went, and a worker would still tell it")
	}
}

// Close ends the goroutines.
func TestCloseEndsThreads(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 10 {
		New(8).Close()
	}
	for i := 0; runtime.NumGoroutine() > before; i++ { // they have said that they end
		if i > 1e6 {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
		runtime.Gosched()
	}
}

func TestFamilyByName(t *testing.T) {
	for _, name := range Families() {
		d, err := Open(1, name)
		if err != nil || d.Name() != "cpu/"+name {
			t.Errorf("family %s: %v, %v", name, d.Name(), err)
		}
		d.Close()
		t.Setenv("GRAFT_CPU", name)
		if d := New(1); d.Name() != "cpu/"+name || d.Reserve(100) != nil {
			t.Errorf("GRAFT_CPU=%s gives %s", name, d.Name())
		}
	}
	t.Setenv("GRAFT_CPU", "mmx")
	if err := New(1).Reserve(100); err == nil || !strings.Contains(err.Error(), `no kernel family "mmx"`) {
		t.Errorf("GRAFT_CPU=mmx: %v", err)
	}
}

// A kernel that computes something else is found before it is used.
func TestWrongKernelIsRefused(t *testing.T) {
	for rows := 1; rows <= 2; rows++ {
		f := portable()
		right := f.products[rows-1]
		f.products[rows-1] = func(tiles, k int, a *float32, rs, cs int, b *float32, bs int, c *float32, ldc, load int) {
			right(tiles, k-1, a, rs, cs, b, bs, c, ldc, load) // forgets the last term
		}
		f.name = "broken"
		err := f.check()
		if err == nil || !strings.Contains(err.Error(), "broken") {
			t.Fatalf("a wrong kernel of %d rows: %v", rows, err)
		}
		if d := open(1, portable(), []string{err.Error()}); !strings.Contains(d.Name(), "cpu/go (the broken kernel") {
			t.Errorf("the refusal is not told: %s", d.Name())
		}
	}
	for _, c := range families {
		if c.runs() {
			if err := c.make().check(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestMoving(t *testing.T) {
	r := newRig(t, 1, "")
	x := []float32{0, 1, -1.00390625, 3.1415927, float32(math.Inf(-1)), 1e-40, 3.3895314e38, 1.01171875}
	want := []float32{0, 1, -1, 3.140625, float32(math.Inf(-1)), 9.1835e-41, 3.3895314e38, 1.015625}
	h := r.room(len(x), device.BF16)
	r.Upload(h, x)
	back := r.zeros(len(x))
	r.Copy(back, h)
	for i, v := range r.get(back) {
		if math.Abs(float64(v-want[i])) > 1e-42 || math.IsInf(float64(v), 0) != math.IsInf(float64(want[i]), 0) {
			t.Errorf("%v as bfloat16 is %v, want %v", x[i], v, want[i])
		}
	}
	if nan := math.Float32frombits(0x7f800001); fromBF16(toBF16(nan)) == fromBF16(toBF16(nan)) {
		t.Error("a NaN became a number")
	}
	again := r.room(len(x), device.BF16)
	r.Copy(again, back)
	bits(t, "and again", r.get(again), r.get(h))
	r.Zero(h)
	for _, v := range r.get(h) {
		if v != 0 {
			t.Errorf("zeroed is %v", v)
		}
	}
}

// Wrong sizes and indices are the caller's bugs and say what they are.
func TestMisuse(t *testing.T) {
	r := newRig(t, 1, "")
	x, ids := r.zeros(8), r.ints(0, 9)
	for want, f := range map[string]func(){
		"a buffer of 8 elements where 9 are needed": func() { r.MatMul(x, x, x, device.NT, 3, 3, 3, false) },
		"token 1 is 9, of 2":                        func() { r.Embed(x, x, ids, 2, 4) },
		"where float32 is needed":                   func() { r.Add(ids, ids, ids) },
		"of an arena of":                            func() { r.Zero(device.Buf{Off: 64 << 20, N: 1}) },
		"8 elements are to become 2":                func() { r.Copy(ids, x) },
		"do not cover the batch":                    func() { r.Attention(x, x.Slice(0, 4), x, x, x, ids, 1, 4, device.Heads{H: 1, G: 1, D: 2}) },
	} {
		func() {
			defer func() {
				if e := recover(); e == nil || !strings.Contains(e.(string), want) {
					t.Errorf("want %q, got %v", want, e)
				}
			}()
			f()
		}()
	}
	if err := r.Reserve(1); err == nil {
		t.Error("reserved twice")
	}
}
