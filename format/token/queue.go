package token

import (
	"cmp"
	"container/heap"
)

// A pairQueue yields the most frequent pair first, and of equals the one with
// the lowest ids. Its counts may be stale; the trainer looks again.
type pairQueue []queued

type queued struct {
	n    int64
	pair idPair
}

func comparePairs(a, b idPair) int {
	return cmp.Or(cmp.Compare(a.left, b.left), cmp.Compare(a.right, b.right))
}

func (q *pairQueue) push(x queued) { heap.Push((*byCount)(q), x) }
func (q *pairQueue) pop() queued   { return heap.Pop((*byCount)(q)).(queued) }

// byCount keeps the methods that container/heap wants out of sight.
type byCount []queued

func (q byCount) Len() int      { return len(q) }
func (q byCount) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q byCount) Less(i, j int) bool {
	if q[i].n != q[j].n {
		return q[i].n > q[j].n
	}
	return comparePairs(q[i].pair, q[j].pair) < 0
}
func (q *byCount) Push(x any) { *q = append(*q, x.(queued)) }
func (q *byCount) Pop() any {
	last := len(*q) - 1
	x := (*q)[last]
	*q = (*q)[:last]
	return x
}
