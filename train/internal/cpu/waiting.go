package cpu

import "unsafe"

// Products wait for each other: those that follow one another and do not need each
// other's results are one job, which the threads meet at once instead of one by one.
// A linear layer's backward pass, say, or queries, keys and values. Whatever else
// touches the arena (words, halves, Sync) runs first what waits.
//
// A product that adds to the result of one that waits, of the same shape, goes along:
// the thread that has computed a block of it goes on with the same block.
type waiting struct {
	d    *Device
	n    int
	list [16]productJob
	head [16]int // whom each goes along with: itself, or one before it
	ends [16]int // the pieces of the heads up to each
}

// The multiply-adds that are worth a piece of their own: about 5 µs, and what a
// piece may grow to where every thread has some: about 40 µs.
const (
	grain  = 1 << 18
	coarse = 1 << 21
)

// await puts j among the products that wait, or runs those first.
func (d *Device) await(j productJob) {
	if j.m == 0 || j.n == 0 {
		return
	}
	if j.k == 0 {
		d.flush()
		for i := 0; j.load == 0 && i < j.m; i++ {
			clear(j.c[i*j.ldc : i*j.ldc+j.n])
		}
		return
	}
	if j.few(d.cols) {
		d.flush()
		d.multiplyFew(&j)
		return
	}
	q := &d.jobs.products
	head, apart := q.place(&j)
	if !apart || q.n == len(q.list) {
		d.flush()
		head = 0
	}
	j.d = d
	q.list[q.n], q.head[q.n] = j, head
	q.n++
}

// place finds whom j goes along with: itself, or a product of the same result. apart
// is false where j needs the result of a product that waits, or writes what one
// reads or writes.
func (q *waiting) place(j *productJob) (head int, apart bool) {
	head = q.n
	for i := range q.n {
		p := &q.list[i]
		if meet(p.c, j.a.data) || meet(p.c, j.b.data) || meet(j.c, p.a.data) || meet(j.c, p.b.data) {
			return 0, false
		}
		if meet(p.c, j.c) {
			if &p.c[0] != &j.c[0] || p.m != j.m || p.n != j.n || p.ldc != j.ldc || j.load == 0 {
				return 0, false
			}
			head = q.head[i]
		}
	}
	return head, true
}

// meet reports whether two pieces of memory have a float in common.
func meet(x, y []float32) bool {
	a, b := uintptr(unsafe.Pointer(unsafe.SliceData(x))), uintptr(unsafe.Pointer(unsafe.SliceData(y)))
	return a < b+4*uintptr(len(y)) && b < a+4*uintptr(len(x))
}

// flush runs the products that wait.
func (d *Device) flush() {
	q := &d.jobs.products
	if q.n == 0 {
		return
	}
	q.d = d
	pieces := q.cut(d.pool.threads)
	d.pool.run(q, pieces)
	clear(q.list[:q.n])
	q.n = 0
}

// cut shares the products out: each head into as many pieces as there are threads,
// or twice as many, and so on, so that equal pieces end together.
func (q *waiting) cut(threads int) (pieces int) {
	var size [len(q.list)]int // of a head and those that go along
	total := 0
	for i := range q.n {
		j := &q.list[i]
		size[q.head[i]] += j.m * j.n * j.k
		total += j.m * j.n * j.k
	}
	each := max(grain, min(coarse, total/(2*threads)), total/(16*threads))
	for i := range q.n {
		j := &q.list[i]
		if h := &q.list[q.head[i]]; h != j {
			j.rows, j.blocks, j.panels = h.rows, h.blocks, h.panels
		} else if threads == 1 || total < 2*grain {
			pieces += j.cut(1)
		} else {
			pieces += j.cut(ceil(ceil(size[i], each), threads) * threads)
		}
		q.ends[i] = pieces
	}
	return pieces
}

func (q *waiting) do(piece, worker int) {
	head := 0
	for piece >= q.ends[head] {
		head++
	}
	if head > 0 {
		piece -= q.ends[head-1]
	}
	for i := head; i < q.n; i++ {
		if q.head[i] == head {
			q.list[i].do(piece, q.d.workers[worker])
		}
	}
}
