package cpu

import (
	"fmt"
	"math"
)

// check runs every product kernel, and the one of a row and a tile of keys, on a small fixed problem and compares it with
// the family in Go: an instruction set that cannot be tested everywhere must not
// be trusted because it is there.
func (f *family) check() error {
	const k, tiles, bs = 9, 2, tile
	for rows := 1; rows <= f.rows; rows++ {
		a, b := ramp(tiles*rows*k, 7), ramp(k*bs, 11)
		for _, load := range []int{0, 1} {
			c := ramp(tiles*rows*f.cols+1, 13)
			want := ramp(len(c), 13)
			f.products[rows-1](tiles, k, &a[0], k, 1, &b[0], bs, &c[0], f.cols, load)
			for i := range tiles * rows {
				for j := range f.cols {
					sum := float32(load) * want[i*f.cols+j]
					for p := range k {
						sum += a[i*k+p] * b[p*bs+j]
					}
					want[i*f.cols+j] = sum
				}
			}
			for i := range c {
				if !(math.Abs(float64(c[i]-want[i])) < 1e-4) {
					return fmt.Errorf("the %s kernel of %d rows gives %v where %v is right: %s is not used", f.name, rows, c[i], want[i], f.name)
				}
			}
		}
	}
	for _, load := range []int{0, 1} {
		a, b, c := ramp(k, 7), ramp(k*bs, 11), ramp(tile, 13)
		f.wide(k, &a[0], &b[0], bs, &c[0], load)
		for j, sum := range ramp(tile, 13) {
			sum *= float32(load)
			for p := range k {
				sum += a[p] * b[p*bs+j]
			}
			if !(math.Abs(float64(c[j]-sum)) < 1e-4) {
				return fmt.Errorf("the %s kernel of a row and a tile gives %v where %v is right: %s is not used", f.name, c[j], sum, f.name)
			}
		}
	}
	return nil
}

// ramp is n numbers between -1 and 1.
func ramp(n, step int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(i*step%31-15) / 15
	}
	return x
}
