// Package plain reads behaviors that are written without Go: a YAML file that
// says where to act (site), what to say (steps, as templates over a phrase bank),
// and which named checks prove it. Or, in place of steps, a command: a program in
// any language that writes the steps, one request and one reply a line.
//
// A file holds its edits to the same proofs as Go does. The engine proves every
// claim from the text; the checks say what the behavior promises beyond that; and
// a step that claims something which none of the checks proves is refused.
//
//	name: double_check
//	doc: undo a step from its result
//	site: {about: value, with: {route: inverse}}
//	phrases: |
//	  vars: eqs value
//	  [check]
//	  Is {value} right? {eqs}.
//	steps:
//	  - {kind: check, text: '{{say "check"}}'}
//	checks: [claim-holds, independent]
package plain
