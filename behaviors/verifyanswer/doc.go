// Package verifyanswer is the behavior that holds the final value against the
// question.
package verifyanswer

const doc = `hold the final value against the question before giving it as the answer

Before the step that states the answer, the writer checks the value that the
answer gives, by a way of its own:

  question   undoes the last computation, then the one before it, and so on, until
             a number of the question comes out again: 196 + 20 = 216,
             216 / 3 = 72 and 72 - 24 = 48, the 48 of the question
  recompute  comes to the value again: the terms of the last step in another
             order, or the parts of an operand in its place

Every equation is exact, none is one that the source computed on its way to the
value, and each is made use of. The verdict is computed before it is written, and
the value checked is the one that the answer states.

Example, before "#### 6":

  Does 6 fit the question? Working back from 6, 6 * 4 = 24 and then 24 * 2 = 48,
  the 48 I started with. Good, 6 stands.

It differs from verification, which checks a value beside the step that states
it: here the whole way is gone back, once, at the end.

Steps of an edit: check.`
