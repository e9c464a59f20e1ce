// Package answer decides, by exact arithmetic, whether what a text states is so.
//
// It finds claims in prose and in calculator marks ([Claims]) and computes them
// again ([CheckClaim]); finds the final answer of an attempt ([Final]) and
// compares it with a reference by value ([Equal]); grades attempts and steps by
// kind of problem ([Checkers]); and derives from a list of steps the graph of
// the quantities they compute ([Derive]).
//
// Every verdict is right or Unknown. Where a notation is not understood, where
// a unit may have been converted, or where two readings of a text differ, the
// verdict is Unknown: a guess would become a lie in somebody's corpus.
// Numbers are format.Num, so no floating point decides anything, and depth,
// length and digits are bounded, so no input asks for unbounded work.
package answer
