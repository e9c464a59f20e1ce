package ingest

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
)

// framed reads a text from standard input and describes what comes: a line for
// each frame, then the error of the file.
func framed(in []byte, o Options) string {
	o.Stdin = bytes.NewReader(in)
	var b strings.Builder
	err := Frames(context.Background(), Stdin, o, func(f Frame) error {
		it, err := o.Parse(Stdin, f)
		switch {
		case err != nil:
			fmt.Fprintf(&b, "%d %d:%d %s\n", f.Line, f.Start, f.End, err)
		default:
			fmt.Fprintf(&b, "%d %d:%d %s%s\n", f.Line, f.Start, f.End, f.Key, it.Canonical)
		}
		return nil
	})
	if err != nil {
		fmt.Fprintf(&b, "file: %v\n", err)
	}
	return b.String()
}

var framings = []struct{ name, container, in, want string }{
	{"jsonl", "jsonl", "{\"a\":1}\n{\"a\": 2}\n", "1 0:7 {\"a\":1}\n2 8:16 {\"a\":2}\n"},
	{"no last line feed", "jsonl", "{\"a\":1}\n{\"a\":2}", "1 0:7 {\"a\":1}\n2 8:15 {\"a\":2}\n"},
	{"CR LF, blank lines, BOM", "jsonl", "\ufeff{\"a\":1}\r\n\r\n \t\n{\"a\":2}\r\n", "1 3:10 {\"a\":1}\n4 17:24 {\"a\":2}\n"},
	{"a broken line", "jsonl", "{\"a\":1\n{\"a\":2}\n", "1 0:6 -:1:7: the end of the record where ',' or '}' must stand (byte 6 of the file)\n2 7:14 {\"a\":2}\n"},
	{"a broken string", "jsonl", "{\"a\":\"x\n{\"a\":2}\n", "1 0:7 -:1:8: a string is not closed (byte 7 of the file)\n2 8:15 {\"a\":2}\n"},
	{"not an object", "jsonl", "{\"a\":1}\n[1]\n\"x\"\n", "1 0:7 {\"a\":1}\n2 8:11 -:2: not-a-record: is an array, a record is an object\n3 12:15 -:3: not-a-record: is a string, a record is an object\n"},
	{"empty file", "jsonl", "", ""},

	{"array", "json-array", "[{\"a\":1},\n {\"a\":[2]}]\n", "1 1:8 {\"a\":1}\n2 11:20 {\"a\":[2]}\n"},
	{"empty array", "json-array", "[ ]", ""},
	{"configuration, metrics, records", "json-array", `[{"config":1},{"metric":2},[{"q":1},{"q":2}]]`,
		"1 1:13 {\"config\":1}\n1 14:26 {\"metric\":2}\n1 28:35 {\"q\":1}\n1 36:43 {\"q\":2}\n"},
	{"array of scalars", "json-array", `[1, "x", [2,3]]`,
		"1 1:2 -:1: not-a-record: is a number, a record is an object\n1 4:7 -:1: not-a-record: is a string, a record is an object\n1 9:14 -:1: not-a-record: is an array, a record is an object\n"},
	{"a bad element", "json-array", "[{\"a\":1},\n   {\"a\":tru},{\"a\":3}]", "1 1:8 {\"a\":1}\n2 13:22 -:2:9: 't' where a value must begin (byte 18 of the file)\n2 23:30 {\"a\":3}\n"},
	{"array cut short", "json-array", "[{\"a\":1},{\"a\":", "1 1:8 {\"a\":1}\nfile: -:1:10: the file ends inside the record that begins on line 1 (byte 9 of the file)\n"},
	{"array not closed", "json-array", "[{\"a\":1}", "1 1:8 {\"a\":1}\nfile: -:1:9: the file ends inside an array or object (byte 8 of the file)\n"},
	{"missing comma", "json-array", `[{"a":1} {"a":2}]`, "1 1:8 {\"a\":1}\nfile: -:1:10: '{' where ',' or ']' must stand (byte 9 of the file)\n"},
	{"after the array", "json-array", `[{"a":1}] x`, "1 1:8 {\"a\":1}\nfile: -:1:11: 'x' follows the end (byte 10 of the file)\n"},
	{"trailing comma", "json-array", `[{"a":1},]`, "1 1:8 {\"a\":1}\nfile: -:1:10: a value is missing (byte 9 of the file)\n"},

	{"object of records", "json-object", `{"k1":{"question":"q","answer":"a"},"k2":{"question":"r","answer":"b"}}`,
		"1 6:35 k1{\"answer\":\"a\",\"question\":\"q\"}\n1 41:70 k2{\"answer\":\"b\",\"question\":\"r\"}\n"},
	{"object of lists", "json-object", `{"k1":[{"question":"q","answer":"a"},{"question":"s","answer":"c"}],"k2":[]}`,
		"1 7:36 k1{\"answer\":\"a\",\"question\":\"q\"}\n1 37:66 k1{\"answer\":\"c\",\"question\":\"s\"}\n1 73:75 -:1: not-a-record: is an array, a record is an object\n"},
	{"object with a key twice", "json-object", `{"k":{"question":"q","answer":"a"},"k":{"question":"r","answer":"b"}}`,
		"1 5:34 k{\"answer\":\"a\",\"question\":\"q\"}\n1 35:35 -:1: duplicate-key: key \"k\" stands twice\n1 39:68 k{\"answer\":\"b\",\"question\":\"r\"}\n"},
	{"one record over lines", "json", "{\n  \"question\": \"q\",\n  \"answer\": \"a\"\n}\n", "1 0:38 {\"answer\":\"a\",\"question\":\"q\"}\n"},
	{"several over lines", "json", "{\n\"a\":1}\n{\n\"a\":2}", "1 0:8 {\"a\":1}\n3 9:17 {\"a\":2}\n"},
	{"messages are one record", "jsonl", `{"messages":[{"role":"user","content":"x"}]}`, "1 0:44 {\"messages\":[{\"content\":\"x\",\"role\":\"user\"}]}\n"},

	{"csv", "csv", "a,b\n1,\"x, \"\"y\"\"\n z\"\n2,\n", "2 4:20 {\"a\":\"1\",\"b\":\"x, \\\"y\\\"\\n z\"}\n4 20:23 {\"a\":\"2\",\"b\":\"\"}\n"},
	{"csv with BOM and CR LF", "csv", "\ufeffa,b\r\n1,2\r\n", "2 8:13 {\"a\":\"1\",\"b\":\"2\"}\n"},
	{"csv with a short row", "csv", "a,b\n1,2\n3\n4,5\n", "2 4:8 {\"a\":\"1\",\"b\":\"2\"}\n3 8:10 -:3: bad-csv: wrong number of fields in a table of 2 columns\n4 10:14 {\"a\":\"4\",\"b\":\"5\"}\n"},
	{"csv that is not UTF-8", "csv", "a,b\n1,2\n1,\xff\n", "2 4:8 {\"a\":\"1\",\"b\":\"2\"}\n3 8:12 -:3:1: byte 0xff is not UTF-8, in the record that begins here (byte 8 of the file)\n"},
	{"tabs", "csv", "a\tb\n1\t2\n", "2 4:8 {\"a\":\"1\",\"b\":\"2\"}\n"},
	{"text", "text", "Hello there.\nBye.\n", "1 0:18 {\"text\":\"Hello there.\\nBye.\\n\"}\n"},

	{"log", "hotpot-log", "########\nBEGIN TRIAL 1\n#######\n------------- BEGIN CORRECT AGENTS -------------\n\nContext: c Question: q\nThought: t\nAction: Finish[x]\n\n" +
		"Context: d Question: r\nThought: u\n\n\n########\nBEGIN TRIAL 2\nContext: e Question: s\n",
		"6 81:132 {\"agents\":\"CORRECT\",\"text\":\"Context: c Question: q\\nThought: t\\nAction: Finish[x]\",\"trial\":\"1\"}\n" +
			"10 134:167 {\"agents\":\"CORRECT\",\"text\":\"Context: d Question: r\\nThought: u\",\"trial\":\"1\"}\n" +
			"16 193:215 {\"agents\":\"\",\"text\":\"Context: e Question: s\",\"trial\":\"2\"}\n"},
	{"binary", "", "\x00\x01\x02", "file: -: ingest: unreadable file: begins with \"\\x00\\x01\\x02\", which is none of the containers\n"},
	{"false Parquet", "parquet", "PAR1 nonsense", "file: -: ingest: unreadable file: Parquet is read from a plain file, because its index stands at the end\n"},
}

func TestFrames(t *testing.T) {
	for _, tt := range framings {
		if got := framed([]byte(tt.in), Options{}); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
		s, _ := Sniff(context.Background(), Stdin, Options{Stdin: strings.NewReader(tt.in)})
		if s.Container != tt.container {
			t.Errorf("%s: sniffed as %q, want %q", tt.name, s.Container, tt.container)
		}
	}
}

// The bytes that a frame names are the bytes that it holds.
func TestFramePlaces(t *testing.T) {
	for _, tt := range framings {
		if tt.container == "csv" || tt.container == "text" || tt.container == "hotpot-log" {
			continue // these make JSON of what they find
		}
		Frames(context.Background(), Stdin, Options{Stdin: strings.NewReader(tt.in)}, func(f Frame) error {
			if at := tt.in[f.Start:f.End]; f.Raw != nil && at != string(f.Raw) {
				t.Errorf("%s: line %d: %d:%d is %q, the frame holds %q", tt.name, f.Line, f.Start, f.End, at, f.Raw)
			}
			return nil
		})
	}
}

// Frames must not depend on how the bytes come in, and lines must survive the
// blocks that they cross.
func TestFramesAcrossBlocks(t *testing.T) {
	var in bytes.Buffer
	for i := 0; in.Len() < 5*blockSize; i++ {
		fmt.Fprintf(&in, "{\"a\":%q}\n", strings.Repeat("x", i*i%(3*blockSize/2)))
	}
	lines := bytes.Split(in.Bytes(), []byte("\n"))
	for _, container := range []string{"jsonl", "json"} {
		n := 0
		err := Frames(context.Background(), Stdin, Options{Stdin: bytes.NewReader(in.Bytes()), Container: container}, func(f Frame) error {
			if n >= len(lines) || !bytes.Equal(f.Raw, lines[n]) || f.Line != int64(n+1) {
				t.Fatalf("%s: frame %d, line %d: %d bytes, want %d", container, n, f.Line, len(f.Raw), len(lines[n]))
			}
			n++
			return nil
		})
		if err != nil || n != len(lines)-1 {
			t.Errorf("%s: %d frames, want %d; %v", container, n, len(lines)-1, err)
		}
	}
}

func TestLongRecords(t *testing.T) {
	long := `{"a":"` + strings.Repeat("x", 3*blockSize) + `"}`
	o := Options{MaxLine: 1000}
	for _, tt := range []struct{ name, in, want string }{
		{"line", "{\"a\":1}\n" + long + "\n{\"a\":2}\n", fmt.Sprintf("1 0:7 {\"a\":1}\n2 8:%d -:2: line-too-long: line of %d bytes; the limit is 1000\n3 %d:%d {\"a\":2}\n", 8+len(long), len(long), 9+len(long), 16+len(long))},
		{"last line", long, fmt.Sprintf("1 0:%d -:1: line-too-long: line of %d bytes; the limit is 1000\n", len(long), len(long))},
		{"element", "[" + long + ",{\"a\":2}]", fmt.Sprintf("1 1:%d -:1: line-too-long: record of %d bytes; the limit is 1000\n1 %d:%d {\"a\":2}\n", 1+len(long), len(long), 2+len(long), 9+len(long))},
		{"text", strings.Repeat("x ", 600), "1 0:1001 -:1: line-too-long: text of more than 1000 bytes\n"},
		{"open quote", "a,b\n1,2\n\"" + strings.Repeat("x", 10*blockSize), "2 4:8 {\"a\":\"1\",\"b\":\"2\"}\n"},
	} {
		got := framed([]byte(tt.in), o)
		if tt.name == "open quote" { // how much is read before the fence depends on buffers
			if !strings.HasPrefix(got, tt.want) || !strings.Contains(got, "line too long") {
				t.Errorf("%s: got %.300s", tt.name, got)
			}
			continue
		}
		if got != tt.want {
			t.Errorf("%s:\n got %.300s\nwant %.300s", tt.name, got, tt.want)
		}
	}
}

func packed(t testing.TB, codec string, text []byte) []byte {
	var b bytes.Buffer
	switch codec {
	case "gzip":
		z := gzip.NewWriter(&b)
		z.Write(text)
		z.Close()
	case "zstd":
		z, err := zstd.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		z.Write(text)
		z.Close()
	}
	return b.Bytes()
}

func TestCompression(t *testing.T) {
	var text bytes.Buffer
	for i := range 5000 {
		fmt.Fprintf(&text, "{\"a\":%d}\n", i*i*7919)
	}
	plain := framed(text.Bytes(), Options{})
	for _, codec := range []string{"gzip", "zstd"} {
		whole := packed(t, codec, text.Bytes())
		if got := framed(whole, Options{}); got != plain {
			t.Errorf("%s: frames differ from the plain file's", codec)
		}
		two := append(bytes.Clone(whole), whole...)
		if got, want := strings.Count(framed(two, Options{}), "\n"), 10000; got != want {
			t.Errorf("%s: two members give %d frames, want %d", codec, got, want)
		}
		short := framed(whole[:len(whole)*2/3], Options{})
		for _, want := range []string{codec + " stream cut short", fmt.Sprintf("byte %d,", len(whole)*2/3), "file: -: "} {
			if !strings.Contains(short, want) {
				t.Errorf("%s, cut short: %q does not say %q", codec, short[max(0, len(short)-200):], want)
			}
		}
		if !strings.HasPrefix(plain, short[:strings.Index(short, "file: ")]) {
			t.Errorf("%s, cut short: a frame came that the file does not hold", codec)
		}
		bad := bytes.Clone(whole)
		bad[len(bad)/2] ^= 0x55
		if got := framed(bad, Options{}); !strings.Contains(got, "file: ") {
			t.Errorf("%s with a wrong byte: no error", codec)
		}
	}
}

func TestDecompressionBomb(t *testing.T) {
	zeros := make([]byte, 2*ratioFloor)
	for i := range zeros {
		zeros[i] = '\n'
	}
	for _, codec := range []string{"gzip", "zstd"} {
		bomb := packed(t, codec, zeros)
		if got := framed(bomb, Options{}); !strings.Contains(got, "over the limit of 200 to 1") {
			t.Errorf("%s: %.200q", codec, got)
		}
		if got := framed(bomb, Options{MaxRatio: 1 << 40, Container: "jsonl"}); got != "" {
			t.Errorf("%s with a higher limit: %.200q", codec, got)
		}
	}
}

func TestContextStopsFrames(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	n := 0
	err := Frames(ctx, Stdin, Options{Stdin: strings.NewReader(strings.Repeat("{}\n", 100))}, func(Frame) error {
		if n++; n == 10 {
			cancel()
		}
		return nil
	})
	if n != 10 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d frames, %v; want 10 and the context's error", n, err)
	}
}

func TestExpand(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.jsonl", "a.jsonl", "c[1].txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "d.jsonl"), 0o700); err != nil {
		t.Fatal(err)
	}
	got, err := Expand([]string{"*.jsonl", "a.jsonl", filepath.Join(dir, "b.jsonl"), "c[1].txt"}, dir)
	want := []string{filepath.Join(dir, "a.jsonl"), filepath.Join(dir, "b.jsonl"), filepath.Join(dir, "c[1].txt")}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
	for _, none := range []string{"*.csv", "e.jsonl", "[", "d.jsonl"} {
		if got, err := Expand([]string{"a.jsonl", none}, dir); err == nil {
			t.Errorf("%q: %v, want an error", none, got)
		}
	}
}

type nested struct {
	Question string            `parquet:"question"`
	Answer   *string           `parquet:"answer,optional"`
	Steps    []string          `parquet:"steps,list"`
	Score    float64           `parquet:"score"`
	Info     map[string]string `parquet:"info"`
}

func writeParquet(t testing.TB, rows any) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.parquet")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	switch rows := rows.(type) {
	case []nested:
		err = parquet.Write(f, rows)
	case []struct {
		D int64 `parquet:"d,decimal(2:10)"`
	}:
		err = parquet.Write(f, rows)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func parquetFrames(path string) (raws []string, err error) {
	err = Frames(context.Background(), path, Options{}, func(f Frame) error {
		if f.Err != nil {
			raws = append(raws, f.Err.(*Rejection).Error())
		} else {
			raws = append(raws, string(f.Raw))
		}
		return nil
	})
	return raws, err
}

func TestParquet(t *testing.T) {
	answer := "4"
	inf := 1.0
	for range 2000 {
		inf *= 10
	}
	path := writeParquet(t, []nested{
		{Question: "q\"é", Answer: &answer, Steps: []string{"a", "b"}, Score: 0.1},
		{Question: "r"},
		{Question: "\xff"},
		{Question: "s", Score: inf},
	})
	got, err := parquetFrames(path)
	want := []string{
		`{"answer":"4","info":{},"question":"q\"é","score":0.1,"steps":["a","b"]}`,
		`{"answer":null,"info":{},"question":"r","score":0,"steps":[]}`,
		path + ":3: bad-column: column question: bytes that are not UTF-8 text",
		path + ":4: bad-column: column score: +Inf has no JSON form",
	}
	if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %v\n%s\nwant\n%s", err, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	odd := writeParquet(t, []struct {
		D int64 `parquet:"d,decimal(2:10)"`
	}{{1}})
	if _, err := parquetFrames(odd); err == nil || !strings.Contains(err.Error(), "column d: type DECIMAL") || !errors.Is(err, ErrFormat) {
		t.Errorf("a decimal column: %v", err)
	}
}

// A Parquet file broken at any byte gives rows, or an error of ours: never a
// panic.
func TestBrokenParquet(t *testing.T) {
	whole, err := os.ReadFile(writeParquet(t, []nested{{Question: "q", Steps: []string{"a"}}, {Question: "r"}}))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "broken.parquet")
	huge := bytes.Clone(whole) // a footer of two gigabytes: no room may be made for it
	huge[len(huge)-5] = 0x7f
	if err := os.WriteFile(path, huge, 0o600); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = parquetFrames(path)
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; err == nil || got > 32<<20 {
		t.Errorf("a lie about the footer's length: %v, %d bytes allocated", err, got)
	}
	refused := 0
	for i := 4; i < len(whole); i += 3 {
		for _, bad := range [][]byte{whole[:i], append(append(bytes.Clone(whole[:i]), whole[i]^0xff), whole[i+1:]...)} {
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := parquetFrames(path); err != nil {
				refused++
				if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), path) {
					t.Fatalf("byte %d: %v, want an error of ours that names the file", i, err)
				}
			}
		}
	}
	if refused < len(whole)/3 {
		t.Errorf("%d broken files refused of %d; every cut must be", refused, 2*len(whole)/3)
	}
}

// Whatever the bytes, in any container: no panic, and places within the file.
func FuzzFrames(f *testing.F) {
	for _, tt := range framings {
		f.Add([]byte(tt.in), "")
		f.Add([]byte(tt.in), tt.container)
	}
	f.Fuzz(func(t *testing.T, in []byte, container string) {
		o := Options{Container: container, MaxLine: 1 << 16, Stdin: bytes.NewReader(in)}
		zipped := bytes.HasPrefix(in, []byte("\x1f\x8b")) || bytes.HasPrefix(in, []byte("\x28\xb5\x2f\xfd"))
		Frames(context.Background(), Stdin, o, func(fr Frame) error {
			if fr.Start > fr.End || fr.End > int64(len(in)) && !zipped {
				t.Fatalf("frame at %d:%d of %d bytes", fr.Start, fr.End, len(in))
			}
			if it, err := o.Parse(Stdin, fr); err == nil {
				if r, _ := Detect(mustParse(t, it.Canonical)); r != nil {
					Decode(r, it.Canonical, it.Digest)
				}
			} else if ReasonOf(err) == "" {
				t.Fatalf("an error that is no refusal: %v", err)
			}
			return nil
		})
	})
}

func mustParse(t *testing.T, raw []byte) *Value {
	v, err := ParseValue(raw)
	if err != nil {
		t.Fatalf("canonical %q does not parse: %v", raw, err)
	}
	return v
}
