// Package premisepermute is the variant that shuffles the premises of a question.
package premisepermute

const doc = `the same problem with its premises in another order (PP-Aug)

The lines of the question but the last, which asks, are shuffled; the answer stays
as it is. It acts on problems that declare parameters, a premise a line (graft gen
igsm), and is the premise permutation that behavior injection is compared with:
published with 4 copies of a problem, and 2.

Proof: the question is its parent's, line by line; the answer replays against the
premises in their new order.

Example:

  parent    A is 3. B is twice A. How many B?
  derived   B is twice A. A is 3. How many B?`
