package train

import (
	"crypto/sha256"
	"encoding/binary"
)

// An order is a permutation of 0 to n-1 that is drawn for each epoch and needs
// no memory: the row at a position follows from seed and position alone, so that
// a run resumes from one number.
//
// It is a balanced Feistel network of eight rounds over the least even number of
// bits that holds n, walked until it lands below n (Black and Rogaway 2002,
// cycle walking).
type order struct {
	seed uint64
	n    int64
	half uint // bits of half a block
}

func newOrder(seed uint64, n int64) order {
	half := uint(1)
	for int64(1)<<(2*half) < n {
		half++
	}
	return order{seed, n, half}
}

// at is the row at a position of the endless stream of epochs.
func (o order) at(position int64) int64 {
	keys := o.keys(position / o.n)
	x := uint64(position % o.n)
	for {
		x = o.permute(x, keys)
		if x < uint64(o.n) {
			return int64(x)
		}
	}
}

// keys are the round keys of an epoch.
func (o order) keys(epoch int64) (k [8]uint32) {
	b := binary.LittleEndian.AppendUint64([]byte("graft train order 1\n"), o.seed)
	sum := sha256.Sum256(binary.LittleEndian.AppendUint64(b, uint64(epoch)))
	for i := range k {
		k[i] = binary.LittleEndian.Uint32(sum[4*i:])
	}
	return k
}

func (o order) permute(x uint64, keys [8]uint32) uint64 {
	mask := uint64(1)<<o.half - 1
	l, r := x>>o.half, x&mask
	for _, k := range keys {
		l, r = r, l^mix(uint64(k)<<32^r)&mask
	}
	return l<<o.half | r
}

// mix is the finalizer of SplitMix64 (Steele, Lea and Flood 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
