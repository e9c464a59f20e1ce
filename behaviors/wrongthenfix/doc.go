// Package wrongthenfix is the behavior that writes a wrong line, says why it does
// not hold, and writes the right one.
package wrongthenfix

const doc = `write a wrong line, say why it does not hold, and write the right line

Before a source step that computes one value, the writer takes that step with an
error in it, says in one sentence that it does not hold, because of what, and that
it is withdrawn; the source step follows and is the right line. It is not said
twice: the fix is the source's own. The error may be carried on for up to three
steps before it is noticed, each computed exactly from the wrong value.

Classes of error:

  arithmetic  the right operation, worked out wrongly: a dropped carry, swapped
              digits, ten too many, the neighbor in the table
  operand     another number that is known at that point, in the place of one
              that belongs there; worked out correctly
  operator    plus for minus, times for divided by; worked out correctly
  copied      an operand miscopied: digits swapped, or one misread
  off_by_one  one too many or one too few
  unit        a conversion the wrong way round: minutes to hours by multiplying;
              only where the factor (60, 24, 7, 12, 100 …) is world knowledge and
              both units stand in the problem

A wrong value is never the true one nor another value of the problem; except for a
unit it could pass for the right one. The reason is an equation that the wrong
value fails, the operand that was meant, the operation that was meant, or the
conversion itself.

Example:

  She sold 48/2 = 22 clips in June.
  The line does not hold, because 22 * 2 = 44, not 48. I cross out 22; it reads:
  She sold 48/2 = 24 clips in June.

Masked or not: the wrong lines are spans named wrong_then_fix.wrong, whose loss
weight is 0 by default. To train on them, write in the recipe's weights block
"wrong_then_fix.wrong": 1. A full fine-tune does as well either way; a low-rank one
needs the mask.

It differs from backtracking in what stands between the wrong line and the right
one: there a doubt in its own step, as a thought; here one reason, as a correction.

Where it and backtracking would make the same error at the same step, in the same
words, this one stands and the other is refused as same-error.

Steps of an edit: wrong (one to four), retract (refs: every wrong node, the root
first).`
