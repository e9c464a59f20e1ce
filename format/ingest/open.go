package ingest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Stdin is the path that means standard input.
const Stdin = "-"

// Options are the limits and choices of reading. The zero Options are the
// defaults.
type Options struct {
	Container string    // name in Containers; empty: sniffed
	MaxLine   int64     // longest record in bytes; 0: 64 MiB
	MaxRatio  int64     // largest ratio of decompressed to compressed bytes; 0: 200
	Stdin     io.Reader // what "-" reads; nil: os.Stdin
}

// ratioFloor is how much any compressed file may decompress to before
// MaxRatio counts: short files of one repeated byte are no bombs.
const ratioFloor = 16 << 20

func (o Options) maxLine() int64 {
	if o.MaxLine > 0 {
		return o.MaxLine
	}
	return 64 << 20
}

func (o Options) maxRatio() int64 {
	if o.MaxRatio > 0 {
		return o.MaxRatio
	}
	return 200
}

// A Source is an open file, decompressed. Codec is gzip, zstd or empty.
type Source struct {
	io.Reader
	Path  string
	Codec string
	close func()
}

// Close releases the file.
func (s *Source) Close() error { s.close(); return nil }

var magics = []struct {
	codec, magic string
	open         func(io.Reader) (io.Reader, func(), error)
}{
	{"gzip", "\x1f\x8b", openGzip},
	{"zstd", "\x28\xb5\x2f\xfd", openZstd},
}

func openGzip(r io.Reader) (io.Reader, func(), error) {
	z, err := gzip.NewReader(r)
	return z, func() {}, err
}

func openZstd(r io.Reader) (io.Reader, func(), error) {
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, nil, err
	}
	return z, z.Close, nil
}

// Open opens a file, or standard input for "-", and undoes its compression,
// which is known by magic bytes and never by name.
func Open(path string, o Options) (*Source, error) {
	s := &Source{Path: path, close: func() {}}
	var in io.Reader
	if path == Stdin {
		if in = o.Stdin; in == nil {
			in = os.Stdin
		}
	} else {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		in, s.close = f, func() { f.Close() }
	}
	counted := &counter{r: in}
	raw := bufio.NewReaderSize(counted, 64<<10)
	head, err := raw.Peek(4)
	if err != nil && err != io.EOF {
		s.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	s.Reader = raw
	for _, m := range magics {
		if !bytes.HasPrefix(head, []byte(m.magic)) {
			continue
		}
		z, free, err := m.open(raw)
		if err != nil {
			s.Close()
			return nil, fmt.Errorf("%s: %w: %s header: %w", path, ErrFormat, m.codec, err)
		}
		release := s.close
		s.close = func() { free(); release() }
		s.Codec = m.codec
		s.Reader = &inflater{r: z, in: counted, path: path, codec: m.codec, ratio: o.maxRatio()}
	}
	return s, nil
}

type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// An inflater reads decompressed bytes, says where a damaged stream broke, and
// stops a bomb.
type inflater struct {
	r           io.Reader
	in          *counter
	out, ratio  int64
	path, codec string
}

func (z *inflater) Read(p []byte) (int, error) {
	n, err := z.r.Read(p)
	z.out += int64(n)
	switch {
	case err != nil && err != io.EOF:
		what := "damaged"
		if errors.Is(err, io.ErrUnexpectedEOF) {
			what = "cut short"
		}
		return n, fmt.Errorf("%s: %w: %s stream %s at or before byte %d, after %d decompressed bytes: %w",
			z.path, ErrFormat, z.codec, what, z.in.n, z.out, err)
	case z.out > ratioFloor && z.out/max(z.in.n, 1) >= z.ratio:
		return n, fmt.Errorf("%s: %w: %d bytes of %s became more than %d, over the limit of %d to 1",
			z.path, ErrFormat, z.in.n, z.codec, z.out, z.ratio)
	}
	return n, err
}

// Expand expands glob patterns, relative ones against dir, into the sorted list
// of files they match, each once. "-" stands for itself. A pattern that
// matches no file is an error.
func Expand(patterns []string, dir string) ([]string, error) {
	var all []string
	for _, p := range patterns {
		if p == Stdin {
			all = append(all, p)
			continue
		}
		full := p
		if !filepath.IsAbs(p) {
			full = filepath.Join(dir, p)
		}
		found, err := glob(full)
		if err != nil {
			return nil, fmt.Errorf("pattern %q: %w", p, err)
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("pattern %q: no file in %s matches it", p, dir)
		}
		all = append(all, found...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// glob is filepath.Glob without directories. A path that names a file is that
// file even if its name holds a bracket.
func glob(pattern string) ([]string, error) {
	if info, err := os.Stat(pattern); err == nil && !info.IsDir() {
		return []string{pattern}, nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(pattern, `*?[\`) {
		return nil, err
	}
	found, err := filepath.Glob(pattern)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(p string) bool {
		info, err := os.Stat(p)
		return err != nil || info.IsDir()
	}), nil
}
