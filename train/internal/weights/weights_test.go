package weights

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func tensorsOf(n int) []Tensor {
	var out []Tensor
	for i := range n {
		out = append(out, Tensor{Name: fmt.Sprintf("t%d", i), Shape: []int{i + 1, 3}, Read: func(dst []float32, from int) error {
			for j := range dst {
				dst[j] = float32(i) + float32(from+j)/32
			}
			return nil
		}})
	}
	return out
}

// TestWriteThenOpen: what was written is read, in one file and in shards, whose
// sizes stay under the limit and whose index is whole.
func TestWriteThenOpen(t *testing.T) {
	for _, kind := range []Type{F32, BF16, F16} {
		for _, shard := range []int64{0, 100} {
			dir := t.TempDir()
			if err := Write(dir, tensorsOf(6), kind, shard); err != nil {
				t.Fatal(err)
			}
			shards, _ := filepath.Glob(filepath.Join(dir, "model-*-of-*.safetensors"))
			if (len(shards) > 1) != (shard == 100) {
				t.Errorf("%v at %d bytes a shard: %d shards", kind, shard, len(shards))
			}
			c, err := Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			for i, x := range tensorsOf(6) {
				e, _ := c.Entry(x.Name)
				got, want := make([]float32, x.elements()), make([]float32, x.elements())
				x.Read(want, 0)
				if err := c.Read(x.Name, 0, got); err != nil || e.Type != kind || !slices.Equal(e.Shape, x.Shape) {
					t.Errorf("tensor %d: %v, %+v", i, err, e)
				}
				if !slices.Equal(got, want) { // small multiples of 1/32 are exact in all types
					t.Errorf("tensor %d of %v: got %v, want %v", i, kind, got, want)
				}
			}
			c.Close()
		}
	}
}

// TestBrokenFolders: a shard that is cut, missing, surplus or said to stand
// elsewhere is refused, by name.
func TestBrokenFolders(t *testing.T) {
	const first, second = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"
	cases := []struct {
		name  string
		spoil func(dir string) error
		want  string
	}{
		{"cut", func(dir string) error { return os.Truncate(filepath.Join(dir, second), 300) }, second},
		{"cut in the header", func(dir string) error { return os.Truncate(filepath.Join(dir, second), 20) }, "a header of"},
		{"missing", func(dir string) error { return os.Remove(filepath.Join(dir, second)) }, second},
		{"other name", func(dir string) error { return edit(dir, "t0", "t9") }, `"t0" is not in the index`},
		{"promised and missing", func(dir string) error { return edit(dir, `"t0":`, `"t9": "`+first+`", "t0":`) }, `"t9", which the index promises, is missing`},
		{"outside", func(dir string) error { return edit(dir, first, "../"+first) }, "same folder"},
		{"not weights", func(dir string) error { return edit(dir, first, "/etc/passwd") }, "same folder"},
		{"index cut", func(dir string) error { return os.Truncate(filepath.Join(dir, index), 30) }, index},
		{"tensor in two shards", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, second), must(os.ReadFile(filepath.Join(dir, first))), 0o644)
		}, "in another shard too"},
		{"tensor not in the index", func(dir string) error {
			os.Remove(filepath.Join(dir, second))
			return WriteFile(filepath.Join(dir, second), append(tensorsOf(5)[4:], Tensor{Name: "more", Shape: []int{1}, Read: func([]float32, int) error { return nil }}), F32)
		}, `"more" is not in the index`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := Write(dir, tensorsOf(5), F32, 130); err != nil {
				t.Fatal(err)
			}
			if ck, err := Open(dir); err != nil {
				t.Fatalf("the sound folder: %v", err)
			} else {
				ck.Close()
			}
			if err := c.spoil(dir); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error that says %q", err, c.want)
			}
		})
	}
}

func edit(dir, from, to string) error {
	path := filepath.Join(dir, index)
	text := string(must(os.ReadFile(path)))
	if !strings.Contains(text, from) {
		return fmt.Errorf("nothing to edit: no %q", from)
	}
	return os.WriteFile(path, []byte(strings.ReplaceAll(text, from, to)), 0o644)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestReplace: a folder has its name when it is whole, or not at all, and one
// that is there stays as it is.
func TestReplace(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "step-7")
	stop := errors.New("disk full")
	err := Replace(dir, func(tmp string) error {
		if filepath.Dir(tmp) != parent {
			t.Errorf("written in %s: a rename cannot leave its file system", tmp)
		}
		if err := WriteText(filepath.Join(tmp, "half"), []byte("x")); err != nil {
			t.Fatal(err)
		}
		return stop
	})
	if left, _ := os.ReadDir(parent); !errors.Is(err, stop) || len(left) != 0 {
		t.Errorf("after a fault: %v, and %v is left", err, left)
	}
	put := func(text string) error {
		return Replace(dir, func(tmp string) error { return WriteText(filepath.Join(tmp, "f"), []byte(text)) })
	}
	if err := put("one"); err != nil {
		t.Fatal(err)
	}
	if err := put("two"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a folder that is there: %v", err)
	}
	if got := must(os.ReadFile(filepath.Join(dir, "f"))); string(got) != "one" {
		t.Errorf("the folder that was there now holds %q", got)
	}
}

// TestHalves: every half is the float that its fields say, and comes back from
// it; a float between two halves goes to the nearer one, or to the even one.
func TestHalves(t *testing.T) {
	for h := range uint32(1 << 16) {
		x := fromHalf(uint16(h))
		sign, exponent, fraction := 1-2*float64(h>>15), int(h>>10&31), float64(h&0x3ff)
		want := sign * math.Ldexp(1+fraction/1024, exponent-15)
		switch {
		case exponent == 0:
			want = sign * math.Ldexp(fraction, -24)
		case exponent == 31 && fraction != 0:
			if x == x || !isNaN(fromHalf(toHalf(x))) {
				t.Fatalf("%#x is %v and comes back as %#x: want a NaN", h, x, toHalf(x))
			}
			continue
		case exponent == 31:
			want = math.Inf(int(sign))
		}
		if float64(x) != want || toHalf(x) != uint16(h) {
			t.Fatalf("%#x is %v and comes back as %#x; want %v", h, x, toHalf(x), want)
		}
		if next := fromHalf(uint16(h + 1)); exponent < 30 {
			middle := float32((float64(x) + float64(next)) / 2)
			if got := toHalf(middle); got != uint16(h+h&1) {
				t.Fatalf("between %#x and the next: %#x, want the even one", h, got)
			}
			if got := toHalf(math.Float32frombits(math.Float32bits(middle) - 1)); got != uint16(h) {
				t.Fatalf("just below the middle after %#x: %#x", h, got)
			}
		}
	}
}

func isNaN(x float32) bool { return x != x }

// TestBrain: rounding to bfloat16 is to nearest, ties to even, and keeps NaN.
func TestBrain(t *testing.T) {
	for _, c := range []struct {
		in   uint32
		want uint16
	}{
		{0x3f800000, 0x3f80}, {0x3f808000, 0x3f80}, {0x3f818000, 0x3f82}, {0x3f808001, 0x3f81}, {0x3f807fff, 0x3f80},
		{0x7f7fffff, 0x7f80}, {0x7f800000, 0x7f80}, {0xff800000, 0xff80}, {0x7f800001, 0x7fc0}, {0x80000000, 0x8000},
	} {
		if got := toBrain(math.Float32frombits(c.in)); got != c.want {
			t.Errorf("%#x rounds to %#x, want %#x", c.in, got, c.want)
		}
	}
}

// TestChunks: a tensor that is longer than one piece is whole, from any element on.
func TestChunks(t *testing.T) {
	value := func(i int) float32 { return float32(i % 1021) }
	path := filepath.Join(t.TempDir(), "big.safetensors")
	x := Tensor{Name: "big", Shape: []int{2*Chunk + 7}, Read: func(dst []float32, from int) error {
		for i := range dst {
			dst[i] = value(from + i)
		}
		return nil
	}}
	if err := WriteFile(path, []Tensor{x}, F16); err != nil { // integers to 2048 are exact
		t.Fatal(err)
	}
	c, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, from := range []int{0, 3, Chunk - 1, 2*Chunk + 6} {
		got := make([]float32, x.elements()-from)
		if err := c.Read("big", from, got); err != nil {
			t.Fatal(err)
		}
		for i, v := range got {
			if v != value(from+i) {
				t.Fatalf("element %d, read from %d on, is %v, want %v", from+i, from, v, value(from+i))
			}
		}
	}
	if err := c.Read("big", 8, make([]float32, 2*Chunk)); !errors.Is(err, ErrFormat) {
		t.Errorf("beyond the end: %v", err)
	}
}

// TestNoNumbers: a weight that is NaN or infinite is refused by its place.
func TestNoNumbers(t *testing.T) {
	for _, kind := range []Type{F32, BF16, F16} {
		for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			path := filepath.Join(t.TempDir(), "f.safetensors")
			x := Tensor{Name: "w", Shape: []int{Chunk + 3}, Read: func(dst []float32, from int) error {
				clear(dst)
				if i := Chunk + 1 - from; i < len(dst) {
					dst[i] = float32(bad)
				}
				return nil
			}}
			if err := WriteFile(path, []Tensor{x}, kind); err != nil {
				t.Fatal(err)
			}
			c, err := OpenFile(path)
			if err != nil {
				t.Fatal(err)
			}
			want := fmt.Sprintf(`tensor "w": element %d is %g, which is no weight`, Chunk+1, bad)
			if err := c.Read("w", 2, make([]float32, Chunk+1)); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), want) {
				t.Errorf("%v: got %v, want %q", kind, err, want)
			}
			if err := c.Read("w", 0, make([]float32, Chunk+1)); err != nil {
				t.Errorf("%v: the elements before it: %v", kind, err)
			}
			c.Close()
		}
	}
}

// TestOverflow: a weight that the type of an export cannot hold stops it.
func TestOverflow(t *testing.T) {
	for _, c := range []struct {
		kind Type
		x    float32
		ok   bool
	}{
		{F16, 65504, true}, {F16, 65519, true}, {F16, 65520, false}, {F16, -70000, false}, {F16, float32(math.Inf(1)), true},
		{BF16, 70000, true}, {BF16, math.MaxFloat32, false}, {F32, math.MaxFloat32, true},
	} {
		x := Tensor{Name: "w", Shape: []int{2}, Read: func(dst []float32, _ int) error { dst[0], dst[1] = 0, c.x; return nil }}
		err := WriteFile(filepath.Join(t.TempDir(), "f"), []Tensor{x}, c.kind)
		if (err == nil) != c.ok || err != nil && !strings.Contains(err.Error(), `tensor "w": element 1`) {
			t.Errorf("%v of %g: %v", c.kind, c.x, err)
		}
	}
}
