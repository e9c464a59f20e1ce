package cli

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/seed-cdf14512/graft/train"
)

// A meter shows how far a run has come: on a terminal as a moving bar; in a log
// as notes, and a line now and then while nothing else is said.
type meter struct {
	app  *app
	all  *mpb.Progress
	bar  *mpb.Bar
	mu   sync.Mutex // the bar draws itself from another goroutine
	text string
	last time.Time
	said time.Time // when something last went to the log
}

// quiet is how long a log may say nothing.
const quiet = 20 * time.Second

func (a *app) newMeter() *meter {
	m := &meter{app: a, said: time.Now()}
	if isTerminal(a.errs) && os.Getenv("TERM") != "dumb" {
		m.all = mpb.New(mpb.WithOutput(a.errs), mpb.WithWidth(24))
	}
	return m
}

// note prints a line above the bar.
func (m *meter) note(text string) {
	m.said = time.Now()
	if m.all != nil {
		fmt.Fprintln(m.all, text)
		return
	}
	fmt.Fprintln(m.app.errs, text)
}

// shown are the metrics that a bar has room for, in the words it uses.
var shown = []struct{ metric, label, format string }{
	{"loss", "loss", "%.4f"}, {"validation", "valid", "%.4f"}, {"reward", "reward", "%.3f"}, {"live", "live", "%.2f"},
	{"drift", "drift", "%.2g"}, {"drift_k3", "k3", "%.2g"},
}

// show takes a report of the run after a step.
func (m *meter) show(p train.Progress) {
	if m.all == nil && (time.Since(m.said) < quiet || p.Step == p.Steps) {
		return
	}
	var words []string
	for _, s := range shown {
		for _, v := range p.Metrics {
			if v.Name == s.metric {
				words = append(words, s.label+" "+fmt.Sprintf(s.format, v.Value))
			}
		}
	}
	words = append(words, fmt.Sprintf("%.0f tokens/s", p.Speed))
	if m.all == nil {
		m.note(fmt.Sprintf("step %d of %d: %s", p.Step, p.Steps, strings.Join(words, "  ")))
		return
	}
	m.mu.Lock()
	m.text = strings.Join(words, "  ")
	m.mu.Unlock()
	now := time.Now()
	if m.bar == nil {
		m.bar, m.last = m.add(p), now
	}
	m.bar.EwmaSetCurrent(p.Step, now.Sub(m.last))
	m.last = now
}

func (m *meter) add(p train.Progress) *mpb.Bar {
	state := decor.Any(func(decor.Statistics) string {
		m.mu.Lock()
		defer m.mu.Unlock()
		return "  " + m.text
	})
	b := m.all.New(p.Steps, mpb.BarStyle(), mpb.PrependDecorators(decor.CountersNoUnit("step %d/%d ")),
		mpb.AppendDecorators(state, decor.Name("  "), decor.OnComplete(decor.EwmaETA(decor.ET_STYLE_GO, 30), "done")))
	b.SetCurrent(p.Step - 1)
	return b
}

// stop leaves the bar as it stands and gives the terminal back.
func (m *meter) stop() {
	if m.all == nil {
		return
	}
	if m.bar != nil && !m.bar.Completed() {
		m.bar.Abort(false)
	}
	m.all.Wait()
}
