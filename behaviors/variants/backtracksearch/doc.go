// Package backtracksearch is the variant that makes a whole answer of a search.
package backtracksearch

const doc = `a whole answer that searches: states, moves, dead ends, ways back

From a right attempt at a puzzle of Countdown or of the game of 24 (graft gen
countdown with any trace but a compact search; game24-tot, game24-cot) the variant writes the search that
would have found it: every state with its number, the move that led there and what is
left; wrong branches before the right one, each given up as a dead end, with the
state to go back to; at last the attempt's own closing line.

strategy: dfs goes down one branch at a time, and back; bfs writes level by level,
and follows wrong branches too; beam writes level by level and drops wrong branches at
once. wrong is how many wrong branches a state has, where there are so many; follow is
how many moves dfs and bfs go down a wrong branch before they give it up. from: tree
takes wrong branches that the attempts at the puzzle tried (their moves, put together,
are the tree); any takes every legal move. A search that visits more states than the
budget is refused, or with failures cut off there, ungraded.

Proof: every equation is exact and leads from the state that it names to the one that
it lists; every state off the right way has been searched to the end, over all four
operations and in exact fractions, and cannot make the target: a dead end is dead
because it is, not because the source gave it up. So wrong branches have whole numbers
and leave at most four of them; one that might have led to the target is never
written. What is not proved is that the search is the one a program would have made.

The trees of math_aps hold sentences, and estimates of how often they come out right.
No dead end of theirs can be proved, and the variant leaves them alone.

Example:

  Numbers 4, 5, 6, 10, wanted 24.
  #1: 6 * 10 = 60 (left: 4 5 60).
  #1.1: 60 - 5 = 55 (left: 4 55).
  No way on from #1.1; back to #1.
  No way on from #1; back to #0.
  #2: 10 - 4 = 6 (left: 5 6 6).`
