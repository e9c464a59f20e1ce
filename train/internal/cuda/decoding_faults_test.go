//go:build linux

package cuda

import (
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// decodingFaults are mistakes in the kernels of decoding, each found by a small run.
var decodingFaults = []fault{
	{"", "decode_attention.cu", "k0 + 8 * n + 2 * t + (e & 1) < pages.length", "k0 + 8 * n + 2 * t + (e & 1) <= pages.length"},
	{"", "decode_attention.cu", "int key = k0 + 8 * n + g;\n    bool real = key < pages.length;", "int key = k0 + 8 * n + g;\n    bool real = true;"},
	{"", "decode_attention.cu", "real[j] = key < pages.length;", "real[j] = true;"},
	{"", "decode_attention.cu", "const unsigned first[4] = {q[i][0].x, q[i][1].x, q[i][0].y", "const unsigned first[4] = {q[i][0].x, q[i][1].x, q[i][0].z"},
	{"", "decode_attention.cu", "low(a.y, b.y), low(c.y, d.y)", "low(a.y, c.y), low(b.y, d.y)"},
	{"", "decode_attention.cu", "      o[n][2 * h] *= shrink;", ""},
	{"", "decode_attention.cu", "sum[h] *= shrink;", ""},
	{"", "decode_attention.cu", "x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, 2));", ""},
	{"", "decode_attention.cu", "k0 += WARPS * 64)", "k0 += 2 * WARPS * 64)"},
	{"", "decode_attention.cu", "k0 < length && k0 < from + PART", "k0 < length"}, // parts overlap
	{"", "decode_attention.cu", "  __syncthreads();\n  for", "  for"},
	{"", "decode_attention.cu", "out += share * outs[w][r][c];", "out += outs[w][r][c];"},
	{"", "decode_attention.cu", "group = blockIdx.x / tiles % G", "group = 0"},
	{"", "decode_attention.cu", "table + (long long)b * per", "table"},
	{"", "decode_attention.cu", "(lengths[row / H] + PART - 1) / PART", "parts"},
	{"", "decode_attention.cu", "(lengths[row / H] + PART - 1) / PART", "lengths[row / H] / PART"},
	{"", "decode_attention.cu", "float share = power2(top[2 * i] - high);", "float share = 1;"},
	{"", "decode_attention.cu", "n > 0 ? to_bf16(out[j] / all) : (bf16)0", "to_bf16(out[j] / all)"},
	{"", "decode_store.cu", "if (slot < 0) return;", ""},
	{"", "decode_store.cu", "pv[to] = v[i]", "pv[to] = k[i]"},
	{"", "decode_store.cu", "i >= (long long)n * chunks", "i >= (long long)(n - 2) * chunks"},
}

// TestDecodingFaultsAreFound plants each fault, alone.
func TestDecodingFaultsAreFound(t *testing.T) {
	long(t)
	c := newCacheRun(device.Heads{H: 6, G: 2, D: 64, Scale: .125}, 16, 3, 0, 640, 65)
	for i, f := range decodingFaults {
		t.Run(f.file+" "+f.old, func(t *testing.T) {
			s := newShim(t, 16<<20, ofWidth64(), decodingFaults...)
			s.fault = i + 1
			err := c.check(t, s)
			if err == nil {
				t.Fatalf("nothing is wrong with %q in the place of %q", f.new, f.old)
			}
			t.Log(err)
		})
	}
}

// samplingFaults are mistakes in the kernels of sampling, each found by a few draws.
var samplingFaults = []fault{
	{"", "sample.cu", "0x9e3779b97f4a7c15ull;", "0x9e3779b97f4a7c17ull;"},
	{"", "sample.cu", "((unsigned long long)i + 1)", "(unsigned long long)i"},
	{"", "sample.cu", "x == 0 ? 0.0f : x", "x"},
	{"", "sample.cu", "u & 0x80000000u ? ~u : u | 0x80000000u", "u | 0x80000000u"},
	{"", "sample.cu", "k == least && i <= last", "k == least"}, // all of equal logits stay
	{"", "sample.cu", "if (best == 0) next", "if (best == 1) next"},
	{"", "sample.cu", "ceil(rest / one)", "floor(rest / one)"},
	{"", "sample.cu", "  __syncthreads();\n  double all = 0;", "  double all = 0;"},
	{"", "sample.cu", "  if ((threadIdx.x & 31) == 0)\n    for (int i = 0; i < n; i++) shared[threadIdx.x >> 5][i] = x[i];\n  __syncthreads();", "  if ((threadIdx.x & 31) == 0)\n    for (int i = 0; i < n; i++) shared[threadIdx.x >> 5][i] = x[i];"},
	{"", "sample.cu", "i < (int)threadIdx.x; i++) left -= part[i]", "i <= (int)threadIdx.x; i++) left -= part[i]"},
	{"", "sample.cu", "row.temperature = temperature;", "row.temperature = 1;"},
	{"", "sample.cu", "scoring = temperature == 0 ? 1.0 :", "scoring = temperature == 0 ? 2.0 :"},
	{"", "sample.cu", "(unsigned)~i;\n", "(unsigned)i;\n"},
	{"", "sample.cu", "topp * kept[0]", "topp * all[0]"}, // a share of all, not of what top-k left
	{"", "sample.cu", "for (int w = 0; w < WARPS; w++) top", "for (int w = 0; w < 1; w++) top"},
}

// TestSamplingFaultsAreFound plants each fault, alone.
func TestSamplingFaultsAreFound(t *testing.T) {
	long(t)
	sets := []device.Sampling{{}, {Temperature: .7}, {Temperature: 2, TopK: 7}, {Temperature: .8, TopK: 40, TopP: .9}}
	for i, f := range samplingFaults {
		t.Run(f.old, func(t *testing.T) {
			s := sampleShim(t, samplingFaults...)
			s.fault = i + 1
			err := checkSampling(s, 700, 1, sets)
			if err == nil { // half of three equal ones: two stay
				err = checkSampling(s, 3, 4, []device.Sampling{{Temperature: 1, TopP: .5}})
			}
			if err == nil {
				t.Fatalf("nothing is wrong with %q in the place of %q", f.new, f.old)
			}
			t.Log(err)
		})
	}
}
