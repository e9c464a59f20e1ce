package cpu

import "github.com/seed-cdf14512/graft/train/internal/device"

// An eachJob is an operation on `count` items (elements, rows, tokens) that do
// not depend on each other, or that are summed by pieces of a fixed size.
type eachJob struct {
	d     *Device
	f     func(j *eachJob, w *worker, from, to int)
	count int
	size  int // items of a piece

	// what the operation works on; each names its own
	x, y, z, u, v []float32
	rstd          []float32
	ids           []int32
	n, m          int
	s             [9]float32 // scalars
}

// small is the number of elements that one thread may do alone: about 4 µs.
const small = 1 << 14

func (j *eachJob) do(piece, worker int) {
	from := piece * j.size
	j.f(j, j.d.workers[worker], from, min(j.count, from+j.size))
}

// each runs j, cut into pieces of j.size items where that is set, and otherwise
// into pieces of about `small` elements, of which an item has width.
func (d *Device) each(j eachJob, width int) {
	if j.count == 0 {
		return
	}
	j = j.sized(d, width)
	j.d = d
	d.jobs.each = j
	d.pool.run(&d.jobs.each, ceil(j.count, j.size))
	d.jobs.each = eachJob{}
}

// sized is j with the size of its pieces.
func (j eachJob) sized(d *Device, width int) eachJob {
	if j.size == 0 {
		j.size = max(ceil(small, max(1, width)), ceil(j.count, maxPieces), ceil(j.count, 8*d.pool.threads))
		if width == 1 {
			j.size = ceil(j.size, 64) * 64
		}
	}
	return j
}

// Add writes dst = a + b.
func (d *Device) Add(dst, a, b device.Buf) {
	n := dst.N
	d.each(eachJob{f: addRange, count: n, x: d.f(dst, n), y: d.f(a, n), z: d.f(b, n)}, 1)
}

func addRange(j *eachJob, _ *worker, from, to int) {
	j.d.add(to-from, &j.x[from], &j.y[from], &j.z[from])
}

// Scale multiplies x by a number, in place.
func (d *Device) Scale(x device.Buf, by float32) {
	d.each(eachJob{f: scaleRange, count: x.N, x: d.f(x, -1), s: [9]float32{by}}, 1)
}

func scaleRange(j *eachJob, _ *worker, from, to int) {
	for i := from; i < to; i++ {
		j.x[i] *= j.s[0]
	}
}

// AddBias adds bias[n] to every row of x[m,n].
func (d *Device) AddBias(x, bias device.Buf, m, n int) {
	xs, bs := d.floats(x, m*n), d.floats(bias, n)
	d.awaitEach(eachJob{f: addBiasRows, count: m, n: n, x: xs, y: bs}, n, writes(xs), whole(bs))
}

func addBiasRows(j *eachJob, _ *worker, from, to int) {
	for i := from; i < to; i++ {
		r := &j.x[i*j.n]
		j.d.add(j.n, r, r, &j.y[0])
	}
}

// sumRows is how many rows make one partial sum over rows.
const sumRows = 128

// BiasGrad adds the column sums of dy to dbias.
func (d *Device) BiasGrad(dbias, dy device.Buf, m, n int) {
	parts := d.partials(m, n)
	d.each(eachJob{f: biasGradRows, count: m, size: sumRows, n: n, x: parts, y: d.f(dy, m*n)}, n)
	d.sumParts(d.f(dbias, n), parts)
}

func biasGradRows(j *eachJob, _ *worker, from, to int) {
	part := &j.x[from/sumRows*j.n]
	for i := from; i < to; i++ {
		j.d.add(j.n, part, part, &j.y[i*j.n])
	}
}

// partials is a zeroed row of n for every sumRows of m rows.
func (d *Device) partials(m, n int) []float32 {
	p := grow(&d.parts, ceil(m, sumRows)*n)
	clear(p)
	return p
}

// sumParts adds the partial rows to dst, in order.
func (d *Device) sumParts(dst, parts []float32) {
	for n := len(dst); len(parts) >= n && n > 0; parts = parts[n:] {
		d.add(n, &dst[0], &dst[0], &parts[0])
	}
}

// SwiGLU writes y = silu(gate) * up.
func (d *Device) SwiGLU(y, gate, up device.Buf) {
	n := y.N
	ys, gs, us := d.floats(y, n), d.floats(gate, n), d.floats(up, n)
	d.awaitEach(eachJob{f: siluRange, count: n, x: ys, y: gs, z: us}, 1, writes(ys), reads(gs), reads(us))
}

func siluRange(j *eachJob, _ *worker, from, to int) {
	j.d.silu(to-from, &j.x[from], &j.y[from], &j.z[from])
}

// SwiGLUGrad writes dgate and dup; they may be gate and up.
func (d *Device) SwiGLUGrad(dgate, dup, dy, gate, up device.Buf) {
	n := dy.N
	dgs, dus, dys, gs, us := d.floats(dgate, n), d.floats(dup, n), d.floats(dy, n), d.floats(gate, n), d.floats(up, n)
	d.awaitEach(eachJob{f: siluGradRange, count: n, x: dgs, y: dus, z: dys, u: gs, v: us}, 1,
		writes(dgs), writes(dus), reads(dys), reads(gs), reads(us))
}

func siluGradRange(j *eachJob, _ *worker, from, to int) {
	j.d.siluGrad(to-from, &j.x[from], &j.y[from], &j.z[from], &j.u[from], &j.v[from])
}
