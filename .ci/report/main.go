// Report reads the events of go test -json and prints what a person wants to
// see of them: failures with their output, packages with their times, and every
// skipped test by name with its reason.
//
// Where GRAFT_SHARED is set, the real data are there, and a test that skips for
// want of them is a failure.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// needsShared is how tests begin the reason of a skip for want of real data.
const needsShared = "needs ../shared"

type event struct {
	Action, Package, Test, Output string
	ImportPath                    string // of build output
	FailedBuild                   string
	Elapsed                       float64
}

type test struct{ pkg, name string }

type report struct {
	out             io.Writer
	shared          bool
	output          map[test][]string
	build           map[string][]string
	skips, failures []string
	passed          int
}

func main() {
	counts := flag.String("counts", "", "file to write passed, failed and skipped to")
	flag.Parse()
	r := report{out: os.Stdout, shared: os.Getenv("GRAFT_SHARED") != "", output: map[test][]string{}, build: map[string][]string{}}
	if err := r.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
	r.close()
	if *counts != "" {
		line := fmt.Sprintf("%d %d %d\n", r.passed, len(r.failures), len(r.skips))
		if err := os.WriteFile(*counts, []byte(line), 0o666); err != nil {
			fmt.Fprintln(os.Stderr, "report:", err)
			os.Exit(1)
		}
	}
	if len(r.failures) > 0 {
		os.Exit(1)
	}
}

func (r *report) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) != nil {
				fmt.Fprintf(r.out, "%s", line) // something that go itself says
			} else {
				r.event(e)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *report) event(e event) {
	t := test{e.Package, e.Test}
	switch e.Action {
	case "output":
		r.output[t] = append(r.output[t], e.Output)
	case "build-output":
		r.build[e.ImportPath] = append(r.build[e.ImportPath], e.Output)
	case "pass":
		if e.Test != "" {
			r.passed++
		} else {
			fmt.Fprintf(r.out, "ok    %-60s %7.1fs\n", e.Package, e.Elapsed)
		}
		delete(r.output, t)
	case "skip":
		if e.Test != "" {
			r.skip(t)
		}
		delete(r.output, t)
	case "fail":
		r.fail(t, e)
		delete(r.output, t)
	}
}

func (r *report) skip(t test) {
	reason := "no reason given"
	for _, line := range r.output[t] {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "===") || strings.HasPrefix(line, "---") {
			continue
		}
		if _, after, ok := strings.Cut(line, ".go:"); ok {
			if _, said, ok := strings.Cut(after, ": "); ok {
				reason = said
			}
		}
	}
	line := fmt.Sprintf("%s.%s: %s", t.pkg, t.name, reason)
	if r.shared && strings.HasPrefix(reason, needsShared) {
		r.failures = append(r.failures, line+" (GRAFT_SHARED is set)")
		return
	}
	r.skips = append(r.skips, line)
}

func (r *report) fail(t test, e event) {
	if t.name == "" {
		fmt.Fprintf(r.out, "FAIL  %-60s %7.1fs\n", t.pkg, e.Elapsed)
		for _, line := range r.build[e.FailedBuild] {
			fmt.Fprint(r.out, line)
		}
		if slices.ContainsFunc(r.failures, func(f string) bool { return strings.HasPrefix(f, t.pkg+".") }) {
			return // its tests have said why
		}
		t.name = "(package)"
		t2 := test{t.pkg, ""}
		for _, line := range r.output[t2] {
			fmt.Fprint(r.out, line)
		}
	}
	fmt.Fprintf(r.out, "FAIL  %s.%s\n", t.pkg, t.name)
	for _, line := range r.output[t] {
		fmt.Fprint(r.out, "      ", line)
	}
	r.failures = append(r.failures, t.pkg+"."+t.name)
}

func (r *report) close() {
	if len(r.skips) > 0 {
		fmt.Fprintf(r.out, "\nskipped:\n")
	}
	for _, s := range r.skips {
		fmt.Fprintf(r.out, "SKIP  %s\n", s)
	}
	if len(r.failures) > 0 {
		fmt.Fprintf(r.out, "\nfailed:\n")
	}
	for _, f := range r.failures {
		fmt.Fprintf(r.out, "FAIL  %s\n", f)
	}
}
