// Package infoanalysis is the behavior that restates a premise before it is used.
package infoanalysis

const doc = `restate what a parameter is, just before its equation

Between the words that give a parameter its letter and its equation the writer says
again what the question says of it, word for word. It is the information analysis
of behavior injection (BRIDGE), and acts on problems that declare parameters (graft
gen igsm), where the premise of each is known. Parameters that follow from others
have no premise, and no site.

Level sets how the chance depends on what the premise rests on, its own constant
counted as one. At level 0 the recipe's rate is the chance of every premise: the
published rate is 0.1. At levels 1 to 4 the rate is multiplied by a table, so that
with rate 1 the table is the chance:

  rests on   0     1     2     3     4 and more
  level 1    0     0     0.1   0.4   0.8
  level 2    0     0.1   0.4   0.8   1      as the published program was run
  level 3    0     0.4   0.8   1     1
  level 4    0     1     1     1     1

What is proved: the words are those of the premise, in their place.

Example:

  Let x be the number of brass lanterns in each hall. The question says that it
  equals 3 more than silver lanterns in each hall. x = 3 + y = 3 + 4 = 7.

Steps of an edit: analysis (the parameter).`
