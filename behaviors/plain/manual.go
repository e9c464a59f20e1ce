package plain

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
)

const manual = `A recipe names a behavior by its file where its own name would stand:

  behaviors:
    - use: ./double_check.yaml
      select: {per: site, rate: 0.3}
      with: {route: inverse}

The file says where to act, what to say, and what proves it:

  name: double_check
  doc: undo a step from its result
  params:
    route: {type: string, enum: [any, inverse], default: any, doc: which way}
  site: {about: value, pattern: '(?<what>\w+)\.', with: {route: $route}}
  phrases: |
    vars: eqs value
    [check]
    Is {value} right? {eqs}.
  steps:
    - {kind: check, text: '{{say "check"}}'}
  checks: [claim-holds, independent]
  tests:
    - trace: {prompt: "What is the sum of 2 and 3?", steps: ["2 + 3 = 5."]}
      expect: {edits: {double_check: 1}}

graft lint checks the file and runs its tests. Its digest is its version: with any
other byte it draws other chance and is another behavior. A build keeps the file,
so that graft check proves its edits again.

Templates are Go's text/template over .Question, .Step (Kind, Text), .Claim and
.Claims (Expr, Value, Args: Text, Value, From), .Captures, .Params and .Vars. They
may range over Claims and Args. With command: [python3, my.py] in place of steps, a
program writes the steps: see graft schema program.request and program.reply, and
testdata/behaviors/recheck.py. Its claims are proved as all others are; a crash, a
late or a broken reply is a refusal that is counted, and the program begins anew.
It must take chance from the request's seed alone.`

// Manual is the page of graft help behaviors.
func Manual() string {
	var b strings.Builder
	b.WriteString(manual)
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, s := range subjects {
		fmt.Fprintf(w, "\n\nabout: %s\t%s", s.name, s.doc)
		for _, o := range s.options {
			values := strings.Join(o.enum, ", ")
			if o.enum == nil {
				values = fmt.Sprintf("%d to %d", o.lo, o.hi)
			}
			fmt.Fprintf(w, "\n  with: %s\t%s (%s)", o.name, values, o.def)
		}
		for _, v := range s.vars {
			fmt.Fprintf(w, "\n  .Vars.%s\t%s", v.name, v.doc)
		}
	}
	fmt.Fprint(w, "\n\nchecks:\tthe edit is refused unless each of them holds")
	for _, c := range checks {
		fmt.Fprintf(w, "\n  %s\t%s", c.name, c.doc)
	}
	fmt.Fprint(w, "\n\nfunctions of templates:\tbeside and, or, not, len and index")
	for _, name := range functionNames() {
		if doc := functionDocs[name]; doc != "" && !slices.Contains([]string{"and", "or"}, name) {
			fmt.Fprintf(w, "\n  %s\t%s", name, doc)
		}
	}
	w.Flush()
	return b.String()
}
