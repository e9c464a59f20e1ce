// Package earlysolve is the variant that works one parameter out early.
package earlysolve

const doc = `one line of a solution stands earlier than its turn

A line that can be worked out sooner is moved up, as far as chance has it: an early
step, right and out of turn. In the published sets of behavior injection it happens
where reflection visits a parameter that turns out not to be locked. It acts on
problems that declare parameters (graft gen igsm).

Proof: the answer is the lines of its parent, each once, one of them earlier; it
replays.

Example:

  parent    Let a be A. a = 3. / Let d be D. d = a. / Let b be B. b = 4. / Let c be C. …
  derived   Let b be B. b = 4. / Let a be A. a = 3. / Let d be D. d = a. / Let c be C. …`
