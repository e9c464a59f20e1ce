// Package emptythink is the control arm without any reasoning.
package emptythink

const doc = `a control arm: an empty think block, then the answer

The record has an opening and a closing mark of thought with nothing between them,
and the part of a right attempt that states its answer: what follows its own closing
mark where it has one, else from the line in which the final answer stands. It tells
what a behavior is worth beyond the answers alone.

Proof: what follows the marks is the source, byte for byte, to its end; it grades as
the whole attempt does.

Example:

  source     6 * 7 = 42.
             #### 42
  derived    <think></think>                        (empty_think.setup)
             #### 42                                (source)`
