package cli

import (
	"fmt"
	"os"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/seed-cdf14512/graft/augment"
)

// A bars shows how far the stages of a build have come, on a terminal only: in
// a log, a moving line is noise.
type bars struct {
	all  *mpb.Progress
	bar  map[string]*mpb.Bar
	done map[string]int64 // where each stage has come to
	last time.Time
}

func (a *app) newBars() *bars {
	if !isTerminal(a.errs) || os.Getenv("TERM") == "dumb" {
		return &bars{}
	}
	return &bars{all: mpb.New(mpb.WithOutput(a.errs), mpb.WithWidth(36)), bar: map[string]*mpb.Bar{}, done: map[string]int64{}}
}

// note prints a line for a person.
func (a *app) note(text string) { fmt.Fprintln(a.errs, text) }

// show takes a report of the build. It is called for every batch, so most calls
// return at once.
func (b *bars) show(p augment.Progress) {
	const often = 50 * time.Millisecond
	if b.all == nil {
		return
	}
	b.done[p.Stage] = p.Done
	if time.Since(b.last) < often && p.Done != p.Total {
		return
	}
	b.last = time.Now()
	bar := b.bar[p.Stage]
	if bar == nil {
		b.finish() // stages follow one another
		bar = b.add(p)
		b.bar[p.Stage] = bar
	}
	bar.SetCurrent(p.Done)
}

func (b *bars) add(p augment.Progress) *mpb.Bar {
	name := mpb.PrependDecorators(decor.Name(p.Stage, decor.WC{W: 8, C: decor.DindentRight}), decor.CurrentNoUnit("%8d records"))
	rate := decor.AverageSpeed(0, "  %.0f/s")
	if p.Total == 0 {
		return b.all.New(0, mpb.SpinnerStyle(), name, mpb.AppendDecorators(rate))
	}
	eta := decor.OnComplete(decor.AverageETA(decor.ET_STYLE_GO), "done")
	return b.all.New(p.Total, mpb.BarStyle(), name, mpb.AppendDecorators(rate, decor.Name("  "), eta))
}

// stop leaves the bars as they stand and gives the terminal back.
func (b *bars) stop() {
	if b.all != nil {
		b.finish()
		b.all.Wait()
	}
}

func (b *bars) finish() {
	for stage, bar := range b.bar {
		if !bar.Completed() {
			bar.SetCurrent(b.done[stage])
			bar.SetTotal(-1, true)
		}
	}
}
