// Package reflection is the behavior that reaches too far and notices.
package reflection

const doc = `reach for a later result, name what is missing for it, and put it off

Before a source step the writer tries for a result that a later step computes,
finds that some of the values it rests on are not known yet, names exactly those,
and returns to the step that can be taken.

The behavior acts where the value graph shows a locked node: a result of a later
step with at least one operand that no step has stated so far. The node and every
missing operand need a name in the text. The edit states no value; what it claims
is that the node is locked and that the named set is exactly what is missing, and
both are computed from the graph.

Steps of an edit: probe (the node, and in refs the missing set), return.`
