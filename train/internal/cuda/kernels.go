package cuda

import (
	"embed"
	"io/fs"
	"strings"
)

// sources is the text of every kernel, and of the headers that they include.
//
//go:embed kernels
var sources embed.FS

// Kernels lists every kernel that an operation may launch, each with the defines
// that it is used with: what CI compiles and a cache can hold.
func Kernels() []Kernel { return append(rowKernels(), attentionKernels()...) }

// rowKernels lists those of rows and elements: all but attention and decoding.
func rowKernels() []Kernel {
	all := []Kernel{
		{File: "smoke.cu", Name: "axpy"},
		{File: "sort.cu", Name: "sort_ids"},
		{File: "tensors.cu", Name: "adamw"}, {File: "tensors.cu", Name: "squares"}, {File: "tensors.cu", Name: "squares_sum"},
		vectorized("reduce.cu", "sum_parts", 1),
	}
	for _, v := range []int{8, 1} {
		for _, k := range []Kernel{
			{File: "elementwise.cu", Name: "add"}, {File: "elementwise.cu", Name: "add_bias"}, {File: "elementwise.cu", Name: "scale"},
			{File: "elementwise.cu", Name: "narrow"}, {File: "elementwise.cu", Name: "widen"},
			{File: "elementwise.cu", Name: "copy2"}, {File: "elementwise.cu", Name: "copy4"},
			{File: "elementwise.cu", Name: "swiglu"}, {File: "elementwise.cu", Name: "swiglu_grad"},
			{File: "norm.cu", Name: "rms_norm"}, {File: "norm.cu", Name: "rms_norm_grad"},
			{File: "reduce.cu", Name: "bias_grad"},
			{File: "rope.cu", Name: "rope"},
			{File: "embed.cu", Name: "embed"}, {File: "embed.cu", Name: "embed_grad"},
			{File: "score.cu", Name: "score"}, {File: "score.cu", Name: "score_grad"}, {File: "score.cu", Name: "score_both"},
		} {
			all = append(all, vectorized(k.File, k.Name, v))
		}
	}
	return all
}

// Source is the text of a file of kernels/.
func Source(file string) (string, error) {
	b, err := sources.ReadFile("kernels/" + file)
	return string(b), err
}

// Headers is the text of every .cuh of kernels/, by name.
func Headers() (map[string]string, error) {
	entries, err := fs.ReadDir(sources, "kernels")
	if err != nil {
		return nil, err
	}
	headers := map[string]string{}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".cuh") {
			if headers[e.Name()], err = Source(e.Name()); err != nil {
				return nil, err
			}
		}
	}
	return headers, nil
}
