package decode

import (
	"crypto/sha256"
	"encoding/binary"
)

// Seed is the seed of one sequence: a hash of the run's seed, the step, the
// prompt's name and the number of the sample.
func Seed(run uint64, step int, prompt string, sample int) uint64 {
	b := make([]byte, 24, 24+len(prompt))
	binary.LittleEndian.PutUint64(b, run)
	binary.LittleEndian.PutUint64(b[8:], uint64(step))
	binary.LittleEndian.PutUint64(b[16:], uint64(sample))
	sum := sha256.Sum256(append(b, prompt...))
	return binary.LittleEndian.Uint64(sum[:])
}

// uniform is the number in [0, 1) that decides position i of a sequence: a
// finalizer of 64 bits (splitmix64) over a counter, so that no state has to be
// kept or restored.
func uniform(seed uint64, i int) float64 {
	x := seed + (uint64(i)+1)*0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	x ^= x >> 31
	return float64(x>>11) / (1 << 53)
}
