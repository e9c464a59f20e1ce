package igsm

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// Templates are dealt into bins by their hash, so that training and test sets
// share no way of solving.
const (
	bins      = 23
	trainBins = 16
)

// template hashes the way in which a problem is solved: in order, what kind of
// parameter each needed one is, the shape of its equation, and which earlier
// ones it rests on. Numbers and names do not count.
func (g *generator) template() (digest string, bin int) {
	var at [most]byte
	b := g.buf[:0]
	for i, p := range g.order {
		at[p] = byte(i)
		kind := byte('i')
		if g.s.params[p].abstract {
			kind = 'a'
		}
		b = append(b, ';', kind)
		g.tokens = g.equation(g.tokens[:0], p)
		for _, t := range g.tokens {
			switch t.op {
			case 0:
				b = append(b, '0')
			case 'v':
				b = append(b, 'v', at[t.v])
			default:
				b = append(b, t.op)
			}
		}
	}
	g.buf = b
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8]), int(binary.BigEndian.Uint64(sum[:8]) % bins)
}
