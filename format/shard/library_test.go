package shard

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// A file is, byte for byte, the one that the Parquet library writes of the same
// rows, whatever they hold and however many processors encode them.
func TestWriterMakesTheLibrarysBytes(t *testing.T) {
	same(t, Records)
	same(t, Lineages)
	same(t, Shards)
	same(t, Prompts)
	same(t, Derivations)
	same(t, Parents)
	same(t, Preferences)
}

func same[T any](t *testing.T, table Table[T]) {
	t.Run(table.Name, func(t *testing.T) {
		table.check = func(*T) error { return nil }
		table.size = func(*T) int { return 0 }
		const long = 9000 // ends pages: of strings, and of lists
		for n, items := range map[int]int{0: 0, 1: 1, 7: 200, 12: long, table.groupRows: 4, min(5000, 3*table.groupRows/2): 4} {
			r := rand.New(rand.NewPCG(1, uint64(n)))
			rows := make([]T, n)
			for i := range rows {
				fill(r, reflect.ValueOf(&rows[i]).Elem(), items)
			}
			want := library(t, table, rows)
			for _, processors := range []int{1, 4} {
				if got := ours(t, table, rows, processors); !bytes.Equal(got, want) {
					t.Errorf("%d rows on %d processors: %d bytes, the library's have %d", n, processors, len(got), len(want))
				}
			}
		}
	})
}

// A small window gives the bytes of the large one, as far as it is used.
func TestCodecMakesTheLibrarysBytes(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 3))
	var text []byte
	for len(text) < 3<<20 { // words, some of them again from far away
		text = append(strconv.AppendInt(text, int64(r.IntN(1<<r.IntN(20))), 36), ' ')
		if r.IntN(500) == 0 {
			at := r.IntN(len(text))
			text = append(text, text[at:min(len(text), at+r.IntN(300))]...)
		}
	}
	want := &zstd.Codec{Level: zstd.SpeedFastest}
	for _, n := range []int{0, 1, 255, 256, 40000, pageBytes, smallWindow - 1, smallWindow, smallWindow + 1, len(text)} {
		a, errA := want.Encode(nil, text[:n])
		b, errB := pageCodec.Encode(nil, text[:n])
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%d bytes: the library makes %d (%v), the codec %d (%v)", n, len(a), errA, len(b), errB)
		}
	}
}

// fill makes a random value: empty lists and strings among others, and texts that
// end a page. Lists have up to so many items.
func fill(r *rand.Rand, v reflect.Value, items int) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(r, v.Field(i), items)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), r.IntN(2)*r.IntN(items+1), items))
		for i := range v.Len() {
			fill(r, v.Index(i), min(items, 4))
		}
	case reflect.String:
		v.SetString(strings.Repeat(strconv.Itoa(r.IntN(1000)), r.IntN(2)*r.IntN(4*items+1)))
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	default:
		v.SetInt(int64(int32(r.Uint32())) >> r.IntN(32))
	}
}

func ours[T any](t *testing.T, table Table[T], rows []T, processors int) []byte {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
	path := filepath.Join(t.TempDir(), "x.parquet")
	w, err := table.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	var one T
	for i := range rows {
		one = rows[i] // the writer must keep none of it
		if err := w.Write(&one); err != nil {
			t.Fatal(err)
		}
	}
	f, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil || f.Bytes != int64(len(b)) || f.Rows != int64(len(rows)) {
		t.Fatalf("%+v of %d bytes and %d rows: %v", f, len(b), len(rows), err)
	}
	return b
}

func library[T any](t *testing.T, table Table[T], rows []T) []byte {
	var b bytes.Buffer
	w := newParquet[T](&b, parquet.KeyValueMetadata(metaVersion, fmt.Sprint(Version)), parquet.KeyValueMetadata(metaTable, table.Name))
	for i := range rows {
		if i > 0 && i%table.groupRows == 0 {
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Write(rows[i : i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
