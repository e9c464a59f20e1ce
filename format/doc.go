// Package format is the language of graft: what a reasoning trace is.
//
// A [Record] is a problem and the attempts made at it. An [Attempt] holds a
// [Trace], which is a list of [Step] values; joining their texts gives the
// trace's text, byte for byte. A step may make claims ([Claim]): an expression
// and the value stated for it, which a program can compute again. The
// quantities form a [Graph]: numbers of the question are given, values of
// claims are results, and an edge says which value was computed from which.
//
// One worked trace. The question "Ann has 48 clips and gives half away. How
// many are left of the rest after 4 more are lost?" and the attempt
//
//	Ann gives 48/2 = <<48/2=24>>24 clips away.\n      step 1, claim 48/2 = 24
//	That leaves 24-4 = <<24-4=20>>20 clips.\n         step 2, claim 24-4 = 20
//	#### 20                                           step 3, the answer
//
// have the nodes 1 (48, given), 2 (4, given), 3 (24, from 1; the 2 of "half"
// stands nowhere and is a constant), 4 (20, from 3 and 2). While step 1 has not
// been taken, node 4 is locked: its parent 3 is unsolved.
//
// An edit inserts steps and stamps them ([Origin], [Stamp]); Erase drops the
// stamped steps, and what remains is the source. A [Sample] is a compiled row:
// the rendered text, tiled by spans ([Span]) that say who wrote what.
//
// The words of the domain, one meaning each: trace, step, kind, claim, node,
// site (a place beside a step), edit, origin, stamp, span, use (a behavior in a
// recipe), suite (a list of behaviors), record (a source record), sample (a
// compiled row), shard, manifest.
package format
