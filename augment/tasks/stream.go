package tasks

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// A stream is the chance behind one problem at a time. It belongs to one
// goroutine.
type stream struct {
	name string
	buf  []byte
	cha  *rand.ChaCha8
	rand *rand.Rand

	bytes  int          // of the batch before
	buffer bytes.Buffer // for one record
}

func newStream(name string) *stream {
	c := rand.NewChaCha8([32]byte{})
	return &stream{name: name, cha: c, rand: rand.New(c)}
}

// at points the stream at problem index of a seed: its seed is the SHA-256 of
// both and the generator's name. The result is valid until the next call.
func (s *stream) at(seed uint64, index int64) *rand.Rand {
	b := binary.LittleEndian.AppendUint64(s.buf[:0], seed)
	b = binary.LittleEndian.AppendUint64(b, uint64(index))
	s.buf = append(b, s.name...)
	s.cha.Seed(sha256.Sum256(s.buf))
	return s.rand
}
