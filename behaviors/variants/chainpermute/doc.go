// Package chainpermute is the variant that puts the lines of a solution into another order.
package chainpermute

const doc = `the same solution with its lines in another order that works (RC-Aug)

The lines of a trace, a parameter in each, are put into a random order in which
everything is known when it is needed; what is asked for comes last. A letter goes
with its line, so that each is given where its parameter is worked out. It acts on
problems that declare parameters (graft gen igsm), and is the permutation of the
reasoning chain that behavior injection is compared with: published with 4 copies of
a problem, and 2.

Proof: the answer is the lines of its parent, each once; it replays.

Example:

  parent    Let a be A. a = 3. / Let b be B. b = 4. / Let c be C. c = a + b = 7.
  derived   Let b be B. b = 4. / Let a be A. a = 3. / Let c be C. c = a + b = 7.`
