package cpu

import "github.com/seed-cdf14512/graft/train/internal/device"

// The sizes of a product's blocks: a panel of b (depth x family.cols) stays in
// the first cache, a block of a (blockRows x depth) in the second.
const (
	depth     = 256
	blockRows = 240
)

// A matrix is where a product finds element (i, j): at data[i*rs + j*cs], where
// one of the strides is 1.
type matrix struct {
	data   []float32
	rs, cs int
}

func rowMajor(data []float32, ld int) matrix   { return matrix{data, ld, 1} }
func transposed(data []float32, ld int) matrix { return matrix{data, 1, ld} }

// A productJob is c[m,n] (+)= a[m,k] · b[k,n], cut into blocks of rows times
// runs of panels.
type productJob struct {
	d       *Device
	a, b    matrix
	c       []float32
	ldc     int
	m, n, k int
	load    int // 1: c is added to
	rows    int // of a block
	blocks  int
	panels  int // of a run
}

// MatMul writes c, or adds to it. It may wait for the next products (waiting.go).
func (d *Device) MatMul(c, a, b device.Buf, p device.Product, m, n, k int, accumulate bool) {
	cs, as, bs := d.floats(c, m*n), d.floats(a, m*k), d.floats(b, k*n)
	j := productJob{c: cs, ldc: n, m: m, n: n, k: k}
	if accumulate {
		j.load = 1
	}
	switch p {
	case device.NT:
		j.a, j.b = rowMajor(as, k), transposed(bs, k)
	case device.NN:
		j.a, j.b = rowMajor(as, k), rowMajor(bs, n)
	case device.TN:
		j.a, j.b = transposed(as, m), rowMajor(bs, n)
	default:
		panic("cpu: no such product")
	}
	d.await(j)
}

// multiply is c[m,n] (+)= a·b at once.
func (d *Device) multiply(c []float32, ldc int, a, b matrix, m, n, k, load int) {
	d.await(productJob{a: a, b: b, c: c, ldc: ldc, m: m, n: n, k: k, load: load})
	d.flush()
}

// packs reports whether rows of a transposed a are put together before they are
// read: a step from one row of the operand to the next would come back to the same
// few places of the first cache.
func (j *productJob) packs() bool { return j.a.rs == 1 && j.a.cs > depth }

// cut chooses about `want` pieces, and returns how many. What a piece packs for
// itself decides: panels of b in every block of rows, blocks of a in every run.
func (j *productJob) cut(want int) int {
	tile, panels, runs := j.d.family.rows, ceil(j.n, j.d.cols), 1
	most := blockRows * depth / min(depth, j.k)
	if j.a.rs == 1 && !j.packs() {
		runs = min(panels, want)
		j.blocks = max(ceil(want, runs), ceil(j.m, most))
	} else {
		j.blocks = max(want, ceil(j.m, most))
		if j.blocks > want { // as many for every thread
			j.blocks = ceil(j.blocks, j.d.pool.threads) * j.d.pool.threads
		}
		if whole := ceil(j.m, tile); j.blocks > whole {
			j.blocks = whole
			runs = min(panels, ceil(want, whole))
		}
	}
	j.rows = ceil(ceil(j.m, j.blocks), tile) * tile
	j.blocks = ceil(j.m, j.rows)
	j.panels = ceil(panels, runs)
	return j.blocks * ceil(panels, j.panels)
}

func ceil(a, b int) int { return (a + b - 1) / b }

func (j *productJob) do(piece int, w *worker) {
	d := j.d
	i0 := piece % j.blocks * j.rows
	m := min(j.rows, j.m-i0)
	from := piece / j.blocks * j.panels * d.cols
	to := min(j.n, from+j.panels*d.cols)
	load := j.load
	for k0 := 0; k0 < j.k; k0 += depth {
		k := min(depth, j.k-k0)
		a := j.a
		a.data = a.data[i0*a.rs+k0*a.cs:]
		packed := j.packs() && to-from >= 4*d.cols
		if packed {
			a = w.packRows(d.family, a, m, k)
		}
		for n0 := from; n0 < to; n0 += d.cols {
			b := j.panel(w, n0, k0, k, m)
			c := j.c[i0*j.ldc+n0:]
			if n := to - n0; n < d.cols {
				w.edges(d.family, a, b, c, j.ldc, m, n, k, load, packed)
			} else {
				d.family.tiles(a, b, c, j.ldc, m, k, load, packed)
			}
		}
		load = 1
	}
}

// panel is columns n0 and on of b, rows k0 to k0+k, packed unless few rows of a
// will read it.
func (j *productJob) panel(w *worker, n0, k0, k, m int) matrix {
	d, b := j.d, j.b
	if b.cs == 1 && m <= 4*d.family.rows && n0+d.cols <= j.n {
		return matrix{b.data[k0*b.rs+n0:], b.rs, 1}
	}
	panel := grow(&w.panel, depth*d.cols)
	if b.cs == 1 {
		d.family.packAcross(panel, d.cols, b.data[k0*b.rs+n0:], b.rs, k, min(d.cols, j.n-n0))
	} else {
		d.family.packDown(panel, d.cols, b.data[n0*b.cs+k0:], b.cs, k, min(d.cols, j.n-n0))
	}
	return matrix{panel, d.cols, 1}
}

// packAcross copies n columns of k rows to rows of width elements. It may fill
// the rest of a row with anything.
func (f *family) packAcross(dst []float32, width int, src []float32, ld, k, n int) {
	if width%16 == 0 {
		for c := 0; c < n; c += 16 {
			f.copy16(k, &src[c], ld, &dst[c], width)
		}
		return
	}
	for p := range k {
		copy(dst[p*width:p*width+n], src[p*ld:p*ld+n])
	}
}

// packDown writes the transpose: n rows of k elements become n columns.
func (f *family) packDown(dst []float32, width int, src []float32, ld, k, n int) {
	r := 0
	for ; r+8 <= n; r += 8 {
		done := 0
		if k >= 8 {
			done = k / 8 * 8
			f.transpose(k/8, &src[r*ld], ld, &dst[r], width)
		}
		for i := r; i < r+8; i++ {
			for p := done; p < k; p++ {
				dst[p*width+i] = src[i*ld+p]
			}
		}
	}
	for ; r < n; r++ {
		row := src[r*ld : r*ld+k]
		for p, x := range row {
			dst[p*width+r] = x
		}
	}
}

// packRows puts the rows of a transposed matrix together, a tile of rows after
// the other, so that a tile is read in order.
func (w *worker) packRows(f *family, a matrix, m, k int) matrix {
	block := grow(&w.block, ceil(m, f.rows)*f.rows*k)[:ceil(m, f.rows)*f.rows*k+slack]
	for i := 0; i < m; i += f.rows {
		switch {
		case f.rows <= 8:
			f.copy8(k, &a.data[i], a.cs, &block[i*k], f.rows)
		default:
			f.copy16(k, &a.data[i], a.cs, &block[i*k], f.rows)
		}
	}
	return matrix{block, 1, f.rows}
}

// tiles is the product of m rows of a and one panel.
func (f *family) tiles(a, b matrix, c []float32, ldc, m, k, load int, packed bool) {
	full := m / f.rows
	if packed {
		for t := range full {
			f.products[f.rows-1](1, k, &a.data[t*f.rows*k], 1, f.rows, &b.data[0], b.rs, &c[t*f.rows*ldc], ldc, load)
		}
	} else if full > 0 {
		f.products[f.rows-1](full, k, &a.data[0], a.rs, a.cs, &b.data[0], b.rs, &c[0], ldc, load)
	}
	if rest, i := m%f.rows, full*f.rows; rest > 0 {
		at := i * a.rs
		if packed {
			at = i * k
		}
		f.products[rest-1](1, k, &a.data[at], a.rs, a.cs, &b.data[0], b.rs, &c[i*ldc], ldc, load)
	}
}

// edges is tiles for a panel of which n columns count: c is worked on in a copy.
func (w *worker) edges(f *family, a, b matrix, c []float32, ldc, m, n, k, load int, packed bool) {
	edge := grow(&w.edge, f.rows*f.cols)
	for i := 0; i < m; i += f.rows {
		rows, at := min(f.rows, m-i), i*a.rs
		if packed {
			at = i * k
		}
		if load != 0 {
			for r := range rows {
				copy(edge[r*f.cols:r*f.cols+n], c[(i+r)*ldc:])
			}
		}
		f.products[rows-1](1, k, &a.data[at], a.rs, a.cs, &b.data[0], b.rs, &edge[0], f.cols, load)
		for r := range rows {
			copy(c[(i+r)*ldc:(i+r)*ldc+n], edge[r*f.cols:])
		}
	}
}
