package train

import (
	"slices"
	"testing"
)

// Every epoch shows every row once, whatever their number.
func TestOrderIsAPermutation(t *testing.T) {
	for _, n := range []int64{1, 2, 3, 4, 5, 15, 16, 17, 1000} {
		o := newOrder(7, n)
		for epoch := range int64(3) {
			seen := make([]bool, n)
			for i := range n {
				row := o.at(epoch*n + i)
				if row < 0 || row >= n || seen[row] {
					t.Fatalf("%d rows, epoch %d, position %d: row %d again, or beyond", n, epoch, i, row)
				}
				seen[row] = true
			}
		}
	}
}

func take(o order, from, n int64) (rows []int64) {
	for i := range n {
		rows = append(rows, o.at(from+i))
	}
	return rows
}

// Epochs and seeds differ, and no row is likely to stand where it stood.
func TestOrderIsShuffled(t *testing.T) {
	const n = 1000
	first := take(newOrder(1, n), 0, n)
	for name, other := range map[string][]int64{
		"the next epoch": take(newOrder(1, n), n, n), "another seed": take(newOrder(2, n), 0, n), "the rows as they are": ordered(n),
	} {
		same := 0
		for i := range first {
			if first[i] == other[i] {
				same++
			}
		}
		if same > 10 {
			t.Errorf("%d of %d rows stand where they stand in %s; by chance it is 1", same, n, name)
		}
	}
}

func ordered(n int64) (rows []int64) {
	for i := range n {
		rows = append(rows, i)
	}
	return rows
}

// The order is part of what a checkpoint means: it never changes.
func TestOrderIsFrozen(t *testing.T) {
	want := []int64{1, 0, 5, 2, 6, 8, 9, 3, 4, 7, 9, 2, 1, 6, 8, 7, 4, 3, 0, 5}
	if got := take(newOrder(20261122, 10), 0, 20); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
