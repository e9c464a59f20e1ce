package token

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkEncode encodes GSM8K with ids and ends: warm with an Encoder that has
// seen it all, cold with a new one each time round.
func BenchmarkEncode(b *testing.B) {
	texts := gsm8k(b)
	size := 0
	for _, s := range texts {
		size += len(s)
	}
	for _, name := range append([]string{"quickstart"}, vocabularies...) {
		for _, kind := range []string{"warm", "cold"} {
			b.Run(name+"/"+kind, func(b *testing.B) {
				tok := benchTokenizer(b, name, texts)
				e := tok.Encoder()
				var ids, ends []int32
				n := 0
				b.SetBytes(int64(size))
				b.ReportAllocs()
				start := cpu()
				for b.Loop() {
					if kind == "cold" {
						e = tok.Encoder()
					}
					n = 0
					for _, s := range texts {
						ids, ends = e.Append(ids[:0], ends[:0], s, 0)
						n += len(ids)
					}
				}
				used := (cpu() - start).Seconds()
				b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "tokens/s")
				b.ReportMetric(float64(size)*float64(b.N)/1e6/used, "cpuMB/s")
			})
		}
	}
}

func benchTokenizer(b *testing.B, name string, texts []string) *Tokenizer {
	if name != "quickstart" {
		return published(b, name)
	}
	return trained(b, Options{VocabSize: 4096, Specials: []string{"<|endoftext|>", "<|im_start|>", "<|im_end|>"}}, texts)
}

func trained(t testing.TB, o Options, texts []string) *Tokenizer {
	t.Helper()
	file, err := Train(each(texts), o)
	if err != nil {
		t.Fatal(err)
	}
	tok, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// BenchmarkLongWord is 100,000 letters without a break: nothing may be quadratic.
func BenchmarkLongWord(b *testing.B) {
	for _, name := range []string{"gpt2", "qwen2_5", "llama2"} {
		for kind, s := range map[string]string{"same": strings.Repeat("a", 100_000), "mixed": strings.Repeat("abcdefghijklm", 100_000/13)} {
			b.Run(name+"/"+kind, func(b *testing.B) {
				e := published(b, name).Encoder()
				var ids, ends []int32
				b.SetBytes(int64(len(s)))
				b.ReportAllocs()
				for b.Loop() {
					ids, ends = e.Append(ids[:0], ends[:0], s, 0)
				}
			})
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for _, name := range []string{"gpt2", "qwen2_5", "gemma2"} {
		b.Run(name, func(b *testing.B) {
			published(b, name)
			file, err := os.ReadFile(filepath.Join(os.Getenv("GRAFT_TOKENIZERS"), name, "tokenizer.json"))
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(file)))
			for b.Loop() {
				if _, err := Load(file); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkTrain(b *testing.B) {
	texts := gsm8k(b)
	size := 0
	for _, s := range texts {
		size += len(s)
	}
	b.SetBytes(int64(size))
	for b.Loop() {
		if _, err := Train(each(texts), Options{VocabSize: 4096}); err != nil {
			b.Fatal(err)
		}
	}
}
