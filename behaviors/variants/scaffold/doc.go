// Package scaffold is the variant that makes prompts with part of the solution in
// them.
package scaffold

const doc = `prompts with the first 0 to 3 of 4 blocks of a solution, never its answer

Partial solutions as hints for reinforcement learning on problems that a policy
never solves: a right attempt is cut into blocks of about as many steps each, and
every level shows one block more as the beginning of the answer; level 0 shows none.
All levels do better than the hardest alone, but a hint that holds the final answer
makes groups in which everybody is right, from which nothing is learned (arXiv
2506.04723): a level that states a final answer, or any number equal to it, or the
answer as a word, is refused as reveals.

params of the prompt has hint_level, total_levels and prefix_tokens, so that a
trainer can draw levels evenly or anneal towards level 0. Loss belongs on generated
tokens alone.

Proof: a hint is its source, byte for byte, from its beginning to the end of a
block; the answer does not stand in it.

Example, level 1:

  question   Ann has 4 boxes of 12 clips and sells 9. How many are left?
  answer     The boxes hold 4*12 = 48 clips.        (source)`
