//go:build linux

package cuda

import (
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// attentionFaults are mistakes in the kernels of attention, each found by a small
// run of it. What is not found here would not be found in earnest.
var attentionFaults = []fault{
	{"", "attention.cu", "> r0 + 16 * m + g + (e >> 1) * 8)", "> 1 + r0 + 16 * m + g + (e >> 1) * 8)"}, // the mask is off by one
	{"", "attention.cu", "> r0 + 16 * m + g + (e >> 1) * 8)", ">= r0 + 16 * m + g + (e >> 1) * 8 + (r0 == 0 ? 1 : 0))"},
	{"", "attention.cu", "if (k0 + KEYS - 1 > r0 + 16 * m) {", "if (k0 > r0 + 16 * m) {"}, // no mask where it is needed
	{"", "attention.cu", "group = head / (H / G)", "group = head % G"},
	{"", "attention.cu", "sum[m][h] *= shrink;", ""},
	{"", "attention.cu", "o[m][n][2 * h + 1] *= shrink;", ""},
	{"", "attention.cu", "x = max_over_quad(x);", ""},
	{"", "attention.cu", "float s0 = sum_over_quad(sum[m][0])", "float s0 = sum[m][0]"},
	{"", "attention.cu", "k0 < r0 + 16 * MT) fold", "k0 + KEYS < r0 + 16 * MT) fold"}, // the last tile is left out
	{"", "attention.cu", "    commit();\n    wait<1>();\n    __syncthreads();", "    commit();\n    __syncthreads();"},
	{"", "attention.cu", "    wait<1>();\n    __syncthreads();\n    const bf16 *now", "    wait<1>();\n    const bf16 *now"},
	{"", "attention.cu", "r0, k0, scale);\n    __syncthreads();", "r0, k0, scale);"}, // a stage is overwritten while it is read
	{"", "attention.cu", "stages + (i & 1) * 2", "stages + (i + 1 & 1) * 2"},
	{"", "attention.cu", "((c ^ (r & 7)) << 3)", "((c ^ (r & 3)) << 3) + (c & 0 ? r : 0) * 8 + (r == 5 ? 8 : 0)"},
	{"", "attention.cu", "src + (r < real ? r : 0) * ld + c * 8, r < real", "src + r * ld + c * 8, true"}, // the next document's keys
	{"", "attention.cu", "top[m][0] * scale + logf(s0)", "top[m][0] + logf(s0)"},
	{"", "attention.cu", "if (r + 8 < rows)", "if (true)"}, // the next document's output
	{"", "attention.cu", "as_rows(p[m], s[m][2 * i], s[m][2 * i + 1])", "as_rows(p[m], s[m][2 * i + 1], s[m][2 * i])"},
	{"", "attention.cu", "down_of(b, v, 16 * i, n)", "cols_of(b, v, 16 * i, n)"}, // not transposed

	{"", "attention_plan.cu", "before[threadIdx.x] += x;\n    __syncthreads();", "before[threadIdx.x] += x;"},
	{"", "attention_plan.cu", "int x = (int)threadIdx.x >= step ? before[threadIdx.x - step] : 0;\n    __syncthreads();", "int x = (int)threadIdx.x >= step ? before[threadIdx.x - step] : 0;"},
	{"", "attention_plan.cu", "end - start + size - 1", "end - start"},
	{"", "attention_plan.cu", "i < max; i += 256) tiles", "false;) tiles"}, // entries of no tile are not marked

	{"", "attention_grad.cu", "int m = D / 16; m > 0", "int m = D / 32; m > 0"},
	{"", "attention_grad.cu", "sees = q0 + col >= k0 + g", "sees = q0 + col > k0 + g"},
	{"", "attention_grad.cu", "sees = q0 + col >= k0 + g", "sees = q0 + col + 1 >= k0 + g"},
	{"", "attention_grad.cu", "(e & 1) <= r0 + g", "(e & 1) < r0 + g"},
	{"", "attention_grad.cu", "(e & 1) <= r0 + g", "(e & 1) <= 1 + r0 + g"},
	{"", "attention_grad.cu", "(ds[n][e] - st->delta[col])", "ds[n][e]"},
	{"", "attention_grad.cu", "(ds[m][e] - del[e >> 1])", "ds[m][e]"},
	{"", "attention_grad.cu", "n = each * heads", "n = each"}, // one query head of the group alone
	{"", "attention_grad.cu", "group * heads + (i + 1) / each", "group + (i + 1) / each"},
	{"", "attention_grad.cu", "head = blockIdx.x % H, group = head / (H / G)", "head = blockIdx.x % H, group = head % G"},
	{"", "attention_grad.cu", "dks, scale, scale)", "dks, 1, 1)"},
	{"", "attention_grad.cu", "dqs, scale, scale)", "dqs, 1, 1)"},
	{"", "attention_grad.cu", "at.first + i % each * QUERIES;\n    if", "at.first + i * QUERIES;\n    if"},
	{"", "attention_grad.cu", "q0 + QUERIES > k0) pair", "q0 > k0) pair"}, // the diagonal is left out
	{"", "attention_grad.cu", "values, &stages[i & 1]", "values, &stages[0]"},
	{"", "attention_grad.cu", "warp * 16, k0, q0, scale);\n    __syncthreads();", "warp * 16, k0, q0, scale);"},
	{"", "attention_grad.cu", "copy4(&s->lse[i], lse + row, i < real);", "copy4(&s->lse[i], lse + at, i < real);"},
	{"", "attention_grad.cu", "down_of(b, st->q, 16 * i, n)", "down_of(b, st->dout, 16 * i, n)"},
	{"", "attention_grad.cu", "src + (r < real ? r : 0) * ld + c * 8, r < real", "src + r * ld + c * 8, true"},
	{"", "attention_grad.cu", "      }\n    }\n    __syncthreads();\n  }\n  write_rows(dq", "      }\n    }\n  }\n  write_rows(dq"},
}

// ofWidth64 is the kernels for heads of width 64.
func ofWidth64() (list []Kernel) {
	for _, k := range attentionKernels() {
		if k.Defines != "-DD=128" {
			list = append(list, k)
		}
	}
	return list
}

// TestAttentionFaultsAreFound plants each fault, alone: a run of the kernels must
// then complain, depend on the order of threads, or differ from the specification.
func TestAttentionFaultsAreFound(t *testing.T) {
	long(t)
	a := newAttentionRun(device.Heads{H: 4, G: 2, D: 64, Scale: .125}, 5, 130, 66)
	want := a.specification(t)
	for i, f := range attentionFaults {
		t.Run(f.file+" "+f.old, func(t *testing.T) {
			s := newShim(t, 8<<20, ofWidth64(), attentionFaults...)
			s.fault = i + 1
			got, err := a.once(s, false)
			if err == nil {
				err = got.near(want, kernelTol)
			}
			if err == nil {
				_, err = a.kernels(s)
			}
			if err == nil {
				err = neighbors(s, a.h)
			}
			if err == nil {
				t.Fatalf("nothing is wrong with %q in the place of %q", f.new, f.old)
			}
			t.Log(err)
		})
	}
}
