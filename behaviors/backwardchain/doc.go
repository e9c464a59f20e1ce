// Package backwardchain is the behavior that works back from what is asked.
package backwardchain

const doc = `work back from what is asked to what is given, before the first line

Before anything is worked out the writer says what the quantity that is asked for
needs, what that needs in turn, and so on, and then goes forward. It acts on problems
that declare parameters (graft gen igsm), and keeps to those that the answer rests
on. Depth bounds the levels, most the number of sentences.

What is proved: each sentence names a locked parameter and exactly what it needs. No
value is told.

Example:

  To know the number of brass lanterns in each hall I need the number of silver
  lanterns in each hall.
  That is where I begin.

Steps of an edit: probe (a parameter, and in refs what it needs; one or more), return.`
