package shard

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"strconv"
)

// Root is the build id: the root of a Merkle tree, in hex, over what the build
// is, and over nothing that may differ between equal builds.
//
// Every hash is SHA-256 of a tag and of fields, each field preceded by its
// length (8 bytes, little-endian); the tags keep leaves and nodes apart.
//
//	leaf 0     H("graft/1/header", format, seed, capacity, tokenizer digest,
//	           Unicode version, vocabulary, every span name in order):
//	           without these the files cannot be understood
//	leaf 1 …   H("graft/1/file", path, bytes, rows, SHA-256), one for each data
//	           file, in order of path
//	node       H("graft/1/node", left, right); the last of an odd level goes up
//	           as it is
//
// Numbers are decimal text, digests hex. Recipe, stages and weights are left
// out: the recipe names input files, and the weights are made to be changed.
func (m *Manifest) Root() string {
	head := []string{strconv.Itoa(m.Format), strconv.FormatInt(m.Seed, 10), strconv.Itoa(m.Capacity),
		m.Tokenizer.SHA256, m.Tokenizer.Unicode, strconv.Itoa(m.Tokenizer.Vocab)}
	level := [][]byte{leaf("graft/1/header", append(head, m.SpanNames...)...)}
	for _, f := range m.Files {
		if f.Role == RoleData {
			level = append(level, leaf("graft/1/file", f.Path, strconv.FormatInt(f.Bytes, 10), strconv.FormatInt(f.Rows, 10), f.SHA256))
		}
	}
	for len(level) > 1 {
		up := level[:0:0]
		for i := 0; i+1 < len(level); i += 2 {
			up = append(up, leaf("graft/1/node", string(level[i]), string(level[i+1])))
		}
		if len(level)%2 == 1 {
			up = append(up, level[len(level)-1])
		}
		level = up
	}
	return hex.EncodeToString(level[0])
}

func leaf(tag string, fields ...string) []byte {
	h := sha256.New()
	field(h, tag)
	for _, f := range fields {
		field(h, f)
	}
	return h.Sum(nil)
}

func field(h hash.Hash, s string) {
	var n [8]byte
	binary.LittleEndian.PutUint64(n[:], uint64(len(s)))
	h.Write(n[:])
	h.Write([]byte(s))
}
