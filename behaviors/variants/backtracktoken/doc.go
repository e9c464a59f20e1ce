// Package backtracktoken is the variant that ends in a wrong step and the mark that
// takes it back.
package backtracktoken

const doc = `a prefix, a wrong step, and the mark that says to go back; it ends there

The record has the question, the first steps of a right attempt (how many is
drawn), the next step with an error of a known class in it, and the mark. What a
model learns from it is when to stop going on, not what to do instead; at inference
the mark is where search goes back.

The error is named backtrack_token.wrong and is not trained unless the weights say
so; the mark is, as text (backtrack_token.return) or as a control token that the
recipe's tokenizer has (backtrack_token.control). The record is flagged truncated
and is not graded. Keep its share small: select.rate is the share of attempts.

Proof: the prefix is the source's, byte for byte; the step that goes wrong computes
a bound value, and what the record states for it is another one that could pass.

Example:

  Ann sold 48/2 = 24 clips in May.        (source)
  She sold 48+24 = 62 altogether.         (backtrack_token.wrong)
  <backtrack>                             (backtrack_token.return)`
