// Package verdictrecord is the variant that asks whether a solution is right.
package verdictrecord

const doc = `a question and a solution; the answer is right or wrong

The problem and one whole attempt at it are asked about, and the answer is one
word: right or wrong, computed by the checker. Published labels play no part, and an
attempt that the checker cannot judge is left out.

A build keeps exactly as many right ones as wrong ones, in each split: a corpus pass
counts both before the build, and chance keeps as many of each as the rarer has.
The rest is refused as balance. The share asked for (select.rate) is that of the
attempts before balancing.

Everything but the answer is in the question, and not trained.

Proof: question and attempt are the source's, byte for byte; the verdict is the
checker's.

Example:

  question   What is 6 * 7?
             Here is a solution:
             6 * 7 = 48. So 48.
             Is it right or wrong?
  answer     wrong                                  (verdict_record.answer)`
