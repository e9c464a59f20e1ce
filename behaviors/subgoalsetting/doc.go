// Package subgoalsetting is the behavior that names intermediate targets first.
package subgoalsetting

const doc = `name, before the first step, the intermediate results to be found on the way

At the start of the trace the writer names what has to be found before the
question can be answered: results of later steps that the final value rests on, in
the order in which they can be computed. No value is told.

The plan is read off the value graph. What is claimed, and proved, is that each
named quantity is not known yet, that the final value rests on it, and that none is
named before something it rests on itself. That the list is complete is not
claimed: a quantity without a name in the text cannot be named.

Parameters: depth is how many levels below the final value the plan reaches (1: its
operands; 2: theirs, too), most how many quantities it names; where there are more,
chance leaves some out. Only what is a result, and has a name without digits, can
be named.

Example:

  To answer this, I first need the number of clips in June, then the number of
  clips in both months.
  Ann sold 48/2 = 24 clips in June.

On problems that declare parameters (graft gen igsm) the plan stands before the first
line and leads to what is asked; with parts it may stand before any line, and leads to
a locked parameter of a line to come. It says that it is a plan, and names its target
last.

It differs from subgoal_compute, which computes on the way instead of planning.

Steps of an edit: setup (the final node; in refs the plan, in order).`
