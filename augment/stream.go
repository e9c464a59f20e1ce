package augment

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// A stream is a keyed source of chance: its seed is the SHA-256 of what the
// chance is for, so neither the worker, nor the position in a file, nor another
// behavior in the recipe can change it. The numbers that a key gives are frozen
// by a regression test. A stream belongs to one goroutine.
type stream struct {
	buf  []byte
	cha  *rand.ChaCha8
	rand *rand.Rand
}

func newStream() *stream {
	c := rand.NewChaCha8([32]byte{})
	return &stream{cha: c, rand: rand.New(c)}
}

// A key names one use of chance.
type key struct {
	seed     uint64
	behavior string
	version  int
	trace    string
	purpose  string // select, pick, write
	step     int    // ID of the step that the chance is about; 0 for the whole trace
	after    bool
}

// sum hashes k with every field length-prefixed or of fixed width, so that no
// two keys run into one another.
func (s *stream) sum(k *key) [32]byte {
	b := s.buf[:0]
	b = binary.LittleEndian.AppendUint64(b, k.seed)
	for _, f := range [...]string{k.behavior, k.trace, k.purpose} {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(f)))
		b = append(b, f...)
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(k.version))
	b = binary.LittleEndian.AppendUint64(b, uint64(k.step))
	if k.after {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	s.buf = b
	return sha256.Sum256(b)
}

// draw is one 32-bit number for k, for decisions that need no more.
func (s *stream) draw(k *key) uint32 {
	h := s.sum(k)
	return binary.LittleEndian.Uint32(h[:])
}

// start points the stream's generator at k and returns it; it is valid until
// the next start.
func (s *stream) start(k *key) *rand.Rand {
	s.cha.Seed(s.sum(k))
	return s.rand
}
