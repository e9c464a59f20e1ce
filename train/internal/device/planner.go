package device

// A Planner is a Device whose operations need memory beside its arena.
type Planner interface {
	Device

	// Rehearse calls f, whose operations are not done: what is uploaded is forgotten
	// and what is downloaded stays as it was. It then makes room for what the greatest
	// of them needs, and is the bytes that the device holds beside its arena, so that
	// nothing is allocated while a run is under way. The arena must be reserved.
	Rehearse(f func()) (beside int, err error)
}
