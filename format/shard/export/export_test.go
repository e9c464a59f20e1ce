package export

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/shard"
	"github.com/seed-cdf14512/graft/format/shard/internal/tiny"
)

var update = flag.Bool("update", false, "rewrite testdata/*.golden")

// even weighs wrong turns like everything else, which every format can say.
func even() shard.Weights {
	w := shard.DefaultWeights()
	w.Patterns = []shard.Pattern{{Glob: "*.wrong", Weight: format.Int(1)}}
	return w
}

func build(t *testing.T, n int, w shard.Weights) (string, *shard.Manifest) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "build")
	m, err := tiny.Build(dir, n, w)
	if err != nil {
		t.Fatal(err)
	}
	return dir, m
}

func run(t *testing.T, name, dir string, o Options) (string, Report, error) {
	t.Helper()
	f, err := Find(name)
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), name)
	rep, err := f.Write(dir, out, o)
	return out, rep, err
}

// What each format writes of nine records is kept as text; of Parquet, the rows.
func TestGolden(t *testing.T) {
	dir, _ := build(t, 9, even())
	for _, f := range Formats {
		if f.Name == "dpo" {
			continue // these builds hold no pairs; export_dpo.txtar has some that do
		}
		out, rep, err := run(t, f.Name, dir, Options{})
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
			continue
		}
		var b strings.Builder
		for _, file := range rep.Files {
			data, err := os.ReadFile(filepath.Join(out, file.Path))
			if err != nil {
				t.Fatal(err)
			}
			if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != file.SHA256 || int64(len(data)) != file.Bytes {
				t.Errorf("%s: %s is not as reported", f.Name, file.Path)
			}
			fmt.Fprintf(&b, "== %s %s\n", file.Path, file.SHA256)
			if filepath.Ext(file.Path) == ".parquet" {
				dump(t, &b, data)
			} else {
				b.Write(data)
			}
		}
		golden := filepath.Join("testdata", f.Name+".golden")
		if *update {
			if err := os.WriteFile(golden, []byte(b.String()), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), b.String()); d != "" {
			t.Errorf("%s (-want +got; -update rewrites):\n%s", f.Name, d)
		}
	}
}

func dump(t *testing.T, b *strings.Builder, data []byte) {
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	meta, _ := f.Lookup("huggingface")
	fmt.Fprintf(b, "%s\n%s\n", f.Schema(), meta)
	for _, h := range rows(t, data) {
		fmt.Fprintf(b, "%v\n%v\n%v\n%v\n", h.InputIDs, h.Labels, h.PositionIDs, h.SeqLengths)
	}
}

func rows(t *testing.T, data []byte) []hfRow {
	all, err := parquet.Read[hfRow](bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Labels say what the weights mean, token by token, and no more.
func TestTRLLabels(t *testing.T) {
	dir, m := build(t, 200, shard.DefaultWeights())
	out, rep, err := run(t, "trl", dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	census, problems := shard.Audit(dir)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	trained, wrong := int64(0), slices.Index(m.SpanNames, "backtracking.wrong")
	for _, split := range []string{"train", "validation"} {
		data, err := os.ReadFile(filepath.Join(out, "data", split+"-00000-of-00001.parquet"))
		if err != nil {
			t.Fatal(err)
		}
		native, err := shard.Shards.Open(filepath.Join(dir, "shards", split+"-00000.parquet"))
		if err != nil {
			t.Fatal(err)
		}
		for i, h := range rows(t, data) {
			var row shard.Row
			if err := native.Row(int64(i), &row); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(h.InputIDs, row.InputIDs) || len(h.Labels) != len(h.InputIDs) || len(h.PositionIDs) != len(h.InputIDs) {
				t.Fatalf("%s row %d: columns of %d, %d, %d values", split, i, len(h.InputIDs), len(h.Labels), len(h.PositionIDs))
			}
			docs, _ := row.Documents()
			for _, d := range docs {
				at := int32(0)
				for _, s := range d.Spans {
					for p := at; p < s.End; p++ {
						label, pos := h.Labels[d.Start+int(p)], h.PositionIDs[d.Start+int(p)]
						if pos != p || int(s.Name) == wrong && label != -100 || label != -100 && label != d.IDs[p] || p == 0 && label != -100 {
							t.Fatalf("%s row %d, document %s, token %d (%s): label %d, position %d", split, i, d.RecordID, p, m.SpanNames[s.Name], label, pos)
						}
						if label != -100 {
							trained++
						}
					}
					at = s.End
				}
			}
		}
		native.Close()
	}
	if trained != census.Trained || rep.Tokens != census.Tokens {
		t.Errorf("%d labels of %d tokens; the build has %d targets of %d", trained, rep.Tokens, census.Trained, census.Tokens)
	}
}

// What a format cannot say is refused by name, and counted where allowed.
func TestInexpressible(t *testing.T) {
	half := even()
	half.Patterns = []shard.Pattern{{Glob: "source", Weight: num("0.5")}}
	dir, _ := build(t, 9, shard.DefaultWeights())
	halfDir, _ := build(t, 9, half)
	for _, c := range []struct{ format, dir, want, note string }{
		{"openai", dir, "backtracking.retract 1, backtracking.wrong 0, source 1", "7 messages with spans of weights backtracking.retract 1, backtracking.wrong 0, source 1 are trained as a whole"},
		{"sharegpt", dir, "backtracking.wrong 0", "7 messages with spans of weights backtracking.retract 1, backtracking.wrong 0, source 1 are trained as a whole"},
		{"trl", halfDir, `span "source" has weight 0.5`, `span "source" has weight 0.5, written as 1`},
	} {
		_, _, err := run(t, c.format, c.dir, Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.format, err, c.want)
		}
		_, rep, err := run(t, c.format, c.dir, Options{Lossy: true})
		if err != nil || !slices.Contains(rep.Notes, c.note) {
			t.Errorf("%s, lossy: %v, notes %q, want %q", c.format, err, rep.Notes, c.note)
		}
	}
}

func num(s string) format.Num { n, _ := format.ParseNum(s); return n }

func TestRefusals(t *testing.T) {
	dir, _ := build(t, 3, even())
	f, _ := Find("trl")
	if _, err := f.Write(dir, dir, Options{}); err == nil || !strings.Contains(err.Error(), "new or empty folder") {
		t.Errorf("export into the build itself: %v", err)
	}
	if _, err := f.Write(t.TempDir(), t.TempDir(), Options{}); err == nil || !strings.Contains(err.Error(), "no manifest") {
		t.Errorf("export of no build: %v", err)
	}
	if _, err := Find("mds"); err == nil || !strings.Contains(err.Error(), "openai, sharegpt, trl") {
		t.Errorf("unknown format: %v", err)
	}
}

// A build without pairs is no set of preferences.
func TestDPOWantsPairs(t *testing.T) {
	dir, _ := build(t, 9, even())
	if _, _, err := run(t, "dpo", dir, Options{}); err == nil || !strings.Contains(err.Error(), "holds no pairs") {
		t.Errorf("got %v", err)
	}
}

// The same build gives the same bytes, wherever it stands.
func TestDeterminism(t *testing.T) {
	for _, f := range Formats {
		if f.Name == "dpo" {
			continue
		}
		var sums [2][]string
		for i := range sums {
			dir, _ := build(t, 60, even())
			_, rep, err := run(t, f.Name, dir, Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range rep.Files {
				sums[i] = append(sums[i], file.Path+" "+file.SHA256)
			}
		}
		if d := cmp.Diff(sums[0], sums[1]); d != "" {
			t.Errorf("%s: %s", f.Name, d)
		}
	}
}

// The first token of a document has no label even where its span is trained.
func TestFirstTokens(t *testing.T) {
	var row shard.Row
	row.Append("a", []int32{1, 2, 3}, []shard.TokenSpan{{End: 2, Name: 0}, {End: 3, Name: 1}})
	row.Append("b", []int32{4, 5}, []shard.TokenSpan{{End: 2, Name: 0}})
	var h hfRow
	if err := h.of(&row, []bool{true, false}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(h.Labels, []int32{-100, 2, -100, -100, 5}) || !slices.Equal(h.PositionIDs, []int32{0, 1, 2, 0, 1}) {
		t.Errorf("labels %v, positions %v", h.Labels, h.PositionIDs)
	}
	if err := h.of(&row, []bool{true}); err == nil {
		t.Error("a span name that the manifest does not have was accepted")
	}
}
