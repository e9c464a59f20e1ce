package model

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"strings"
)

// Init makes a fresh model: matrices from a normal distribution of standard
// deviation Config.InitStd, norms 1, biases 0. Each tensor has its own stream,
// keyed by seed and name.
func (m *Model) Init(seed uint64) {
	m.uploadTables()
	for _, p := range m.params {
		w := make([]float32, p.Elements())
		switch {
		case len(p.Shape) == 2:
			r := stream(seed, p.Name)
			for i := range w {
				w[i] = float32(r.NormFloat64() * m.cfg.InitStd)
			}
		case strings.HasSuffix(p.Name, "norm.weight"):
			for i := range w {
				w[i] = 1
			}
		}
		m.dev.Upload(p.W, w)
	}
	m.SyncAct()
}

func stream(seed uint64, name string) *rand.Rand {
	key := append(binary.LittleEndian.AppendUint64(nil, seed), name...)
	return rand.New(rand.NewChaCha8(sha256.Sum256(key)))
}
