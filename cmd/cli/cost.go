package cli

import (
	"fmt"
	"time"
)

// printCost says what work with a model took ("trained"): time, and the most memory
// of the process, which holds the arena that was predicted, the rows that were
// read ahead and graft itself.
func (a *app) printCost(did string, begun time.Time) {
	peak := ""
	if n, ok := peakMemory(); ok {
		peak = fmt.Sprintf("; the process held %.1f MiB at most", float64(n)/(1<<20))
	}
	fmt.Fprintf(a.errs, "%s in %s%s\n", did, time.Since(begun).Round(time.Millisecond), peak)
}
