// Package metatokens is the behavior that marks the borders of what other
// behaviors put in.
package metatokens

const doc = `mark where an edit of another behavior leaves the way, looks back and goes on

The marks stand inside edits of other behaviors, at the borders of their parts, and
die with the edit: where that is not written, neither are they.

  explore   before a start on something else, or a step that goes wrong
  reflect   before a doubt, a check, a withdrawal or a correction
  continue  before a plan or a computation on the way, and after the last step, where
            the source goes on

Of steps of one sort in a row only the first is marked. Which mark stands where
follows from the edit alone; no chance is drawn but that of the recipe's select,
which counts the edits that can be marked as its sites (per: site, rate: 1 marks
them all). Marks state nothing: no number, no name. What is proved is that each
stands before a step of the sort it announces.

As text (as: text) a mark is a word in brackets, encoded like any text. As a token
(as: token) it is one control token, encoded by id; a tokenizer without all three
refuses the edit as no-token. The three marks are parameters. They are the same
every time, on purpose: a mark is a handle to steer by, so the bound on how often a
wording may occur does not hold for them.

Example, in an edit of backtracking:

  [explore]
  She sold 48/2 = 22 clips in June.
  [reflect]
  Hold on. Going backwards should give 48, but 22 * 2 = 44.
  I take back 22. Once more:
  [continue]
  She sold 48/2 = 24 clips in June.

Independence: taking a host out of a recipe takes the marks inside it away, too, and
with per: site changes no other. With per: trace one host of a trace is drawn, so
that a host less may move the marks to another.

Steps of an edit: branch (explore), analysis (reflect), return (continue), or
control for all three where they are tokens.`
