package cuda

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// A cache keeps compiled kernels on disk, by the digest of what they were made
// from. An entry is the digest of its body and then the body, so that one that
// was cut short or flipped is made anew. An empty folder keeps nothing.
type cache struct{ folder string }

// userCache is the cache in the user's cache folder; without one nothing is kept.
func userCache() cache {
	dir, err := os.UserCacheDir()
	if err != nil {
		return cache{}
	}
	return cache{filepath.Join(dir, "graft", "cuda")}
}

// key is the digest of parts, no two lists of which give the same bytes.
func key(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:", len(p))
		io.WriteString(h, p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// get is the entry of a key, or what build makes, which is then kept. A cache
// that cannot be written is no reason to stop.
func (c cache) get(key string, build func() ([]byte, error)) ([]byte, error) {
	if c.folder == "" {
		return build()
	}
	path := filepath.Join(c.folder, key)
	if b, err := os.ReadFile(path); err == nil && len(b) > sha256.Size {
		if sum := sha256.Sum256(b[sha256.Size:]); bytes.Equal(sum[:], b[:sha256.Size]) {
			return b[sha256.Size:], nil
		}
	}
	body, err := build()
	if err != nil {
		return nil, err
	}
	c.put(path, body)
	return body, nil
}

// put writes an entry whole or not at all.
func (c cache) put(path string, body []byte) {
	if os.MkdirAll(c.folder, 0o755) != nil {
		return
	}
	f, err := os.CreateTemp(c.folder, "new-*")
	if err != nil {
		return
	}
	sum := sha256.Sum256(body)
	_, err = f.Write(append(sum[:], body...))
	if e := f.Close(); err != nil || e != nil || os.Rename(f.Name(), path) != nil {
		os.Remove(f.Name())
	}
}
