package endpoint

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"
)

// A Cache keeps answers in files named by the digest of their request: what was
// asked once is not asked again. Requests stand in it as digests only, and keys
// never.
type Cache struct {
	Dir   string
	Scope string // told apart beside the request: the policy, where its name does not say which weights it has
}

func digest(path string, body []byte) string {
	h := sha256.New()
	h.Write([]byte(path))
	h.Write([]byte{0})
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

func (c *Cache) file(key string) string {
	if c.Scope != "" {
		key = digest(c.Scope, []byte(key))
	}
	return filepath.Join(c.Dir, key[:2], key+".json")
}

// get reads an answer. A file that is cut short or holds something else counts as
// none, and is written anew.
func (c *Cache) get(key string) (a Answer, ok bool) {
	if c == nil {
		return a, false
	}
	data, err := os.ReadFile(c.file(key))
	if err != nil || json.Unmarshal(data, &a, json.RejectUnknownMembers(true)) != nil {
		return Answer{}, false
	}
	a.Cached = true
	return a, true
}

// put writes an answer so that it is there whole or not at all.
func (c *Cache) put(key string, a Answer) error {
	if c == nil {
		return nil
	}
	data, err := json.Marshal(a)
	if err != nil {
		return err
	}
	name := c.file(key)
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".answer-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
