// The functions of the generated assembly.

package cpu

//go:noescape
func gemmAVX2_1(tiles, k int, a *float32, rs, cs int, b *float32, bs int, c *float32, ldc, load int)

//go:noescape
func gemmAVX2_2(tiles, k int, a *float32, rs, cs int, b *float32, bs int, c *float32, ldc, load int)

//go:noescape
func gemmAVX2_3(tiles, k int, a *float32, rs, cs int, b *float32, bs int, c *float32, ldc, load int)

//go:noescape
func gemmAVX2_4(tiles, k int, a *float32, rs, cs int, b *float32, bs int, c *float32, ldc, load int)

//go:noescape
func gemmAVX2_5(tiles, k int, a *float32, rs, cs int, b *float32, bs int, c *float32, ldc, load int)

//go:noescape
func gemmAVX2_6(tiles, k int, a *float32, rs, cs int, b *float32, bs int, c *float32, ldc, load int)

//go:noescape
func gemmAVX512_1(tiles, k int, a *float32, rs, cs int, b *float32, bs int, c *float32, ldc, load int)

//go:noescape
func gemmAVX512_2(tiles, k int, a *float32, rs, cs int, b *float32, bs int, c *float32, ldc, load int)

//go:noescape
func gemmAVX512_3(tiles, k int, a *float32, rs, cs int, b *float32, bs int, c *float32, ldc, load int)

//go:noescape
func gemmAVX512_4(tiles, k int, a *float32, rs, cs int, b *float32, bs int, c *float32, ldc, load int)

//go:noescape
func gemmAVX512_5(tiles, k int, a *float32, rs, cs int, b *float32, bs int, c *float32, ldc, load int)

//go:noescape
func gemmAVX512_6(tiles, k int, a *float32, rs, cs int, b *float32, bs int, c *float32, ldc, load int)

//go:noescape
func gemmAVX512_7(tiles, k int, a *float32, rs, cs int, b *float32, bs int, c *float32, ldc, load int)

//go:noescape
func gemmAVX512_8(tiles, k int, a *float32, rs, cs int, b *float32, bs int, c *float32, ldc, load int)

//go:noescape
func gemmAVX512_9(tiles, k int, a *float32, rs, cs int, b *float32, bs int, c *float32, ldc, load int)

//go:noescape
func gemmAVX512_10(tiles, k int, a *float32, rs, cs int, b *float32, bs int, c *float32, ldc, load int)

//go:noescape
func gemmAVX512_11(tiles, k int, a *float32, rs, cs int, b *float32, bs int, c *float32, ldc, load int)

//go:noescape
func gemmAVX512_12(tiles, k int, a *float32, rs, cs int, b *float32, bs int, c *float32, ldc, load int)

//go:noescape
func wideAVX2(k int, a, b *float32, bs int, c *float32, load int)

//go:noescape
func wideAVX512(k int, a, b *float32, bs int, c *float32, load int)

//go:noescape
func addVec(n int, dst, a, b *float32)

//go:noescape
func scaleVec(n int, x *float32, s float32)

//go:noescape
func dotVec(n int, x, y *float32, lanes *float32)

//go:noescape
func maxVec(n int, x *float32, lanes *float32)

//go:noescape
func siluVec(n int, y, gate, up *float32)

//go:noescape
func siluGradVec(n int, dgate, dup, dy, gate, up *float32)

//go:noescape
func adamVec(n int, w, m, v, grad, act *float32, scale, beta1, rest1, beta2, rest2, step, root, eps, keep float32)

//go:noescape
func logVec(n int, y, x *float32)

//go:noescape
func statVec(n int, x *float32, lanes *float32, s, m float32)

//go:noescape
func scoreGradVec(n int, x *float32, s, lse, a, b float32)

//go:noescape
func softRows(rows int, x *float32, ld, n, see, step int, top, next, sum *float32, s float32)

//go:noescape
func gradRows(rows int, p, ds *float32, ld, n, see, step int, lse, delta *float32, s float32)

//go:noescape
func dotRows(rows, n int, x *float32, ldx int, y *float32, ldy int, out *float32)

//go:noescape
func divideRows(rows, n int, y *float32, ldy int, x *float32, ldx int, by *float32)

//go:noescape
func normRowsVec(rows, n int, y, x, w, rstd *float32, eps float32)

//go:noescape
func normGradRowsVec(rows, n int, dx, dw, dy, x, w, rstd *float32)

//go:noescape
func ropeRowsVec(rows, heads, half int, x, cos, sin *float32, positions *int32, sign float32)

//go:noescape
func transpose8(blocks int, src *float32, ld int, dst *float32, ldd int)

//go:noescape
func copy8(rows int, src *float32, ld int, dst *float32, ldd int)

//go:noescape
func copy16(rows int, src *float32, ld int, dst *float32, ldd int)

func pause()

//go:noescape
func prefetch(lines int, x *float32)
