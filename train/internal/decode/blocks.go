package decode

// A pool hands out the blocks of the paged cache.
type pool struct{ free []int32 }

func newPool(blocks int) *pool {
	p := &pool{free: make([]int32, blocks)}
	for i := range p.free {
		p.free[i] = int32(blocks - 1 - i) // the lowest is handed out first
	}
	return p
}

// take appends n blocks to dst, or reports that there are not so many.
func (p *pool) take(dst []int32, n int) ([]int32, bool) {
	if n > len(p.free) {
		return dst, false
	}
	for range n {
		last := len(p.free) - 1
		dst = append(dst, p.free[last])
		p.free = p.free[:last]
	}
	return dst, true
}

func (p *pool) give(blocks []int32) { p.free = append(p.free, blocks...) }
