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
		r := stream(seed, p.Name)
		m.pour(p.W, func(dst []float32, _ int) error {
			for i := range dst {
				switch {
				case len(p.Shape) == 2:
					dst[i] = float32(r.NormFloat64() * m.cfg.InitStd)
				case strings.HasSuffix(p.Name, "norm.weight"):
					dst[i] = 1
				default:
					dst[i] = 0
				}
			}
			return nil
		})
	}
	m.SyncAct()
}

func stream(seed uint64, name string) *rand.Rand {
	key := append(binary.LittleEndian.AppendUint64(nil, seed), name...)
	return rand.New(rand.NewChaCha8(sha256.Sum256(key)))
}
