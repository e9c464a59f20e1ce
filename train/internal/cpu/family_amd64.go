package cpu

import "golang.org/x/sys/cpu"

//go:generate go run ./gen

// families is every family, best first. The loops over vectors are bound by
// memory: AVX-512 keeps those of AVX2 and widens the products.
var families = []candidate{
	{"avx512", func() bool { return hasAVX2() && cpu.X86.HasAVX512F }, avx512},
	{"avx2", hasAVX2, avx2},
	{"go", func() bool { return true }, portable},
}

func hasAVX2() bool { return cpu.X86.HasAVX2 && cpu.X86.HasFMA }

func avx2() *family {
	return &family{
		name: "avx2", rows: 6, cols: 16,
		products:  []product{gemmAVX2_1, gemmAVX2_2, gemmAVX2_3, gemmAVX2_4, gemmAVX2_5, gemmAVX2_6},
		wide:      wideAVX2,
		vectors:   vectors{addVec, scaleVec, dotVec, maxVec, siluVec, siluGradVec, adamVec, logVec, statVec, scoreGradVec},
		tileRows:  tileRows{softRows, gradRows, dotRows, divideRows},
		layerRows: layerRows{normRowsVec, normGradRowsVec, ropeRowsVec},
		transpose: transpose8, copy8: copy8, copy16: copy16,
	}
}

func avx512() *family {
	f := avx2()
	f.name, f.rows, f.cols, f.wide = "avx512", 12, 32, wideAVX512
	f.products = []product{gemmAVX512_1, gemmAVX512_2, gemmAVX512_3, gemmAVX512_4, gemmAVX512_5, gemmAVX512_6,
		gemmAVX512_7, gemmAVX512_8, gemmAVX512_9, gemmAVX512_10, gemmAVX512_11, gemmAVX512_12}
	return f
}
