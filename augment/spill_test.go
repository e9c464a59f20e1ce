package augment

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"

	"github.com/seed-cdf14512/graft/format/shard"
)

// The spill gives the same records in the same order whether it fits in memory
// or not, and whoever puts them in, in whatever order.
func TestSpillSorts(t *testing.T) {
	const n = 20000
	records := make([]spilled, n)
	for i := range records {
		raw := fmt.Appendf(nil, `{"i":%d,"pad":"%s"}`, i/2, bytes.Repeat([]byte("x"), i%300))
		records[i] = spilled{digest: sha256.Sum256(raw), input: uint32(i % 3), line: int64(i), start: int64(i), end: int64(i + 1), raw: raw}
	}
	var want []string
	for _, limit := range []int64{1 << 40, 0} {
		dir := t.TempDir()
		s := newSpill(dir, limit)
		order := rand.New(rand.NewPCG(uint64(limit), 1)).Perm(n)
		var wg sync.WaitGroup
		for w := range 4 {
			wg.Go(func() {
				for j := w; j < n; j += 4 {
					if err := s.Put(&records[order[j]]); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if s.Count() != n {
			t.Fatalf("count %d, want %d", s.Count(), n)
		}
		var got []string
		for i := range 256 {
			rs, _, err := s.Bucket(i, nil)
			if err != nil {
				t.Fatal(err)
			}
			for j := range rs {
				if sha256.Sum256(rs[j].raw) != rs[j].digest {
					t.Fatalf("record %d of bucket %d came back changed", j, i)
				}
				got = append(got, fmt.Sprintf("%x %d %d %d %d", rs[j].digest, rs[j].input, rs[j].line, rs[j].start, rs[j].end))
			}
		}
		if want == nil {
			want = got
		}
		if len(got) != n || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("limit %d: %d records, in another order than in memory", limit, len(got))
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("%d files left behind", len(left))
		}
	}
}

// Documents come back as they were put in, from memory and from the file.
func TestDocStore(t *testing.T) {
	for _, limit := range []int{1 << 30, 100} {
		s := newDocStore(t.TempDir(), limit)
		for i := range 30 { // an earlier partition, of longer documents
			if err := s.Add(fmt.Sprint("old", i), make([]int32, 7*i), nil); err != nil {
				t.Fatal(err)
			}
		}
		s.Reset()
		for i := range 50 {
			ids := make([]int32, i)
			for j := range ids {
				ids[j] = int32(i * j)
			}
			if err := s.Add(fmt.Sprint("r", i), ids, []shard.TokenSpan{{End: int32(i), Name: 2, Edit: int32(i % 3)}}); err != nil {
				t.Fatal(err)
			}
		}
		var d stored
		for _, i := range rand.New(rand.NewPCG(1, 1)).Perm(50) {
			if err := s.Get(i, &d); err != nil {
				t.Fatal(err)
			}
			if d.record != fmt.Sprint("r", i) || len(d.ids) != i || len(d.spans) != 1 || d.spans[0] != (shard.TokenSpan{End: int32(i), Name: 2, Edit: int32(i % 3)}) {
				t.Fatalf("limit %d: document %d came back as %+v", limit, i, d)
			}
			for j := range d.ids {
				if d.ids[j] != int32(i*j) {
					t.Fatalf("document %d: token %d is %d", i, j, d.ids[j])
				}
			}
		}
		s.Close()
	}
}
