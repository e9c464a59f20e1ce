package cpu

// Products y[m,n] (+)= x[m,k] · W[n,k]ᵀ of few rows, those of decoding. The product of
// many rows packs W, which here costs a tenth of it: so W is read where it lies, as the
// rows of the product, and x is packed as its columns. What comes out is transposed.
// Every element is the same chain over k, since a·b is b·a.

const (
	fewRows   = 128 // of x, at most
	fewBlock  = 64  // rows of W of a piece: as many multiplications stay in the second cache
	fewCopies = 2   // a product of n·k weights is for few rows where it copies less than a half of that
)

// A fewJob is such a product, a piece some rows of W.
type fewJob struct {
	d       *Device
	w       []float32
	x       matrix
	packed  []float32 // x in panels [k, cols]
	c       []float32
	ldc     int
	m, n, k int
	load    int // 1: c is added to
	rows    int // of a piece
}

// few reports that j is a product for few rows.
func (j *productJob) few(cols int) bool {
	return j.a.cs == 1 && j.b.rs == 1 && j.b.cs == j.k && j.m <= fewRows && j.m > cols/2 && fewCopies*j.m*(j.n+j.k) <= j.n*j.k
}

// multiplyFew is the product p at once.
func (d *Device) multiplyFew(p *productJob) {
	j, m, n, k := &d.jobs.few, p.m, p.n, p.k
	*j = fewJob{d: d, w: p.b.data, x: p.a, c: p.c, ldc: p.ldc, m: m, n: n, k: k, load: p.load}
	j.packed = grow(&d.packed, ceil(m, d.cols)*d.cols*k)
	pack := (*fewPack)(j)
	if m*k < small {
		for p := range ceil(m, d.cols) {
			pack.do(p, 0)
		}
	} else {
		d.pool.run(pack, ceil(m, d.cols))
	}
	j.rows = min(fewBlock, ceil(ceil(n, d.pool.threads), 16)*16)
	d.pool.run(j, ceil(n, j.rows))
	*j = fewJob{}
}

// A fewPack packs x, a piece a panel.
type fewPack fewJob

func (j *fewPack) do(p, _ int) {
	f, at := j.d.family, p*j.d.cols
	f.packDown(j.packed[at*j.k:], f.cols, j.x.data[at*j.x.rs:], j.x.rs, j.k, min(f.cols, j.m-at))
}

func (j *fewJob) do(piece, worker int) {
	f, w, from := j.d.family, j.d.workers[worker], piece*j.rows
	rows, ld := min(j.rows, j.n-from), ceil(j.m, f.cols)*f.cols
	out, load := grow(&w.block, rows*ld), j.load
	if load != 0 {
		f.packDown(out, ld, j.c[from:], j.ldc, rows, j.m)
	}
	for k0 := 0; k0 < j.k; k0 += depth {
		k := min(depth, j.k-k0)
		for r := 0; r < rows; r += f.rows {
			next, nextK := from+r+f.rows, k0
			if r+f.rows >= rows {
				next, nextK = from, k0+depth
			}
			for at := 0; at < j.m; at += f.cols {
				j.ask(next, nextK, at/f.cols)
				f.tiles(matrix{j.w[(from+r)*j.k+k0:], j.k, 1}, matrix{j.packed[at*j.k+k0*f.cols:], f.cols, 1}, out[r*ld+at:], ld, min(f.rows, rows-r), k, load, false)
			}
		}
		load = 1
	}
	f.turn(j.c[from:], j.ldc, out, ld, rows, j.m)
}

// ask asks memory for the tile of W that comes next, panel after panel a part: W is
// read once a step, from memory, and a row at a time is too short for the processor
// to see where it goes.
func (j *fewJob) ask(row, k0, panel int) {
	const line = 16 // elements of a cache line
	if k0 >= j.k {
		return
	}
	lines := ceil(ceil(min(depth, j.k-k0), line), ceil(j.m, j.d.cols))
	at := k0 + panel*lines*line
	if at+lines*line > j.k {
		return
	}
	for i := row; i < min(j.n, row+j.d.family.rows); i++ {
		prefetch(lines, &j.w[i*j.k+at])
	}
}

// turn writes the transpose of src[n,m], 8 rows of dst after the other: packDown
// would come back to each for the second half of a cache line.
func (f *family) turn(dst []float32, width int, src []float32, ld, n, m int) {
	i, whole := 0, n/8*8
	for ; i+8 <= m; i += 8 {
		for r := 0; r < whole; r += 8 {
			f.transpose(1, &src[r*ld+i], ld, &dst[i*width+r], width)
		}
	}
	for r := range n {
		from := 0
		if r < whole {
			from = i
		}
		for p := from; p < m; p++ {
			dst[p*width+r] = src[r*ld+p]
		}
	}
}
