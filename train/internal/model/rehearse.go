package model

// Rehearse calls all operations of a step with the largest batch that the model was
// planned for. It is for device.Planner, on which none of them is done.
func (m *Model) Rehearse() error {
	b := m.plan.largest()
	if err := m.Forward(b); err != nil {
		return err
	}
	if !m.plan.Train { // it decodes, and scores nothing
		return nil
	}
	m.Score(1)
	slopes := make([]float32, len(b.IDs))
	m.Backward(slopes, slopes)
	if err := m.Forward(b); err != nil {
		return err
	}
	m.ScoreBackward(slopes)
	return nil
}

// largest is the batch of the most tokens in the most documents.
func (p Plan) largest() (b Batch) {
	left := min(p.Tokens, p.Docs*p.Positions)
	for docs := min(p.Docs, left); docs > 0; docs-- {
		n := min(p.Positions, left-docs+1)
		b.Add(make([]int32, n))
		left -= n
	}
	return b
}
