package rl

// An Algorithm is a named pair of an advantage and an objective.
type Algorithm struct {
	Name, Doc string
	Advantage Advantage
	Objective Objective
	// Dynamic samples further prompts in place of dead groups.
	Dynamic bool
}

// Algorithms lists what a run may name. The numbers are defaults.
var Algorithms = []Algorithm{
	{"grpo", "group-relative advantages by the group's deviation; mean over a sequence, then over the batch",
		Advantage{Spread: Sample, Eps: 1e-6}, Objective{Reduce: SequenceMean, ClipLow: .2, ClipHigh: .2}, false},
	{"dr_grpo", "group-relative advantages as they are; sums over the constant longest length, so that neither length nor difficulty is favored",
		Advantage{}, Objective{Reduce: Constant, ClipLow: .2, ClipHigh: .2}, false},
	{"dapo", "a wider upper clip, mean over all tokens of the batch, dead groups replaced by further prompts, long responses punished softly",
		Advantage{Spread: Sample, Eps: 1e-6}, Objective{Reduce: TokenMean, ClipLow: .2, ClipHigh: .28}, true},
	{"rloo", "the mean of the other samples as baseline; sum over a sequence, mean over the batch",
		Advantage{LeaveOneOut: true}, Objective{Reduce: Constant, Length: 1, ClipLow: .2, ClipHigh: .2}, false},
}

// Find returns the algorithm of that name, or nil.
func Find(name string) *Algorithm {
	for i := range Algorithms {
		if Algorithms[i].Name == name {
			return &Algorithms[i]
		}
	}
	return nil
}
