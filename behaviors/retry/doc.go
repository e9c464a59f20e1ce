// Package retry is the behavior that starts on what is locked and goes back.
package retry

const doc = `start on something that cannot be worked out yet, then go back, giving no reason

Before a step, or before a line of a problem that declares parameters (graft gen
igsm), the writer starts on a quantity that cannot be worked out at that point and
has not appeared, and takes the start back at once with a mark: [BACK] as text (as:
bare), or a control token of the recipe's tokenizer (as: token). No reason is given;
reflect_locked is the same start with one. It is the retry data of Physics of
Language Models, Part 2.2.

The start is an error, and that is proved: the quantity is locked. It is drawn from
all that are locked, redundant ones included, with the same chance. After a start
another one follows in again of 100 cases, so that k starts in a row have chance
(again/100)^(k-1); the published data have both the rate per site and again at the
same number, 1 to 50 in 100, and even a half does no harm. retry_weak and retry_miss
are the cheap forms, which do.

Solutions in the clipped grammar (graft gen igsm --mod) are refused as clipped, once an
attempt: their steps are not bound to parameters. Those of graft gen dyval do, and every start is refused as
replay-question: the replay does not read their questions, so nothing would be proved.

Loss is put on the start or taken off it by the weights block of the recipe:
"retry.branch": 0 masks it.

Example:

  Start the number of silver lanterns in each hall [BACK]
  Let x be the number of brass lanterns in each hall. x = 3.

Steps of an edit: branch (the quantity), return or control, as often as it starts.`
