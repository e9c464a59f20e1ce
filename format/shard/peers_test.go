package shard

import "sort"

// The bin selection of two peers, written from descriptions of their method, to
// compare packings and times on equal terms: one language, indexes only.

// segmentTreeBFD is TRL's: best-fit decreasing, with a segment tree over room
// that answers "the least room of at least n that some bin has".
func segmentTreeBFD(lengths []int32, capacity int) int {
	order := make([]int32, len(lengths))
	for i := range order {
		order[i] = int32(i)
	}
	sort.SliceStable(order, func(i, j int) bool { return lengths[order[i]] > lengths[order[j]] })
	size := 1
	for size < capacity+1 {
		size *= 2
	}
	tree := make([]int32, 2*size) // the largest room below each node
	queues := make([][]int32, capacity+1)
	update := func(room int, v int32) {
		i := room + size
		tree[i] = v
		for i /= 2; i > 0; i /= 2 {
			tree[i] = max(tree[2*i], tree[2*i+1])
		}
	}
	bins := 0
	var docs [][]int32
	for _, d := range order {
		n := lengths[d]
		room, bin := capacity, 0
		if tree[1] >= n {
			i := 1
			for i < size {
				if i *= 2; tree[i] < n {
					i++
				}
			}
			room = i - size
			q := queues[room]
			bin, queues[room] = int(q[0]), q[1:]
			if len(q) == 1 {
				update(room, 0)
			}
		} else {
			bin = bins
			bins++
			docs = append(docs, nil)
		}
		docs[bin] = append(docs[bin], d)
		left := room - int(n)
		if left > 0 {
			if queues[left] = append(queues[left], int32(bin)); len(queues[left]) == 1 {
				update(left, int32(left))
			}
		}
	}
	return bins
}

// greedyKnapsack is LLaMA-Factory's: sorted lengths; a bin is filled by bisecting
// for the longest that still fits, which is taken out of the list.
func greedyKnapsack(lengths []int32, capacity int) int {
	rest := append([]int32(nil), lengths...)
	sort.Slice(rest, func(i, j int) bool { return rest[i] < rest[j] })
	bins := 0
	for len(rest) > 0 {
		room := int32(capacity)
		for {
			i := sort.Search(len(rest), func(i int) bool { return rest[i] > room }) - 1
			if i < 0 {
				break
			}
			room -= rest[i]
			rest = append(rest[:i], rest[i+1:]...)
		}
		bins++
	}
	return bins
}
