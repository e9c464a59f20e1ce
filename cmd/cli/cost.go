package cli

import (
	"fmt"
	"time"
)

// printCost says what training took: time, and the most memory of the process,
// which holds the arena that was predicted, the rows that were read ahead and graft itself.
func (a *app) printCost(begun time.Time) {
	peak := ""
	if n, ok := peakMemory(); ok {
		peak = fmt.Sprintf("; the process held %.1f MiB at most", float64(n)/(1<<20))
	}
	fmt.Fprintf(a.errs, "trained in %s%s\n", time.Since(begun).Round(time.Millisecond), peak)
}
