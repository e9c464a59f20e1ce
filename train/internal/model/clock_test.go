package model

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-cdf14512/graft/train/internal/cpu"
	"github.com/seed-cdf14512/graft/train/internal/device"
)

// A clock is a CPU device that keeps the shortest time of every operation of a
// step, in the order of the step: other work only makes them slower. None waits for
// the next here, as they do without a clock: the step is faster than their sum.
type clock struct {
	*cpu.Device
	at  int
	ops []timed
}

type timed struct {
	name  string
	best  time.Duration
	flops float64
}

func (c *clock) time(name string, f func()) { c.keep(name, 0, f) }

// keep times f, all of it, which does so many floating point operations if it is a product.
func (c *clock) keep(name string, flops float64, f func()) {
	start := time.Now()
	f()
	c.Device.Sync()
	spent := time.Since(start)
	if c.at == len(c.ops) {
		c.ops = append(c.ops, timed{name, spent, flops})
	}
	c.ops[c.at].best = min(c.ops[c.at].best, spent)
	c.at++
}

func (c *clock) MatMul(y, a, b device.Buf, p device.Product, m, n, k int, acc bool) {
	c.keep(fmt.Sprintf("MatMul %s %dx%dx%d", []string{"NT", "NN", "TN"}[p], m, n, k), 2*float64(m)*float64(n)*float64(k),
		func() { c.Device.MatMul(y, a, b, p, m, n, k, acc) })
}
func (c *clock) Embed(x, table, ids device.Buf, t, w int) {
	c.time("Embed", func() { c.Device.Embed(x, table, ids, t, w) })
}
func (c *clock) EmbedGrad(dtable, dx, ids device.Buf, t, w int) {
	c.time("EmbedGrad", func() { c.Device.EmbedGrad(dtable, dx, ids, t, w) })
}
func (c *clock) RMSNorm(y, rstd, x, w device.Buf, m, n int, eps float32) {
	c.time("RMSNorm", func() { c.Device.RMSNorm(y, rstd, x, w, m, n, eps) })
}
func (c *clock) RMSNormGrad(dx, dw, dy, x, w, rstd device.Buf, m, n int) {
	c.time("RMSNormGrad", func() { c.Device.RMSNormGrad(dx, dw, dy, x, w, rstd, m, n) })
}
func (c *clock) Rope(x, cos, sin, positions device.Buf, t, heads, d int, inverse bool) {
	c.time("Rope", func() { c.Device.Rope(x, cos, sin, positions, t, heads, d, inverse) })
}
func (c *clock) SwiGLU(y, gate, up device.Buf) {
	c.time("SwiGLU", func() { c.Device.SwiGLU(y, gate, up) })
}
func (c *clock) SwiGLUGrad(dgate, dup, dy, gate, up device.Buf) {
	c.time("SwiGLUGrad", func() { c.Device.SwiGLUGrad(dgate, dup, dy, gate, up) })
}
func (c *clock) Attention(o, lse, q, k, v, starts device.Buf, docs, t int, h device.Heads) {
	c.time("Attention", func() { c.Device.Attention(o, lse, q, k, v, starts, docs, t, h) })
}
func (c *clock) AttentionGrad(dq, dk, dv, do, o, lse, q, k, v, starts device.Buf, docs, t int, h device.Heads) {
	c.time("AttentionGrad", func() { c.Device.AttentionGrad(dq, dk, dv, do, o, lse, q, k, v, starts, docs, t, h) })
}
func (c *clock) Score(logp, entropy, lse, x, w, targets device.Buf, h device.Head) {
	c.time("Score", func() { c.Device.Score(logp, entropy, lse, x, w, targets, h) })
}
func (c *clock) ScoreGrad(dx, dw, dlogp, dentropy, entropy, lse, x, w, targets device.Buf, h device.Head) {
	c.time("ScoreGrad", func() { c.Device.ScoreGrad(dx, dw, dlogp, dentropy, entropy, lse, x, w, targets, h) })
}
func (c *clock) ScoreBoth(dx, dw, logp, entropy, lse, dlogp, x, w, targets device.Buf, h device.Head) {
	c.time("ScoreBoth", func() { c.Device.ScoreBoth(dx, dw, logp, entropy, lse, dlogp, x, w, targets, h) })
}
func (c *clock) AdamWAll(us []device.Update, a device.Adam) {
	c.time("AdamWAll", func() { c.Device.AdamWAll(us, a) })
}
func (c *clock) Zero(b device.Buf)      { c.time("Zero", func() { c.Device.Zero(b) }) }
func (c *clock) Copy(dst, s device.Buf) { c.time("Copy", func() { c.Device.Copy(dst, s) }) }

// table is the time of a step by operation, most first.
func (c *clock) table() string {
	type row struct {
		timed
		calls int
	}
	var rows []row
	var all time.Duration
	for _, o := range c.ops {
		at := slices.IndexFunc(rows, func(r row) bool { return r.name == o.name })
		if at < 0 {
			at, rows = len(rows), append(rows, row{timed: timed{name: o.name}})
		}
		rows[at].calls++
		rows[at].best += o.best
		rows[at].flops += o.flops
		all += o.best
	}
	slices.SortFunc(rows, func(a, b row) int { return int(b.best - a.best) })
	var s strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&s, "%3d calls %8.1f µs %5.1f%%", r.calls, float64(r.best.Nanoseconds())/1e3, 100*float64(r.best)/float64(all))
		if r.flops > 0 {
			fmt.Fprintf(&s, " %6.1f GFLOP/s", r.flops/float64(r.best.Nanoseconds()))
		} else {
			s.WriteString("               ")
		}
		fmt.Fprintf(&s, "  %s\n", r.name)
	}
	fmt.Fprintf(&s, "%3d calls %8.1f µs\n", len(c.ops), float64(all.Nanoseconds())/1e3)
	return s.String()
}

// BenchmarkOperations says where a step's time goes, the best of every operation,
// with -v:
//
//	go test -run '^$' -bench Operations/d64 -v ./train/internal/model
func BenchmarkOperations(b *testing.B) {
	for _, s := range speeds {
		b.Run(s.name, func(b *testing.B) {
			c := &clock{Device: cpu.New(0)}
			run := s.prepare(b, c)
			run() // the first step meets buffers that grow
			c.ops = nil
			b.ReportAllocs()
			for b.Loop() {
				c.at = 0
				run()
			}
			b.Log("\n" + c.table())
		})
	}
}
