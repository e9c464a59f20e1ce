package main

// wideColumns is how many columns one row is multiplied with at once: a tile of
// keys of attention. A row alone has too few chains in a register tile of columns
// to keep the multipliers busy; this many hide the latency of each.
const wideColumns = 64

// ahead is how far in front of b's rows memory is asked for: half a page, beyond
// which the processor does not look by itself.
const ahead = 2048

// wide writes c[64] (+)= a[k] · b[k,64]. Every element of c is the same chain of
// fused multiply-adds over k as in a product.
func (t tile) wide() {
	name, vectors := "wide"+t.name, wideColumns/t.lanes
	pf("// func %s(k int, a, b *float32, bs int, c *float32, load int)\n", name)
	pf("TEXT ·%s(SB), NOSPLIT, $0-48\n", name)
	pf("\tMOVQ k+0(FP), CX\n\tMOVQ a+8(FP), SI\n\tMOVQ b+16(FP), DX\n\tMOVQ bs+24(FP), R9\n\tSHLQ $2, R9\n\tMOVQ c+32(FP), DI\n")
	pf("\tCMPQ load+40(FP), $0\n\tJEQ zero\n")
	for v := range vectors {
		pf("\tVMOVUPS %d(DI), %s\n", v*t.lanes*4, t.r(v))
	}
	pf("\tJMP loop\n\nzero:\n")
	for v := range vectors {
		if t.reg == "Z" {
			pf("\tVPXORD %s, %s, %s\n", t.r(v), t.r(v), t.r(v))
		} else {
			pf("\tVXORPS %s, %s, %s\n", t.r(v), t.r(v), t.r(v))
		}
	}
	pf("\nloop:\n\tVBROADCASTSS (SI), %s\n", t.r(vectors))
	for v := range vectors {
		if at := v * t.lanes * 4; at%64 == 0 {
			pf("\tPREFETCHT0 %d(DX)\n", ahead+at)
		}
		pf("\tVFMADD231PS %d(DX), %s, %s\n", v*t.lanes*4, t.r(vectors), t.r(v))
	}
	pf("\tADDQ $4, SI\n\tADDQ R9, DX\n\tDECQ CX\n\tJNE loop\n")
	for v := range vectors {
		pf("\tVMOVUPS %s, %d(DI)\n", t.r(v), v*t.lanes*4)
	}
	pf("\tVZEROUPPER\n\tRET\n\n")
}

func wides() {
	for _, t := range tiles {
		t.wide()
	}
}
