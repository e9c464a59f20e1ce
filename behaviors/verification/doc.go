// Package verification is the behavior that checks a result by another route.
package verification

const doc = `check a result by an independent route, with a computed verdict

After a source step that states a value, the writer checks it in a way that does
not say the step's computation again:

  inverse   undoes the step from its result back to one of its operands
            (24 * 2 = 48 for 48/2 = 24)
  regroup   takes three or more operands in another order, with other partial
            results
  parts     puts the sum or product that an operand came from in its place, and
            computes with the parts ((6 + 4) * 5 as 6 * 5 and 4 * 5)

Swapping two operands is no other route. Every equation is exact, uses only the
numbers that the step rests on, and arrives where the verdict says it does; the
verdict is computed before it is written.

Steps of an edit: check.`
