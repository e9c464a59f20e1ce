// Package attemptsstitch is the variant that writes wrong attempts, each with its
// verdict, before the right one.
package attemptsstitch

const doc = `wrong attempts first, each found wrong, then the right one

A record of up to k attempts at one problem, all by the source's own authors: wrong
ones, each followed by a verdict and a word that leads to the next try, and the
right one last. The verdicts are computed by the checker: published labels play no
part, and no attempt that it cannot judge is used. The answer is that of the right
attempt.

The wrong attempts are named attempts_stitch.wrong and are not trained unless the
weights say so; the verdicts are attempts_stitch.doubt, the words in between
attempts_stitch.return.

Proof: every attempt stands there whole, byte for byte; the checker finds each but
the last wrong and the last right; no two are the same.

Example:

  6 * 7 = 48. So the answer is 48.            (attempts_stitch.wrong)
  That answer does not hold up.               (attempts_stitch.doubt)
  Let me start over.                          (attempts_stitch.return)
  6 * 7 = 42. So the answer is 42.            (source)`
