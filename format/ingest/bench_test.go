package ingest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seed-cdf14512/graft/format"
)

// onCPU reports the throughput per second of CPU time, collector included,
// which means something on a machine that others use as well. Call what it
// returns when the loop has run.
func onCPU(b *testing.B, size int64) (report func()) {
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	start := used()
	b.SetBytes(size)
	b.ReportAllocs()
	return func() {
		b.ReportMetric(float64(size)*float64(b.N)/1e6/(used()-start).Seconds(), "MB/cpu-s")
	}
}

// train is GSM8K train, decompressed.
func train(b testing.TB) []byte {
	src, err := Open(sharedFile(b, "data/gsm8k/train.jsonl.gz"), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer src.Close()
	text, err := io.ReadAll(src)
	if err != nil {
		b.Fatal(err)
	}
	return text
}

// BenchmarkIngest cuts frames, parses strictly, writes the canonical form and
// digests it, on one core.
func BenchmarkIngest(b *testing.B) {
	text := train(b)
	report := onCPU(b, int64(len(text)))
	n := 0
	for b.Loop() {
		o := Options{Stdin: bytes.NewReader(text), Container: "jsonl"}
		err := Frames(context.Background(), Stdin, o, func(f Frame) error {
			_, err := o.Parse(Stdin, f)
			n++
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	report()
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkFrames is the serial part alone.
func BenchmarkFrames(b *testing.B) {
	text := train(b)
	report := onCPU(b, int64(len(text)))
	for b.Loop() {
		o := Options{Stdin: bytes.NewReader(text), Container: "jsonl"}
		if err := Frames(context.Background(), Stdin, o, func(Frame) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	report()
}

func trainItems(b testing.TB) (items []Item, size int64) {
	o := Options{}
	err := Frames(context.Background(), sharedFile(b, "data/gsm8k/train.jsonl.gz"), o, func(f Frame) error {
		it, err := o.Parse("train", f)
		items = append(items, it)
		size += int64(len(it.Canonical))
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return items, size
}

// BenchmarkDecode reads canonical records into the IR, segmentation included.
func BenchmarkDecode(b *testing.B) {
	items, size := trainItems(b)
	r, err := FindReader("gsm8k")
	if err != nil {
		b.Fatal(err)
	}
	report := onCPU(b, size)
	for b.Loop() {
		for _, it := range items {
			if _, err := Decode(r, it.Canonical, it.Digest); err != nil {
				b.Fatal(err)
			}
		}
	}
	report()
	b.ReportMetric(float64(len(items)*b.N)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkSegment cuts answers into steps: short ones with marks, and long
// ones with LaTeX and loops.
func BenchmarkSegment(b *testing.B) {
	for _, set := range []string{"gsm8k/train.jsonl.gz", "r1-traces/math500_r1distill_llama8b.jsonl.gz", "countdown-sos/rollouts.jsonl.gz"} {
		b.Run(strings.Split(set, "/")[0], func(b *testing.B) {
			var all []string
			size := int64(0)
			readAll(sharedFile(b, "data/"+set), func(_ Frame, _ Item, rec format.Record, err error) {
				if err == nil && len(all) < 2000 {
					all = append(all, rec.Attempts[0].Trace.Text())
					size += int64(len(all[len(all)-1]))
				}
			})
			report := onCPU(b, size)
			for b.Loop() {
				for _, text := range all {
					Segment(text)
				}
			}
			report()
		})
	}
}

// The hot path allocates little: a record is one string, one list of members
// and its canonical form.
func TestAllocations(t *testing.T) {
	raw := []byte(`{"question": "Natalia sold clips to 48 of her friends.", "answer": "She sold 48/2 = <<48/2=24>>24.\n#### 24"}`)
	canonical, err := Canonical(raw)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(canonical)
	r, err := FindReader("gsm8k")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		most float64
		run  func()
	}{
		{"Parse", 5, func() { Options{}.Parse("x", Frame{Raw: raw, Line: 1}) }},
		{"Decode", 9, func() { Decode(r, canonical, digest) }},
	} {
		if n := testing.AllocsPerRun(200, tt.run); n > tt.most {
			t.Errorf("%s: %v allocations a record, at most %v", tt.name, n, tt.most)
		}
	}
}
