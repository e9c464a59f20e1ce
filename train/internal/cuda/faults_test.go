//go:build linux

package cuda

import "testing"

// barrier is what a fault takes away.
const barrier = "  __syncthreads();\n"

// faults are mistakes that a kernel can be written with, each found by the parity
// of its operation. What is not found here would not be found in earnest.
var faults = []fault{
	{"Add", "elementwise.cu", "if (i >= n) return;", ""},
	{"Scale", "elementwise.cu", "a.v[k] *= by", "a.v[k] += by"},
	{"AddBias", "elementwise.cu", "c += 32 * VEC", "c += 64 * VEC"},
	{"AddBias", "elementwise.cu", "if (row >= m) return;", ""},
	{"Copy", "elementwise.cu", "(u + 0x7fff + (u >> 16 & 1))", "u"},
	{"Copy", "elementwise.cu", "0x7fff + (u >> 16 & 1)", "0x8000"}, // ties away from zero
	{"Copy", "elementwise.cu", "if (x != x)", "if (false)"},
	{"SwiGLU", "elementwise.cu", "g.v[k] * sigmoid(g.v[k])", "sigmoid(g.v[k])"},
	{"SwiGLUGrad", "elementwise.cu", "(1.0f - s) + s", "(1.0f - s)"},

	{"RMSNorm", "norm.cu", "if (row >= m) return;", ""},
	{"RMSNorm", "norm.cu", "if (row >= m) return;", "if (row >= m || lane == 31) return;"},
	{"RMSNorm", "norm.cu", "/ n + eps", "/ n"},
	{"RMSNorm", "norm.cu", "int with = 16", "int with = 8"},
	{"RMSNormGrad", "norm.cu", barrier, ""},
	{"RMSNormGrad", "norm.cu", "mine[k * packs + p] = 0", ";"},
	{"RMSNormGrad", "norm.cu", "int end = min(m, (int)(blockIdx.x + 1) * rows)", "int end = (int)(blockIdx.x + 1) * rows"},
	{"RMSNormGrad", "norm.cu", "r * r * r", "r * r"},
	{"RMSNormGrad", "norm.cu", "sums + warp * n", "sums"},
	{"RMSNormGrad", "norm.cu", "c % VEC * packs + c / VEC]", "c]"},
	{"RMSNormGrad", "norm.cu", "d.v[k] += g", "d.v[k] = g"},

	{"BiasGrad", "reduce.cu", barrier, ""},
	{"BiasGrad", "reduce.cu", "sums[warp][lane] = sum;\n" + barrier, "sums[warp][lane] = sum;\n"},
	{"BiasGrad", "reduce.cu", "at >= 32 * VEC || column >= n", "at >= 32 * VEC"},
	{"BiasGrad", "reduce.cu", "sums[lane][warp]", "sums[warp][lane]"},
	{"BiasGrad", "reduce.cu", "out[column] += sum", "out[column] = sum"},

	{"Rope", "rope.cu", "u * c.v[k] - v * t", "u * c.v[k] + v * t"},
	{"Rope", "rope.cu", "s.v[k] * sign", "s.v[k]"},
	{"Rope", "rope.cu", "second = first + half", "second = first + VEC"},
	{"Rope", "rope.cu", "int position = positions[token]", "int position = token"},

	{"Embed", "embed.cu", "int id = ids[token]", "int id = token"},
	{"EmbedGrad", "embed.cu", "ids[i + 3] == id", "ids[i + 1] == id"},
	{"EmbedGrad", "embed.cu", "|| (i > 0 && ids[i - 1] == id)", ""},
	{"EmbedGrad", "embed.cu", "i < tokens && ids[i] == id; i++", "false;"},
	{"EmbedGrad", "embed.cu", "blockIdx.y * blockDim.x", "0"},
	{"EmbedGrad", "sort.cu", "* SORTERS + me]++;\n    __syncthreads();\n", "* SORTERS + me]++;\n"},
	{"EmbedGrad", "sort.cu", "totals[me / 32] = scan;\n    __syncthreads();\n", "totals[me / 32] = scan;\n"},
	{"EmbedGrad", "sort.cu", "before += c;\n    }\n    __syncthreads();\n", "before += c;\n    }\n"},
	{"EmbedGrad", "sort.cu", "    }\n    __syncthreads();\n  }\n}", "    }\n  }\n}"},
	{"EmbedGrad", "sort.cu", "if (me % 32 >= by)", ""},
	{"EmbedGrad", "sort.cu", "for (int i = from; i < to; i++) {", "for (int i = to - 1; i >= from; i--) {"}, // not stable

	{"Score", "score.cu", barrier, ""},
	{"Score", "score.cu", "s.sum *= e;", ""},
	{"Score", "score.cu", "e * (s.moment + d * s.sum)", "e * s.moment"},
	{"Score", "score.cu", "ea * (a.moment + da * a.sum)", "ea * a.moment"},
	{"Score", "score.cu", "int by = 16", "int by = 8"},
	{"Score", "score.cu", "int w = 1; w < SCORERS / 32", "int w = 1; w < 31"},
	{"Score", "score.cu", "z.v[k] *= inverse", ";"},
	{"Score", "score.cu", "if (threadIdx.x == 0) write_zero", "if (false) write_zero"},
	{"ScoreGrad", "score.cu", "(c + k == target ? up : 0.0f)", "0.0f"},
	{"ScoreGrad", "score.cu", "c + k == target", "c == target"},
	{"ScoreGrad", "score.cu", "z.v[k] * inverse - lse", "z.v[k] - lse"},
	{"ScoreGrad", "score.cu", "a = b * entropy - up", "a = -up"},
	{"ScoreGrad", "score.cu", "return write_no_grad(grad, words)", "return"},
	{"ScoreBoth", "score.cu", "return write_no_grad(grad, words);\n  }", "return;\n  }"},
	{"ScoreBoth", "score.cu", "s.top + logf(s.sum));", "s.top);"},

	{"AdamW", "tensors.cu", "int t = tensor_of(u.first, u.count)", "int t = 0"},
	{"AdamW", "tensors.cu", "if (n == 4) {\n    *(float4 *)p", "if (true) {\n    *(float4 *)p"},
	{"AdamW", "tensors.cu", "w[k] * keep", "w[k]"},
	{"AdamW", "tensors.cu", "* root + eps", "* root"},
	{"AdamW", "tensors.cu", "u.act[t] + i, w, n", "u.act[t] + i, m, n"},
	{"AdamW", "tensors.cu", "if (u.act[t]) store4", "store4"},
	{"SumSquares", "tensors.cu", barrier, ""},
	{"SumSquares", "tensors.cu", "int i = threadIdx.x; i < count; i += 1024", "int i = threadIdx.x; i < count; i += 2048"},
	{"SumSquares", "tensors.cu", "warp_sum(warps[threadIdx.x])", "warps[0]"},
}

// TestFaultsAreFound plants each fault, alone, and expects its parity to fail.
func TestFaultsAreFound(t *testing.T) {
	long(t)
	for i, f := range faults {
		t.Run(f.parity+" "+f.old, func(t *testing.T) {
			p := newPair(t)
			p.s.fault = i + 1
			for _, c := range parities {
				if c.name == f.parity {
					c.run(p)
				}
			}
			if p.err == nil {
				t.Fatalf("%s passes with %q in the place of %q", f.parity, f.new, f.old)
			}
			t.Log(p.err)
		})
	}
}
