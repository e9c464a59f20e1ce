package cpu

import "unsafe"

// Operations wait for each other: products, and what is done to rows between them,
// that do not need each other's results are one job, which the threads meet at once
// instead of one by one. Whatever else touches the arena (words, halves, Sync) runs
// first what waits.
//
// A stage that needs of an earlier one the same rows only goes along with it: the
// thread that has computed a block of rows goes on with that block, which its cache
// still has. A norm, then queries, keys and values of it, then their rotations, say.
// A gradient of a weight, which sums over rows, never goes along.
type waiting struct {
	d    *Device
	n    int
	list [20]stage
	head [20]int // whom each goes along with: itself, or one before it
	rows [20]int // of a head: the rows that the stages have in common
	size [20]int // of a head: rows of a piece, where others go along
	ends [20]int // the pieces of the heads up to each
}

// A stage is one operation that waits.
type stage struct {
	count   int // rows of a product's result, or items of each
	product productJob
	each    eachJob // in place of a product, where it has an f
	uses    [8]operand
	unit    int       // items that go into one sum, of which a piece has whole ones; or 0
	dw      []float32 // what the sums over rows in each.y are added to at the end
}

// An operand is memory that a stage uses, and whether by rows: its share of the
// stage's count for each of them.
type operand struct {
	data        []float32
	rows, write bool
}

// reads and writes are operands by rows; whole is read by every row.
func reads(x []float32) operand  { return operand{x, true, false} }
func writes(x []float32) operand { return operand{x, true, true} }
func whole(x []float32) operand  { return operand{x, false, false} }

// The multiply-adds that are worth a piece of their own: about 5 µs, and what a
// piece may grow to where every thread has some: about 40 µs.
const (
	grain  = 1 << 18
	coarse = 1 << 21
)

// manyRows is from how many rows on stages go along: fewer are cut by columns too.
const manyRows = 256

// await puts a product among the stages that wait.
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
	byRows := j.m >= manyRows && j.a.cs == 1
	d.wait(stage{count: j.m, product: j, uses: [8]operand{{j.a.data, byRows, false}, {j.b.data, false, false}, {j.c, byRows, true}}})
}

// awaitEach puts j among the stages that wait, if it is worth it, and else runs it.
func (d *Device) awaitEach(j eachJob, width int, uses ...operand) {
	d.awaitSums(j, width, nil, uses...)
}

// awaitSums is awaitEach of sums over rows, which are added to dw at last.
func (d *Device) awaitSums(j eachJob, width int, dw []float32, uses ...operand) {
	if j.count < manyRows {
		d.flush()
		d.each(j, width)
		d.sumParts(dw, j.y)
		return
	}
	s := stage{count: j.count, each: j.sized(d, width), dw: dw, unit: j.size}
	copy(s.uses[:], uses)
	d.wait(s)
}

// wait puts s among the stages that wait, or runs those first.
func (d *Device) wait(s stage) {
	q := &d.jobs.waiting
	head, rows, apart := q.place(&s)
	if !apart || q.n == len(q.list) {
		d.flush()
		head, rows = 0, s.count
	}
	s.product.d, s.each.d = d, d
	q.list[q.n], q.head[q.n], q.rows[head] = s, head, rows
	q.n++
}

// place finds whom s goes along with, and how many rows they then have in common;
// apart is false where s must come after what waits.
func (q *waiting) place(s *stage) (head, rows int, apart bool) {
	head, rows = q.n, s.count
	for i := range q.n {
		bond := q.list[i].bond(s)
		if bond == against || bond == along && head != q.n && head != q.head[i] {
			return 0, 0, false
		}
		if bond == along {
			head = q.head[i]
		}
	}
	if head == q.n {
		return head, rows, true
	}
	switch have := q.rows[head]; {
	case s.count%have == 0:
		rows = have
	case have%s.count != 0:
		return 0, 0, false
	}
	return head, rows, true
}

// A bond is what one stage means to a later one.
type bond int

const (
	none    bond = iota // nothing
	along               // they share rows
	against             // the later must wait until all of the earlier is done
)

func (s *stage) bond(later *stage) bond {
	result := none
	for _, a := range s.uses {
		for _, b := range later.uses {
			if !a.write && !b.write || !meet(a.data, b.data) {
				continue
			}
			if !a.rows || !b.rows || len(a.data) != len(b.data) || &a.data[0] != &b.data[0] {
				return against
			}
			result = along
		}
	}
	return result
}

// meet reports whether two pieces of memory have a float in common.
func meet(x, y []float32) bool {
	a, b := uintptr(unsafe.Pointer(unsafe.SliceData(x))), uintptr(unsafe.Pointer(unsafe.SliceData(y)))
	return a < b+4*uintptr(len(y)) && b < a+4*uintptr(len(x))
}

// uses reports whether a stage that waits touches x.
func (q *waiting) uses(x []float32) bool {
	for i := range q.n {
		for _, o := range q.list[i].uses {
			if meet(o.data, x) {
				return true
			}
		}
	}
	return false
}

// flush runs the stages that wait.
func (d *Device) flush() {
	q := &d.jobs.waiting
	if q.n == 0 {
		return
	}
	q.d = d
	clear(q.size[:q.n])
	d.pool.run(q, q.cut(d.pool.threads))
	for i := range q.n {
		if s := &q.list[i]; s.dw != nil {
			d.sumParts(s.dw, s.each.y)
		}
	}
	clear(q.list[:q.n])
	q.n = 0
}

// cut shares the stages out. A product alone is cut into as many pieces as there are
// threads, or twice as many, and so on, so that equal pieces end together; stages
// that go together into four blocks of rows a thread, but not more than a cache
// holds, nor less than what they pack is worth.
func (q *waiting) cut(threads int) (pieces int) {
	var size [len(q.list)]int // multiply-adds
	var together [len(q.list)]bool
	total := 0
	for i := range q.n {
		h, j := q.head[i], &q.list[i].product
		size[h] += j.m * j.n * j.k
		total += j.m * j.n * j.k
		together[h] = together[h] || h != i
	}
	each := max(grain, min(coarse, total/(2*threads)), total/(16*threads))
	for i := range q.n {
		s := &q.list[i]
		switch {
		case q.head[i] != i:
			q.ends[i] = pieces
			continue
		case together[i]:
			pieces += q.blocks(i, threads)
		case s.each.f != nil:
			pieces += ceil(s.count, s.each.size)
		case threads == 1 || total < 2*grain:
			pieces += s.product.cut(1)
		default:
			pieces += s.product.cut(ceil(ceil(size[i], each), threads) * threads)
		}
		q.ends[i] = pieces
	}
	return pieces
}

// blocks cuts the rows of a head and its company.
func (q *waiting) blocks(head, threads int) (pieces int) {
	rows := q.rows[head]
	n := ceil(rows, blockRows)
	if threads > 1 {
		n = max(ceil(n, threads)*threads, min(4*threads, rows/96))
	}
	unit := q.d.family.rows
	for i := head; i < q.n; i++ {
		if q.head[i] == head {
			unit = max(unit, q.list[i].unit)
		}
	}
	size := ceil(ceil(rows, n), unit) * unit
	n = ceil(rows, size)
	q.size[head] = size
	for i := head; i < q.n; i++ {
		if j := &q.list[i].product; q.head[i] == head && j.m > 0 {
			per := j.m / rows
			j.rows, j.blocks, j.panels = size*per, n, ceil(j.n, q.d.cols)
		}
	}
	return n
}

func (q *waiting) do(piece, worker int) {
	head, w := 0, q.d.workers[worker]
	for piece >= q.ends[head] {
		head++
	}
	if head > 0 {
		piece -= q.ends[head-1]
	}
	for i := head; i < q.n; i++ {
		if q.head[i] != head {
			continue
		}
		s := &q.list[i]
		size := s.each.size
		if q.size[head] > 0 {
			size = q.size[head] * (s.count / q.rows[head])
		}
		if s.each.f == nil {
			s.product.do(piece, w)
		} else {
			step := size
			if s.unit > 0 {
				step = s.unit
			}
			for from, to := piece*size, min(s.count, (piece+1)*size); from < to; from += step {
				s.each.f(&s.each, w, from, min(to, from+step))
			}
		}
	}
}
