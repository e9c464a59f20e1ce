//go:build linux && (amd64 || arm64) && !nocuda

package cuda

import "github.com/seed-cdf14512/graft/train/internal/device"

// Sample draws a token for every row of a batch; see Work.Sample.
func (d *Device) Sample(b device.Drawn, s device.Sampling) {
	d.do(func(w *Work) { w.Sample(b, s) })
}

// Advance makes a batch ready for its next step; see Work.Advance.
func (d *Device) Advance(b device.Drawn, p device.Pages, room int) {
	d.do(func(w *Work) { w.Advance(b, p, room) })
}
