// Package dots is the control arm in which filler stands in the place of what the
// behaviors wrote.
package dots

const doc = `a control arm: filler of as many tokens in the place of every edit

The compiled attempt with every inserted text replaced by a filler that says
nothing, in a document of exactly as many tokens. If a model gains as much from the
dots as from the behaviors, the gain was that of length. The recipe's behaviors give
the arm: the same seed edits the same places. With keep: replace the build is the
arm and nothing else; an attempt without an edit keeps its own sample in both.

The filler is a unit said many times over: the first of units that is one token each
time in the recipe's tokenizer, by itself and in the document; white space at the end
of an edit stays, so that the source's next word is encoded as before. Every edit is
replaced at its place by filler of as many tokens as it had there, counted after
tokenizing (edits in one gap are one stretch), and the rest of the document has as
many as before: where no numbers of units give that, the record is refused as length.
Where an edit renames source steps, in problems with parameters, the source's own
words stand again, and the document as a whole is held to its length.

Spans are dots.analysis. Proof: without the filler the record is its source, byte
for byte; filler stands where the compiled parent has edits, and nowhere else; the
unit, measured again, is one token each time; each stretch and the rest have the
same number of tokens as in the compiled parent.

Example:

  compiled   6 * 7 = 42. Check: 42 / 7 = 6, as it should be. So 42.
  derived    6 * 7 = 42. . . . . . . . . . . . . . So 42.`
