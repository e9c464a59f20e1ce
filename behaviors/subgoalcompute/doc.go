// Package subgoalcompute is the behavior that takes one operation at a time.
package subgoalcompute

const doc = `compute a step of several operations in hops, one operation each

Before a source step whose expression has three operands or more, the writer works
out its parts, one operation a hop, each on operands of the step and results of
earlier hops. The source step then puts them together. A hop is a part of the
step's own expression and never the whole of it, so that nothing is said twice;
with through, the last operation is a hop as well, and arrives at the value that the
source step then states in one line.

Every hop is exact. What is proved is that the hops are operations of the step's
expression, each of its operands and each result used once, in an order in which
they can be done. Steps with brackets, percent signs or unit words between the
numbers are taken as far as they are plain arithmetic; a hop that changes nothing
(times one) makes no site.

Order: written takes the operations as the step is evaluated, left to right; any
draws an order among those that are possible.

Example:

  First, 2 * 3 = 6. Next, 4 * 5 = 20.
  She spent 2*3+4*5 = $26 in all.

On problems that declare parameters (graft gen igsm) the hops stand inside the
equation, between the numbers put in and the value: the innermost bracket first, left
to right in it, products before sums, one operation a hop. least, order and through
play the same part: an equation of least operations, always in this order, short of
the value, which the source states.

  x = 8 + (y + z) = 8 + (24 + 8) = 8 + 32 = 40.

It differs from subgoal_setting, which plans and computes nothing.

Steps of an edit: compute (one or more; the node of the source step).`
