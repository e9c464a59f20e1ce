// Package reflectlocked is the behavior that tries a locked parameter and puts it off.
package reflectlocked

const doc = `try a parameter too early, name what is missing, put it off

Between two lines of a trace the writer begins on a parameter that cannot be worked
out yet, gives it its letter, names its unsolved parents, and goes back. Where the
parameter is worked out later, its letter is recalled, not given again: that step of
the source is renamed ("Let x be the number of A." becomes "The number of A has the
letter x."), and erasing puts it back, byte for byte. It is the reflection of
behavior injection (BRIDGE), on problems that declare parameters (graft gen igsm).
No value is stated; what is claimed is that the parameter is locked, and what it lacks.

A slot is before every line but the first and the last. The recipe's rate, per site,
is the chance of a slot (published: 0.1); gap: 2 keeps visits from touching. What is
visited is, in redundant of 100 cases and where there is one, a parameter that
nothing needs, else one of the lines to come, the last included. As in the published
program, what is drawn may turn out not to be locked; then nothing is written, and
the refusal is counted as unlocked. With locked, the draw is among locked ones only,
and among those that stay so whatever is worked out in detours: none that lacks a
redundant parameter within reach. Without it, a visit that a detour belies is refused.
A second visit, and one to what nothing needs, gives no letter.

Missing: one visits only parameters that lack exactly one parent. Level has the
premise said in a visit, too, as often as in info_analysis; 0 never.

Example:

  Let x be the number of brass lanterns in each hall. That takes the number of silver
  lanterns in each hall, which I do not have. It has to wait.

Steps of an edit: probe (the parameter, and in refs the missing set), return.`
