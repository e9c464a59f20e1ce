// Package backtracking is the behavior that goes wrong, notices, and goes back.
package backtracking

const doc = `take a step wrongly, carry the error on, notice it, withdraw it, and take the step

Before a source step that computes one value, the writer takes that step with an
error in it: the step's own sentence with a wrong value in place of the right
one. The error is carried on for as many of the following steps as the parameters
ask for and as depend on it, each computed exactly from the wrong value. Then a
doubt with a reason that can be checked, a retraction that withdraws every wrong
value, and the source step itself, which states the right one.

Kinds of error (slip):

  arithmetic  the right operation, worked out wrongly: a dropped carry, swapped
              digits, ten too many, the neighbor in the table
  operand     another number that is known at that point, in the place of one
              that belongs there; worked out correctly
  operator    plus for minus, times for divided by; worked out correctly
  copied      an operand miscopied: digits swapped, or one misread

A wrong value is never the true one, never another value of the problem, whole
where the true one is whole, and of plausible size. The reason for the doubt is
an equation that the wrong value fails (undoing the step, last digits, what is
left over in a division, a bound), or the operand that was meant.

Where wrong_then_fix makes the same error at the same step, in the same words, this
one is refused as same-error.

Steps of an edit: wrong (one or more), doubt, retract (refs: every wrong node,
the root first).`
