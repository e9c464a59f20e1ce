package cli

import (
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"github.com/seed-cdf14512/graft/train"
)

// printCost says what work with a model took ("trained"): time, and the most memory
// of the process. A verb inside another leaves the memory out: its process has done
// other work before.
func (a *app) printCost(did string, begun time.Time) {
	peak := ""
	if n, ok := peakMemory(); ok && !a.inner {
		peak = fmt.Sprintf("; the process held %.1f MiB at most", float64(n)/(1<<20))
	}
	fmt.Fprintf(a.errs, "%s in %s%s\n", did, time.Since(begun).Round(time.Millisecond), peak)
}

// What a run with a model holds beside its arena and the program: garbage that is
// not collected yet, and the rows, rollouts and pieces of files at work.
const (
	garbage = 8 << 20
	atWork  = 4 << 20
)

// itself says what the process will hold beside an arena that is not reserved yet,
// and keeps it to that.
func itself(arena int) []train.Room {
	paceBeside(arena)
	debug.FreeOSMemory()
	own, ok := residentMemory()
	if !ok {
		return nil
	}
	return []train.Room{{Name: "graft itself", Bytes: int(own) + garbage + atWork}}
}

// paceBeside lets garbage grow to some MiB beside an arena, or to one hundredth of it:
// the share of the heap that paceTraining allows would be much of a large one.
func paceBeside(arena int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(min(max(100*garbage/max(arena, 1), 1), 100))
	}
}

// residentMemory is what this process holds now, in bytes; where the system does not
// say so, it is the most that it has held.
func residentMemory() (int64, bool) {
	text, err := os.ReadFile("/proc/self/statm")
	var size, resident int64
	if n, _ := fmt.Sscan(string(text), &size, &resident); err == nil && n == 2 {
		return resident * int64(os.Getpagesize()), true
	}
	return peakMemory()
}
