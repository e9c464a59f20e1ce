package augment

import "time"

// A Stage is one kind of work that a build's time goes to.
type Stage int

// The stages in the order in which a record comes to them.
const (
	StageLoad     Stage = iota // reading the tokenizer
	StageIngest                // strict JSON and identity, and the records that readers make of it
	StageSort                  // the order of identities
	StageGrade                 // checkers
	StageInject                // graphs, behaviors and their proofs
	StageRender                // templates
	StageTokenize              // ids, and spans in tokens
	StageDerive                // variants
	StageEmit                  // rows into columns
	StagePack                  // documents into rows
	StageEncode                // columns into compressed pages
	StageSync                  // until the disk has them
	stageCount
)

func (s Stage) String() string {
	return [...]string{"load", "ingest", "sort", "grade", "inject", "render", "tokenize", "derive", "emit", "pack", "encode", "sync"}[s]
}

// Times are what the goroutines of a build spent in each stage, all added up: more
// than the build took where several processors work. A goroutine's time holds what
// it waited for a processor. Times are no part of a build: its files do not have
// them.
type Times [stageCount]time.Duration

func (t *Times) add(o *Times) {
	for i := range t {
		t[i] += o[i]
	}
}

// A stopwatch is how one goroutine measures its stages.
type stopwatch struct {
	times Times
	last  time.Duration
}

// epoch is what stopwatches count from: reading the difference to it is cheaper
// than reading the time of day.
var epoch = time.Now()

// start begins a stretch of work.
func (w *stopwatch) start() { w.last = time.Since(epoch) }

// lap gives the time since the last call to a stage.
func (w *stopwatch) lap(s Stage) {
	now := time.Since(epoch)
	w.times[s] += now - w.last
	w.last = now
}
