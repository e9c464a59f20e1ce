package augment

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/seed-cdf14512/graft/format/strict"
)

// A Source is a file that a behavior without Go is read from.
type Source struct {
	Name   string // what diagnostics call it
	Data   []byte
	Beside fs.FS  // the folder that it lies in: what it names is read from there
	Dir    string // the same as a path; empty where nothing may be run, as when a build is proved again
}

// A File is what became of a Source.
type File struct {
	Digest string            // SHA-256 in hex of Kept
	Kept   map[string][]byte // everything that decides what the behavior does, by name; a build keeps it
	Before string            // the behavior of the suite that its edits stand before in one gap; empty: all
	Tests  []LintTest        // run by graft lint
	Places *strict.Decoder   // where the file's values stand
	Close  func()            // ends what the behavior runs, which begins again when it is asked again; may be nil
}

// NewFile digests what is kept. Every name and content counts, and nothing else.
func NewFile(kept map[string][]byte) *File {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(kept)) {
		for _, b := range [][]byte{[]byte(name), kept[name]} {
			h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(b))))
			h.Write(b)
		}
	}
	return &File{Digest: hex.EncodeToString(h.Sum(nil)), Kept: kept}
}

// Version is the version of a behavior that is read from the file: 30 bits of the
// digest, as many as a stamp has room for, so that any other byte draws other
// chance and is stamped as other. The whole digest stands in the recipe's identity.
func (f *File) Version() int {
	b, err := hex.DecodeString(f.Digest)
	if err != nil || len(b) < 4 {
		panic(fmt.Sprintf("digest %q: %v", f.Digest, err)) // NewFile made it
	}
	return 1 + int(binary.BigEndian.Uint32(b)>>2)
}

func (f *File) digest() string {
	if f == nil {
		return ""
	}
	return f.Digest
}

// A Stop is an error of a behavior that ends the build: the machine failed, not
// one edit.
type Stop struct{ Err error }

func (s *Stop) Error() string { return s.Err.Error() }

// Unwrap is what failed.
func (s *Stop) Unwrap() error { return s.Err }

// close ends what the plan's behaviors run.
func (p *Plan) close() {
	for _, u := range p.Uses {
		if f := u.Behavior.File; f != nil && f.Close != nil {
			f.Close()
		}
	}
}

// closeWhen ends what the plan's behaviors run when ctx ends, and goes on to do so
// until the returned function is called: another worker may just be starting one.
func (p *Plan) closeWhen(ctx context.Context) (stop func()) {
	done := make(chan struct{})
	var swept sync.WaitGroup
	swept.Go(func() {
		select {
		case <-done:
			return
		case <-ctx.Done():
		}
		for again := time.NewTicker(50 * time.Millisecond); ; {
			p.close()
			select {
			case <-done:
				again.Stop()
				return
			case <-again.C:
			}
		}
	})
	return func() { close(done); swept.Wait() }
}

// Edition is the version for people: v3, or for a file the digest's first digits.
func (b *Behavior) Edition() string {
	if b.File != nil {
		return "file " + b.File.Digest[:12]
	}
	return fmt.Sprintf("v%d", b.Version)
}
