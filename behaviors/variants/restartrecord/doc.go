// Package restartrecord is the variant that hands a model a partial trajectory and
// a reflect mark, to go on from there.
package restartrecord

const doc = `a prompt: the question, part of an attempt, and a mark to reflect

For reinforcement learning that restarts from the middle of old trajectories: the
prompt is the question and the first steps of an attempt, right or wrong, followed
by words (or a control token) that ask for a second look. The model continues.

How many steps are cut off is drawn between cut and all but one; cut: 0 lets a
whole wrong attempt stand. Of a right attempt nothing may stand that states its
final answer. params of the prompt says restart_status (1 where the attempt was
right, -1 where it was wrong, by the checker) and cut_depth (steps left out).

Proof: the partial attempt is its source, byte for byte, from its beginning; the
status is the checker's.

Example:

  question   What is 6 * 7 + 2?
  answer     6 * 7 = 48.                          (source)
             Let me look at this again.           (restart_record.doubt)`
