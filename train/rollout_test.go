package train

import (
	"crypto/sha256"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"github.com/seed-cdf14512/graft/format"
)

func num(s string) format.Num {
	n, ok := format.ParseNum(s)
	if !ok {
		panic(s)
	}
	return n
}

// TestRollouts: any Parquet reader gets every bit back, and the same rows give
// the same bytes.
func TestRollouts(t *testing.T) {
	rows := []Rollout{
		{PromptID: "a", Step: 3, Sample: 1, Seed: -7, ResponseIDs: []int32{5, 2}, LogProbs: []float32{-.1, -3e-9}, Finish: "stop",
			Reward: 1.05, RewardParts: []RewardPart{{"correct", 1}, {"format", .05}}, PolicyDigest: "d", Text: "#### 5\n"},
		{PromptID: "b", Step: 3, ResponseIDs: []int32{9}, LogProbs: []float32{-2}, Finish: "length", RewardParts: []RewardPart{{"correct", 0}}, Text: "é"},
	}
	var sums [2][32]byte
	for i := range sums {
		f, err := WriteRollouts(t.TempDir(), 3, rows)
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		sums[i] = sha256.Sum256(b)
		got, err := parquet.ReadFile[Rollout](f.Path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(rows, got); d != "" {
			t.Errorf("read back (-want +got):\n%s", d)
		}
	}
	if sums[0] != sums[1] {
		t.Error("the same rows gave other bytes")
	}
	if !rows[0].right() || rows[1].right() {
		t.Error("right is not read from the parts")
	}
}
