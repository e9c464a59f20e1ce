package cli

import (
	"bytes"
	"testing"
	"time"

	"github.com/seed-cdf14512/graft/train"
)

// A log hears of a long run now and then, and of a short one nothing but its notes.
func TestMeterInALog(t *testing.T) {
	var log bytes.Buffer
	m := (&app{errs: &log}).newMeter()
	m.show(train.Progress{Step: 1, Steps: 9, Speed: 100, Metrics: []train.Metric{{Name: "loss", Value: 2}}})
	if log.Len() > 0 {
		t.Errorf("said %q at once", log.String())
	}
	m.said = time.Now().Add(-quiet)
	for step := range int64(3) {
		m.show(train.Progress{Step: 2 + step, Steps: 9, Speed: 100, Metrics: []train.Metric{{Name: "loss", Value: 1.5}}})
	}
	if got, want := log.String(), "step 2 of 9: loss 1.5000  100 tokens/s\n"; got != want {
		t.Errorf("said %q, want %q", got, want)
	}
	m.stop()
}
