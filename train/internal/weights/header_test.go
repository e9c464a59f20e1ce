package weights

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// file is a safetensors file with n bytes of data.
func file(header string, n int) []byte {
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), make([]byte, n)...)
}

// hostile are headers, the bytes of data behind them, and what the refusal says.
var hostile = []struct {
	name, header string
	data         int
	want         string
}{
	{"overlap", `{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}`, 12, `tensor "b" overlaps the one before it by 4 bytes`},
	{"twice the same bytes", `{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8, `overlaps`},
	{"gap", `{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 8, `4 bytes before tensor "a" belong to none`},
	{"tail", `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 8, `the last 4 bytes belong to no tensor`},
	{"cut short", `{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}`, 15, `data_offsets are [0 16]: want a begin and an end within the 15 bytes`},
	{"backwards", `{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}`, 4, `data_offsets are [4 0]`},
	{"negative", `{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}`, 4, `"a"`},
	{"offset beyond int64", `{"a":{"dtype":"F32","shape":[1],"data_offsets":[18446744073709551612,18446744073709551615]}}`, 4, `want a begin and an end`},
	{"three offsets", `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}`, 4, `want a begin and an end`},
	{"shape overflows", `{"a":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,4]}}`, 4, `more than the 4 bytes of data`},
	{"shape hides behind zero", `{"a":{"dtype":"F32","shape":[0,9223372036854775808],"data_offsets":[0,0]}}`, 0, `no dimension is that long`},
	{"shape and span differ", `{"a":{"dtype":"BF16","shape":[3],"data_offsets":[0,8]}}`, 8, `data_offsets span 8 bytes; shape [3] of BF16 needs 6`},
	{"rank", `{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}`, 4, `9 dimensions`},
	{"dtype", `{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}`, 8, `dtype is "I64": graft reads F32, BF16 and F16`},
	{"name twice", `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 4, `duplicate`},
	{"key twice", `{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 4, `duplicate`},
	{"unknown key", `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"stride":[1]}}`, 4, `stride`},
	{"no offsets", `{"a":{"dtype":"F32","shape":[]}}`, 4, `data_offsets are []`},
	{"metadata of numbers", `{"__metadata__":{"format":1}}`, 0, `__metadata__`},
	{"list", `[]`, 0, `header`},
	{"empty", ``, 0, `header`},
	{"two values", `{}{}`, 0, `header`},
	{"bad text", "{\"\xff\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, `UTF-8`},
}

func TestHostileHeaders(t *testing.T) {
	for _, h := range hostile {
		t.Run(h.name, func(t *testing.T) {
			f := file(h.header, h.data)
			_, err := readHeader(bytes.NewReader(f), int64(len(f)))
			if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), h.want) {
				t.Errorf("got %v, want a refusal that says %q", err, h.want)
			}
		})
	}
}

// TestHeaderLength: a length that is not so is refused before memory is taken.
func TestHeaderLength(t *testing.T) {
	for _, n := range []uint64{1, 1 << 20, maxHeader + 1, 1 << 62, 1<<64 - 1} {
		f := binary.LittleEndian.AppendUint64(nil, n)
		if _, err := readHeader(bytes.NewReader(f), int64(len(f))); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), fmt.Sprint(n)) {
			t.Errorf("a header of %d bytes: %v", n, err)
		}
	}
	if _, err := readHeader(bytes.NewReader(nil), 0); !errors.Is(err, ErrFormat) {
		t.Errorf("an empty file: %v", err)
	}
	const claimed = maxHeader + 1 // in a file that is as large as it says
	f := binary.LittleEndian.AppendUint64(nil, claimed)
	if _, err := readHeader(bytes.NewReader(f), 8+claimed); !errors.Is(err, ErrFormat) {
		t.Errorf("a header above the limit: %v", err)
	}
}

// TestScalarAndEmpty: a shape of no dimensions has one element, one with a zero none.
func TestScalarAndEmpty(t *testing.T) {
	f := file(`{"s":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"none":{"dtype":"F32","shape":[0,3],"data_offsets":[4,4]},"last":{"dtype":"F16","shape":[1],"data_offsets":[4,6]}}`, 6)
	entries, err := readHeader(bytes.NewReader(f), int64(len(f)))
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, e := range entries {
		got += fmt.Sprint(e.Name, e.Elements(), " ")
	}
	if want := "s1 none0 last1 "; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// FuzzHeader: whatever the bytes, a file that is accepted has tensors that tile
// its data, with sizes that agree.
func FuzzHeader(f *testing.F) {
	for _, h := range hostile {
		f.Add(file(h.header, h.data))
	}
	f.Add(file(`{"__metadata__":{"format":"pt"},"b":{"dtype":"BF16","shape":[2,1],"data_offsets":[4,8]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  `, 8))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := readHeader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatalf("a refusal of another kind: %v", err)
			}
			return
		}
		at := 8 + int64(binary.LittleEndian.Uint64(data))
		names := map[string]bool{}
		for _, e := range entries {
			if e.begin != at || names[e.Name] || e.Bytes() < 0 {
				t.Fatalf("tensor %q of %d bytes begins at %d, where %d is expected", e.Name, e.Bytes(), e.begin, at)
			}
			names[e.Name] = true
			at += e.Bytes()
			e.Type.decode(make([]float32, e.Elements()), data[e.begin:at])
		}
		if at != int64(len(data)) {
			t.Fatalf("tensors end at %d of %d bytes", at, len(data))
		}
	})
}
