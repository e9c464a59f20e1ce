// Package detourredundant is the behavior that works out what nothing needs.
package detourredundant

const doc = `work out a parameter that nothing needs

Between two lines of a trace the writer works out a parameter that can be worked out
by then and that the answer does not rest on: a detour, right in every number and of
no use. It acts on problems that declare parameters (graft gen igsm), where some are
redundant. In the published sets of behavior injection such lines fall out of
reflection: a visit to a redundant parameter that turns out not to be locked.

A slot is before every line but the first and the last. With share its chance is the
recipe's rate multiplied by the share of the redundant parameters that can be worked
out there, so that rate 0.03 (0.1 for a visit, 0.3 for one to what is redundant) gives
the published number of such lines; max bounds them. The parameter gets a letter that
the trace does not use.

What is proved: the line is the parameter's equation, its numbers and its value.

Steps of an edit: setup (the parameter and its letter), compute.`
