package cpu

import (
	"math"
	"unsafe"
)

// portable is the family in Go, for machines without ours in assembly and as
// the reference of the others. Products are rounded before they are added
// (float32(...)): the compiler may not fuse them on one machine only.
func portable() *family {
	return &family{
		name: "go", rows: 2, cols: 4,
		products:  []product{goProduct1, goProduct2},
		wide:      goWide,
		vectors:   vectors{goAdd, goScale, goDot, goMax, goSilu, goSiluGrad, goAdam, goLog, goStat, goScoreGrad},
		tileRows:  tileRows{goSoftRows, goGradRows, goDotRows, goDivideRows},
		layerRows: layerRows{goNormRows, goNormGradRows, goRopeRows},
		transpose: goTranspose, copy8: goCopy(8), copy16: goCopy(16),
	}
}

// at is the n elements from p on.
func at(p *float32, n int) []float32 { return unsafe.Slice(p, n) }

func expf(x float32) float32 { return float32(math.Exp(float64(x))) }

func goProduct1(tiles, k int, a *float32, rs, cs int, b *float32, bs int, c *float32, ldc, load int) {
	for t := range tiles {
		as := at(a, t*rs+(k-1)*cs+1)[t*rs:]
		bsl, cc := at(b, (k-1)*bs+4), at(c, t*ldc+4)[t*ldc:]
		var c0, c1, c2, c3 float32
		if load != 0 {
			c0, c1, c2, c3 = cc[0], cc[1], cc[2], cc[3]
		}
		for p := range k {
			x, r := as[p*cs], bsl[p*bs:p*bs+4]
			c0 += float32(x * r[0])
			c1 += float32(x * r[1])
			c2 += float32(x * r[2])
			c3 += float32(x * r[3])
		}
		cc[0], cc[1], cc[2], cc[3] = c0, c1, c2, c3
	}
}

func goProduct2(tiles, k int, a *float32, rs, cs int, b *float32, bs int, c *float32, ldc, load int) {
	for t := range tiles {
		as := at(a, (2*t+1)*rs+(k-1)*cs+1)[2*t*rs:]
		bsl, cc := at(b, (k-1)*bs+4), at(c, (2*t+1)*ldc+4)[2*t*ldc:]
		var c0, c1, c2, c3, d0, d1, d2, d3 float32
		if load != 0 {
			c0, c1, c2, c3 = cc[0], cc[1], cc[2], cc[3]
			d0, d1, d2, d3 = cc[ldc], cc[ldc+1], cc[ldc+2], cc[ldc+3]
		}
		for p := range k {
			x, y, r := as[p*cs], as[rs+p*cs], bsl[p*bs:p*bs+4]
			c0 += float32(x * r[0])
			c1 += float32(x * r[1])
			c2 += float32(x * r[2])
			c3 += float32(x * r[3])
			d0 += float32(y * r[0])
			d1 += float32(y * r[1])
			d2 += float32(y * r[2])
			d3 += float32(y * r[3])
		}
		cc[0], cc[1], cc[2], cc[3] = c0, c1, c2, c3
		cc[ldc], cc[ldc+1], cc[ldc+2], cc[ldc+3] = d0, d1, d2, d3
	}
}

func goWide(k int, a, b *float32, bs int, c *float32, load int) {
	as, bsl, cc := at(a, k), at(b, (k-1)*bs+tile), (*[tile]float32)(at(c, tile))
	if load == 0 {
		*cc = [tile]float32{}
	}
	for p, x := range as {
		for i, y := range (*[tile]float32)(bsl[p*bs:]) {
			cc[i] += float32(x * y)
		}
	}
}

func goTranspose(blocks int, src *float32, ld int, dst *float32, ldd int) {
	s, d := at(src, 7*ld+8*blocks), at(dst, (8*blocks-1)*ldd+8)
	for i := range 8 {
		for j := range 8 * blocks {
			d[j*ldd+i] = s[i*ld+j]
		}
	}
}

func goCopy(width int) func(rows int, src *float32, ld int, dst *float32, ldd int) {
	return func(rows int, src *float32, ld int, dst *float32, ldd int) {
		s, d := at(src, (rows-1)*ld+width), at(dst, (rows-1)*ldd+width)
		for i := range rows {
			copy(d[i*ldd:i*ldd+width], s[i*ld:i*ld+width])
		}
	}
}

// put writes a sum as lanes.
func put(lanes *float32, i int, sum float32) {
	l := at(lanes, i+8)[i:]
	clear(l)
	l[0] = sum
}
