package decode

import (
	"math"
	"slices"

	"github.com/seed-cdf14512/graft/train/internal/cpu"
	"github.com/seed-cdf14512/graft/train/internal/device"
)

// A graphing is the CPU as a device.Resident: the CPU's operations, written down
// while a graph is captured and done when it is launched, and Sample and Advance in
// Go. The kernels of a GPU are held against the same rules in package cuda.
type graphing struct {
	*cpu.Device
	capturing *[]func()
	captures  int
	moves     int                               // of the scratch: graphs from before are stale
	fault     func(dst device.Buf, src []int32) // changes what is uploaded
	broken    error
}

func (d *graphing) do(f func()) {
	if d.capturing != nil {
		*d.capturing = append(*d.capturing, f)
		return
	}
	f()
}

func (d *graphing) outside() {
	if d.capturing != nil {
		panic("a graph cannot hold what goes to or from the host")
	}
}

type written struct {
	d     *graphing
	list  []func()
	moves int
}

func (d *graphing) Capture(f func()) (device.Graph, error) {
	g := &written{d: d, moves: d.moves}
	d.captures++
	d.capturing = &g.list
	f()
	d.capturing = nil
	return g, nil
}

func (g *written) Launch() {
	if g.Stale() || g.list == nil {
		panic("a graph is launched that is closed or stale")
	}
	for _, f := range g.list {
		f()
	}
}
func (g *written) Stale() bool { return g.moves != g.d.moves }
func (g *written) Close()      { g.list = nil }

func (d *graphing) Sync() error {
	d.outside()
	return d.broken
}

func (d *graphing) UploadInts(dst device.Buf, src []int32) {
	d.outside()
	if d.fault != nil {
		src = slices.Clone(src)
		d.fault(dst, src)
	}
	d.Device.UploadInts(dst, src)
}

func (d *graphing) Download(dst []float32, src device.Buf) {
	d.outside()
	d.Device.Download(dst, src)
}

func (d *graphing) DownloadInts(dst []int32, src device.Buf) {
	d.outside()
	copy(dst, d.ints(src))
}

// ints is what stands in an I32 buffer.
func (d *graphing) ints(b device.Buf) []int32 {
	f, x := make([]float32, b.N), make([]int32, b.N)
	b.Type = device.F32
	d.Device.Download(f, b)
	for i, v := range f {
		x[i] = int32(math.Float32bits(v))
	}
	return x
}

func (d *graphing) Copy(dst, src device.Buf) { d.do(func() { d.Device.Copy(dst, src) }) }
func (d *graphing) MatMul(c, a, b device.Buf, p device.Product, m, n, k int, add bool) {
	d.do(func() { d.Device.MatMul(c, a, b, p, m, n, k, add) })
}
func (d *graphing) AddBias(x, bias device.Buf, m, n int) {
	d.do(func() { d.Device.AddBias(x, bias, m, n) })
}
func (d *graphing) Add(dst, a, b device.Buf)       { d.do(func() { d.Device.Add(dst, a, b) }) }
func (d *graphing) Scale(x device.Buf, by float32) { d.do(func() { d.Device.Scale(x, by) }) }
func (d *graphing) Embed(x, table, ids device.Buf, t, c int) {
	d.do(func() { d.Device.Embed(x, table, ids, t, c) })
}
func (d *graphing) RMSNorm(y, rstd, x, w device.Buf, m, n int, eps float32) {
	d.do(func() { d.Device.RMSNorm(y, rstd, x, w, m, n, eps) })
}
func (d *graphing) Rope(x, cos, sin, positions device.Buf, t, heads, width int, inverse bool) {
	d.do(func() { d.Device.Rope(x, cos, sin, positions, t, heads, width, inverse) })
}
func (d *graphing) SwiGLU(y, gate, up device.Buf) { d.do(func() { d.Device.SwiGLU(y, gate, up) }) }
func (d *graphing) StoreKV(p device.Pages, k, v, slots device.Buf, n int, h device.Heads) {
	d.do(func() { d.Device.StoreKV(p, k, v, slots, n, h) })
}
func (d *graphing) Decode(o, q device.Buf, p device.Pages, b int, h device.Heads) {
	d.do(func() { d.Device.Decode(o, q, p, b, h) })
}
func (d *graphing) Logits(l, x, w device.Buf, m, c, v int) {
	d.do(func() { d.Device.Logits(l, x, w, m, c, v) })
}

func (d *graphing) Sample(b device.Drawn, s device.Sampling) {
	d.do(func() {
		logits, logp := make([]float32, b.Logits.N), make([]float32, b.B)
		d.Device.Download(logits, b.Logits)
		d.Device.Download(logp, b.LogP)
		tokens, lengths, seeds, counts := d.ints(b.Token), d.ints(b.Lengths), d.ints(b.Seeds), d.ints(b.Count)
		for i := range b.B {
			if lengths[i] == 0 {
				continue
			}
			row := logits[i*b.Words : (i+1)*b.Words]
			id, err := Pick(row, s, uint64(uint32(seeds[2*i]))|uint64(seeds[2*i+1])<<32, int(counts[i]))
			if tokens[i], logp[i] = id, 0; err != nil {
				tokens[i] = -1
				continue
			}
			top, sum, t := float64(slices.Max(row)), 0.0, s.Temperature
			if t == 0 {
				t = 1
			}
			for _, l := range row {
				sum += math.Exp((float64(l) - top) / t)
			}
			logp[i] = float32((float64(row[id])-top)/t - math.Log(sum))
		}
		d.Device.UploadInts(b.Token, tokens)
		d.Device.Upload(b.LogP, logp)
	})
}

func (d *graphing) Advance(b device.Drawn, p device.Pages, room int) {
	d.do(func() {
		lengths, counts, limits, stops, table := d.ints(p.Lengths), d.ints(b.Count), d.ints(b.Limit), d.ints(b.Stops), d.ints(p.Table)
		tokens, ids, at, slots := d.ints(b.Token), d.ints(b.IDs), d.ints(b.At), d.ints(b.Slots)
		for i, n := range lengths {
			if n == 0 {
				continue
			}
			place := i*room + int(counts[i])
			d.Device.UploadInts(b.Record.Slice(place, 1), tokens[i:i+1])
			d.Device.Copy(b.RecordLogP.Slice(place, 1), b.LogP.Slice(i, 1))
			counts[i]++
			if tokens[i] < 0 || counts[i] >= limits[i] || int(counts[i]) >= room || slices.Contains(stops, tokens[i]) {
				lengths[i], slots[i] = 0, -1
				continue
			}
			ids[i], at[i], lengths[i] = tokens[i], n, n+1
			slots[i] = table[i*p.PerSeq+int(n)/p.Block]*int32(p.Block) + n%int32(p.Block)
		}
		for _, w := range []struct {
			to   device.Buf
			from []int32
		}{{p.Lengths, lengths}, {b.Count, counts}, {b.IDs, ids}, {b.At, at}, {b.Slots, slots}} {
			d.Device.UploadInts(w.to, w.from)
		}
	})
}
