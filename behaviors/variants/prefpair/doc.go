// Package prefpair is the variant that makes preference pairs: one prompt, a right
// and a wrong way on.
package prefpair

const doc = `a preference pair: the right way on from a prefix, over a wrong one

For DPO and its kin (graft export --to dpo): the prompt is the question and how the
answer begins, chosen is the better way on and rejected the worse one. Where the
worse one comes from (from):

  slip      the first steps of a right attempt, how many is drawn; chosen is its
            next step, rejected the same step with an error of a known class.
  attempts  a right attempt and a wrong one at the same problem; the prompt ends
            where the two part, and each goes on to its own end.
  labels    an attempt of which the source says where its first error is and how
            the step should read: the prompt ends before that step, rejected is the
            step, chosen the source's own correction. A label is prose and proves
            nothing by itself: the grade of such a pair is labelled:SET. Sets number
            steps in ways of their own, so step and correction must both begin with
            the number that the label means (Step 3:); what does not is refused as
            numbering. Of several corrections the first that is one line is taken.
  any       labels where the source has them, else attempts, else a slip.

Proof: all of it but the slip is its source's, byte for byte. A slip states another
value than the one that the step computes; of two attempts the checker finds one
right and the other wrong. A record gives one pair.

Example:

  prompt     What is 6 * 7 + 2? First, 6 * 7 = 42.
  chosen     Then 42 + 2 = 44.
  rejected   Then 42 + 2 = 54.`
