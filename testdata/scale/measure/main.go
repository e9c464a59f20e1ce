// Measure builds a recipe and says how fast each stage was in its first and in
// its last tenth, and how much memory the process held at most.
//
//	go run ./testdata/scale -bytes 10GB train.jsonl.gz > big.jsonl
//	go run ./testdata/scale/measure testdata/scale/big.yaml out < big.jsonl
//
// A stage whose last tenth is slower than its first keeps something that grows.
// Rates are given by the clock and by the process's own processor time, which
// other work on the machine does not bend.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors"
	"github.com/seed-cdf14512/graft/cmd/cli"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: measure RECIPE OUT < big.jsonl")
		os.Exit(2)
	}
	cli.PaceCollector()
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

func run(recipe, out string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	plan, ds, err := augment.Load(recipe, behaviors.Suite)
	if err != nil || plan == nil {
		return fmt.Errorf("%v%v", err, ds)
	}
	var l log
	began := time.Now()
	rep, err := augment.Build(ctx, plan, out, augment.BuildOptions{Version: "measure", Stdin: os.Stdin, Progress: l.note})
	if err != nil {
		return err
	}
	took := time.Since(began)
	fmt.Printf("%d records, %d tokens in %s on %d processors\n", rep.Records.In, rep.Tokens.Rendered, took.Round(time.Millisecond), runtime.GOMAXPROCS(0))
	for i := range l.stages {
		l.stages[i].print()
	}
	l.memory()
	return nil
}

// A point is where a stage stood at some time.
type point struct {
	at    time.Time
	cpu   time.Duration // of the process, all processors together
	bytes int64
}

type stage struct {
	name   string
	points []point
}

// A log has every report of progress.
type log struct {
	stages []stage
	said   time.Time
}

func (l *log) note(p augment.Progress) {
	now := time.Now()
	if n := len(l.stages); n == 0 || l.stages[n-1].name != p.Stage {
		l.stages = append(l.stages, stage{name: p.Stage})
		l.said = now
	}
	s := &l.stages[len(l.stages)-1]
	if n := len(s.points); n > 1 && now.Sub(s.points[n-2].at) < 50*time.Millisecond {
		s.points = s.points[:n-1] // only the last report of a moment counts
	}
	s.points = append(s.points, point{now, processor(), p.Bytes})
	if now.Sub(l.said) > 10*time.Second {
		l.said = now
		fmt.Fprintf(os.Stderr, "%s %.0f MB, %d MiB held\n", p.Stage, float64(p.Bytes)/1e6, peak()>>20)
	}
}

// print says what the stage did, and how its last tenth compares to its first.
// The first report is where the clock starts, so that waiting for the stage
// before is not counted.
func (s *stage) print() {
	first, last := s.points[0], s.points[len(s.points)-1]
	total := last.bytes - first.bytes
	clock, cpu := rates(first, last)
	fmt.Printf("%-8s %10.1f MB %8.2f MB/s, %.2f MB a processor second", s.name, float64(last.bytes)/1e6, clock, cpu)
	if len(s.points) < 100 {
		fmt.Printf("   %d reports are too few for tenths\n", len(s.points))
		return
	}
	fmt.Println()
	head, headCPU := rates(first, s.when(first.bytes+total/10))
	tail, tailCPU := rates(s.when(last.bytes-total/10), last)
	fmt.Printf("  first tenth %.2f MB/s, last tenth %.2f MB/s: %+.1f%%\n", head, tail, 100*(tail/head-1))
	fmt.Printf("  first tenth %.2f MB a processor second, last tenth %.2f: %+.1f%%\n", headCPU, tailCPU, 100*(tailCPU/headCPU-1))
}

// when is the first point at which the stage had done so many bytes.
func (s *stage) when(bytes int64) point {
	for _, p := range s.points {
		if p.bytes >= bytes {
			return p
		}
	}
	return s.points[len(s.points)-1]
}

// rates are megabytes a second of the clock, and of processor time.
func rates(a, b point) (clock, cpu float64) {
	mb := float64(b.bytes-a.bytes) / 1e6
	return mb / max(b.at.Sub(a.at).Seconds(), 1e-9), mb / max((b.cpu-a.cpu).Seconds(), 1e-9)
}

func processor() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peak is the most memory that the process has held, in bytes.
func peak() int64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return u.Maxrss
	}
	return u.Maxrss << 10
}

func (l *log) memory() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fmt.Printf("peak resident memory %d MiB (Go obtained %d MiB from the system)", peak()>>20, m.Sys>>20)
	if limit := os.Getenv("GOMEMLIMIT"); strings.TrimSpace(limit) != "" {
		fmt.Printf(", GOMEMLIMIT=%s", limit)
	}
	fmt.Println()
}
