// Package shortcut is the variant that keeps the right attempt alone: the twin of
// a stitched record.
package shortcut

const doc = `the right attempt alone, the twin of a stitched one

Where attempts_stitch writes wrong attempts before the right one, shortcut keeps
the right one by itself: the same problem, the same right attempt, no detour. A
model trained on the twins in place of the stitched records tells what the detour
was worth. It is derived from the same attempts: right ones with a wrong one
beside them.

Proof: the record is its parent's source, byte for byte; the checker finds it
right, and finds one of the other attempts wrong.

Example:

  attempts   6 * 7 = 48. So 48.   (wrong)
             6 * 7 = 42. So 42.   (right)
  derived    6 * 7 = 42. So 42.`
