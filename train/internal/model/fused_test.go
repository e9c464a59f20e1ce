package model

import (
	"slices"
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// fused is a device that does two operations at once, by doing one after the other.
type fused struct {
	device.Device
	calls int
}

func (d *fused) ScoreBoth(dx, dw, logp, entropy, lse, dlogp, x, w, targets device.Buf, h device.Head) {
	d.calls++
	d.Score(logp, entropy, lse, x, w, targets, h)
	d.ScoreGrad(dx, dw, dlogp, device.Buf{}, device.Buf{}, lse, x, w, targets, h)
}
func (d *fused) AdamWAll([]device.Update, device.Adam) { d.calls++ }
func (d *fused) SumSquaresAll(bs []device.Buf) float64 { return 0 }

// A device that scores and differentiates at once gets the same operands as one
// that does not: log-probabilities and gradients are the same bits, twice over.
func TestScoreBackwardAtOnce(t *testing.T) {
	b := pack(document(33, 0, 97, 1), document(1, 0, 97, 2), document(64, 0, 97, 3))
	dlogp, _ := objective(b)
	one := &fused{Device: onCPU(t, 1)}
	var logps [3][]float32
	var grads [3][][]float32
	for i, dev := range []device.Device{one, onCPU(t, 1), onCPU(t, 1)} {
		m := fresh(t, small(t, 97), dev, Plan{Tokens: len(b.IDs), Docs: 3, Train: true})
		m.ZeroGrad()
		for range 2 {
			if err := m.Forward(b); err != nil {
				t.Fatal(err)
			}
			if i == 2 {
				logp, _ := m.Score(1)
				logps[i] = slices.Clone(logp)
				m.Backward(dlogp, nil)
			} else {
				logps[i] = slices.Clone(m.ScoreBackward(dlogp))
			}
		}
		for _, p := range m.Params() {
			g := make([]float32, p.G.N)
			dev.Download(g, p.G)
			grads[i] = append(grads[i], g)
		}
	}
	if one.calls != 2 {
		t.Errorf("scored at once %d times, want 2", one.calls)
	}
	for i := range 2 {
		if !slices.Equal(logps[i], logps[2]) {
			t.Errorf("log-probabilities of way %d differ", i)
		}
		for k := range grads[2] {
			if !slices.Equal(grads[i][k], grads[2][k]) {
				t.Errorf("gradient %d of way %d differs", k, i)
			}
		}
	}
}
