package augment_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
)

// shared is the folder of data that is not ours, or a skip.
func shared(tb testing.TB) string {
	dir := os.Getenv("GRAFT_SHARED")
	if dir == "" {
		dir = "../../shared"
	}
	if _, err := os.Stat(filepath.Join(dir, "data")); err != nil {
		tb.Skip("needs ../shared: ", err)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		tb.Fatal(err)
	}
	return dir
}

const threeBehaviors = `version: 1
seed: 1
traces: [{path: "%s/data/gsm8k/train.jsonl.gz"}]
behaviors:
  - {use: reflection, select: {per: trace, rate: 0.3}}
  - {use: backtracking, select: {per: trace, rate: 0.3}}
  - {use: verification, select: {per: trace, rate: 0.3}}
render: {template: chatml}
tokenize: {tokenizer: "builtin:quickstart", max_tokens: 1024}
`

// BenchmarkCompile is ingest to spans: gunzip, strict JSON, identity, sorting,
// grading, value graph, three behaviors with their proofs, rendering. Bytes are
// those of the source.
func BenchmarkCompile(b *testing.B) {
	for _, workers := range []int{1, 2} {
		b.Run(map[int]string{1: "one", 2: "two"}[workers], func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
			plan := parse(b, sprintf(threeBehaviors, shared(b)))
			b.ReportAllocs()
			b.SetBytes(3768214)
			var n int64
			for b.Loop() {
				samples, _, err := augment.SpansOnly(context.Background(), plan, workers)
				if err != nil {
					b.Fatal(err)
				}
				n = samples
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// BenchmarkBuild is the whole of a build: all of BenchmarkCompile, and then
// tokens, packing, Parquet and the manifest.
func BenchmarkBuild(b *testing.B) {
	plan := parse(b, sprintf(threeBehaviors, shared(b)))
	out := filepath.Join(b.TempDir(), "out")
	b.ReportAllocs()
	b.SetBytes(3768214)
	for b.Loop() {
		if _, err := augment.Build(context.Background(), plan, out, augment.BuildOptions{Workers: 1, Version: "bench"}); err != nil {
			b.Fatal(err)
		}
	}
}
