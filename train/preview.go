package train

import "errors"

// A Preview is what a run would be, without its having taken memory or written a
// file. What a GPU's operations need beside the arena is found by the run itself.
type Preview struct {
	Device     string `json:"device"`
	Parameters int    `json:"parameters"`
	Trained    int    `json:"trained"` // parameters that have a gradient
	Steps      int64  `json:"steps"`
	Bytes      int    `json:"bytes"`  // of the arena that the run would reserve
	Memory     []Room `json:"memory"` // its parts
}

// Preview reads all that a run reads before its first step, and refuses what the
// run would refuse. note is Options.Note.
func (run *SFT) Preview(note func(string)) (p *Preview, err error) {
	if note == nil {
		note = func(string) {}
	}
	s := &sft{SFT: run, Options: Options{Note: note}}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.open(); err != nil {
		return nil, err
	}
	if s.dev, err = openDevice(s.Device, s.Threads, s.cfg); err != nil {
		return nil, err
	}
	bytes, err := s.lay(s.cfg, true)
	if err != nil {
		return nil, err
	}
	return &Preview{Device: s.dev.Name(), Parameters: s.model.Parameters(), Trained: s.model.TrainedParameters(), Steps: s.steps,
		Bytes: bytes, Memory: rooms(s.model, nil, memory{arena: bytes})}, nil
}

// Preview reads all that a run reads before its first step but the weights, and
// refuses what the run would refuse.
func (r *RFT) Preview() (p *Preview, err error) {
	sets, err := r.sets()
	if err != nil {
		return nil, err
	}
	policy, reference, err := r.opening(sets).lay()
	if err != nil {
		return nil, err
	}
	m := policy.model
	return &Preview{Device: m.Device().Name(), Parameters: m.Parameters(), Trained: m.TrainedParameters(), Steps: r.Steps,
		Bytes: policy.held.arena, Memory: rooms(m, reference, policy.held)}, m.Device().Close()
}
