package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"time"

	"github.com/seed-cdf14512/graft/format/shard"
	"github.com/seed-cdf14512/graft/format/strict"
	"github.com/seed-cdf14512/graft/train/internal/device"
	"github.com/seed-cdf14512/graft/train/internal/model"
	"github.com/seed-cdf14512/graft/train/internal/weights"
)

// ---- Supervised fine-tuning ----------------------------------------------
//
// loss = sum w·ce / sum w, over the whole accumulated step; w is the weight of
// the span under which a target stands.
//
//	rows <- order(seed, position)
//	for each micro-batch:  forward, score, backward of dlogp = -w / sum w
//	clip, AdamW, and every so many steps: validate, sample, checkpoint
//
// A step is a function of the weights, the moments, its number and the position
// it begins at: that is all a checkpoint holds.

// Options are how a run is watched.
type Options struct {
	Progress func(Progress) // called after every step, if not nil
	Note     func(string)   // what a person should know, one line; nil drops it
	Beside   Beside         // what the memory of the run counts beside its arena; nil is nothing
}

// A Progress is where a run has come to.
type Progress struct {
	Step, Steps int64
	Tokens      int64   // of this session
	Speed       float64 // tokens a second, lately
	Metrics     []Metric
}

// A Report is what a run has to say in the end.
type Report struct {
	Out        string      `json:"out"`
	Model      string      `json:"model,omitempty"`   // folder of the trained model; empty if the run was stopped
	Adapter    string      `json:"adapter,omitempty"` // folder of its adapters alone, with lora
	Device     string      `json:"device"`
	Parameters int         `json:"parameters"`
	Trained    int         `json:"trained"` // parameters that have a gradient
	Steps      int64       `json:"steps"`   // of the run
	Done       int64       `json:"done"`    // of them
	From       int64       `json:"from"`    // where this session went on
	Rows       int64       `json:"rows"`    // seen by the run
	Tokens     int64       `json:"tokens"`
	Loss       *float64    `json:"loss,omitempty"` // of the last step of this session
	Validation *Validation `json:"validation,omitempty"`
	Answers    *Score      `json:"answers,omitempty"` // the last evaluation
	Bytes      int         `json:"bytes"`             // of the arena
	Memory     []Room      `json:"memory"`            // its parts, and what is held beside it
}

// An sft is a run at work.
type sft struct {
	*SFT
	Options
	build      *build
	train      *feed
	validation *feed     // nil where there are no rows
	examiner   *examiner // nil where no answers are asked for
	steps      int64
	cfg        model.Config
	dev        device.Device
	model      *model.Model
	export     model.Export
	base       string // digest of the model that adapters belong to, with lora
	folder     *folder
	shelf      shelf
	journal    *journal

	step     int64 // updates done
	position int64 // rows consumed
	reached  bool  // what evaluate.until asks for
	report   *Report
	dlogp    []float32
}

// Train runs a run file from its start, or from the last checkpoint in its out
// folder, to its end. If ctx is done it ends the step it is in, writes a
// checkpoint and returns the error of ctx, with a report of how far it came.
func (run *SFT) Train(ctx context.Context, o Options) (report *Report, err error) {
	if o.Note == nil {
		o.Note = func(string) {}
	}
	s := &sft{SFT: run, Options: o}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.open(); err != nil {
		return nil, err
	}
	if err := s.start(); err != nil {
		return nil, err
	}
	if s.step < s.steps && !s.reached {
		if err := s.loop(ctx); err != nil {
			return s.report, err
		}
	}
	return s.report, s.finish()
}

// open reads the data and counts the steps.
func (s *sft) open() (err error) {
	if s.build, err = openBuild(s.Data.Build, s.Data.Mode); err != nil {
		return err
	}
	cfg, notes, err := s.Model.shape(s.build)
	if err == nil {
		err = checkDevice(s.Device, s.Model.shapeOf(), cfg)
	}
	if err != nil {
		return err
	}
	for _, n := range notes {
		s.Note(n)
	}
	rows, err := s.build.openSplit("train", cfg.Vocab)
	if err != nil {
		return err
	}
	s.train = &feed{rows: rows, order: newOrder(s.Seed, rows.rows()).at, tokens: s.Batch.Tokens, accumulate: s.Batch.Accumulate, end: -1}
	held, err := s.build.openSplit("validation", cfg.Vocab)
	if err != nil {
		return err
	}
	s.validation = &feed{rows: held, order: func(i int64) int64 { return i }, tokens: s.Batch.Tokens, accumulate: 1, end: held.rows()}
	switch {
	case rows.rows() == 0:
		return fmt.Errorf("%s has no rows to train on", s.build.dir)
	case rows.trained == 0:
		return fmt.Errorf("%s: none of its tokens has a weight above 0 with data.mode %s; see weights in its manifest", s.build.dir, s.Data.Mode)
	case max(rows.maxRow, held.maxRow) > s.Batch.Tokens:
		return fmt.Errorf("batch.tokens is %d; a row of %s has %d: a micro-batch holds whole rows", s.Batch.Tokens, s.build.dir, max(rows.maxRow, held.maxRow))
	}
	if s.steps = s.Steps; s.Epochs > 0 {
		s.train.end = s.Epochs * rows.rows()
		s.steps = s.train.steps()
	}
	if s.Model.Fresh != nil {
		cfg.EOS = rows.endings()
	}
	s.cfg = cfg
	if s.examiner, err = s.newExaminer(); err != nil {
		return err
	}
	s.noted(s.Optimizer.unreached(s.steps))
	return s.fits()
}

// noted passes on what there is to say, if anything.
func (s *sft) noted(text string) {
	if text != "" {
		s.Note(text)
	}
}

// fits refuses documents that are longer than the context of a fresh model, of
// which config.json would promise too little, and tells of those that are longer
// than a trained one has seen.
func (s *sft) fits() error {
	longest := max(s.train.rows.maxDoc, s.validation.rows.maxDoc)
	if s.Model.Fresh != nil && longest > s.cfg.MaxPositions {
		return fmt.Errorf("model.fresh.context is %d; the longest document of %s has %d tokens", s.cfg.MaxPositions, s.build.dir, longest)
	}
	s.noted(beyond(s.cfg, "the longest document", longest))
	if s.examiner != nil {
		s.noted(beyond(s.cfg, "a prompt with the longest answer", s.examiner.shape.Longest))
	}
	return nil
}

// plan is what the arena must hold.
func (s *sft) plan() model.Plan {
	longest := max(s.train.rows.maxDoc, s.validation.rows.maxDoc)
	density := max(s.train.rows.density, s.validation.rows.density)
	p := model.Plan{Tokens: s.Batch.Tokens, Docs: int(math.Ceil(density * float64(s.Batch.Tokens))), Positions: longest,
		Train: true, Checkpointing: s.Model.Recompute, LoRA: s.LoRA.plan()}
	if s.examiner != nil {
		p = s.examiner.widen(p)
	}
	return p
}

// lay lays out model and decoder in one arena, of which it returns the size. It
// refuses weights that are read from the folder of the model and do not fit.
func (s *sft) lay(cfg model.Config, reads bool) (bytes int, err error) {
	var a device.Arena
	s.model, err = model.Place(cfg, s.dev, s.plan(), &a)
	if err == nil && reads && s.Model.Path != "" {
		err = s.model.Fits(s.Model.Path)
	}
	if err == nil && s.examiner != nil {
		err = s.examiner.place(s.model, &a)
	}
	return a.Bytes(), err
}

// start opens the folder of the run and puts the model where the run begins or
// goes on.
func (s *sft) start() error {
	identity, err := s.identity()
	if err != nil {
		return err
	}
	if s.folder, err = openFolder(s.Out, identity); err != nil {
		return err
	}
	s.shelf = shelf{filepath.Join(s.Out, checkpoints), s.Keep}
	st, from, err := s.shelf.newest()
	if err != nil {
		return err
	}
	if s.export, err = s.Model.export(s.build); err != nil {
		return err
	}
	if s.dev, err = openDevice(s.Device, s.Threads, s.cfg); err != nil {
		return err
	}
	cfg := s.cfg
	if from != "" && s.LoRA == nil {
		cfg.Grown = 0 // the checkpoint has them
	}
	var held memory
	if held.arena, err = s.lay(cfg, from == "" || s.LoRA != nil); err == nil {
		err = held.reserve(s.model, s.examiner.engine(), s.Beside)
	}
	if err != nil {
		return err
	}
	memory := rooms(s.model, nil, held)
	s.Note(fmt.Sprintf("%s, %d rows, %d steps on %s", parametersNote(s.model), s.train.rows.rows(), s.steps, s.dev.Name()))
	s.Note(memoryNote(memory))
	s.dlogp = make([]float32, s.Batch.Tokens)
	s.report = &Report{Out: s.Out, Device: s.dev.Name(), Parameters: s.model.Parameters(), Trained: s.model.TrainedParameters(), Steps: s.steps, From: st.Step, Done: st.Step,
		Rows: st.Position, Bytes: held.arena, Memory: memory}
	s.step, s.position = st.Step, st.Position
	if from == "" {
		err = s.Model.begin(s.model, s.Seed)
	} else if err = st.of(s.base, from); err == nil {
		s.reached = st.Extra != nil
		s.Note(fmt.Sprintf("goes on from step %d of %d, %s", st.Step, s.steps, from))
		err = restore(s.model, from, s.Model.Path)
	}
	if err != nil {
		return err
	}
	s.journal, err = openJournal(s.Out, s.step, true)
	return err
}

// identity is all that decides the results of a run, as JSON. Where files lie,
// how many threads there are and how often things are written do not.
func (s *sft) identity() ([]byte, error) {
	r := *s.SFT
	r.Out, r.Threads, r.Keep, r.Every, r.Device = "", 0, 0, EveryRun{}, ""
	r.Data.Build, r.Model.Path = "", ""
	id := struct {
		Run       SFT           `json:"run"`
		Build     string        `json:"build_id"`
		Tokenizer string        `json:"tokenizer"`
		Weights   shard.Weights `json:"weights"`
		Model     string        `json:"model,omitempty"`
		Prompts   string        `json:"prompts,omitempty"`
	}{Run: r, Build: s.build.manifest.BuildID, Tokenizer: s.build.manifest.Tokenizer.SHA256, Weights: s.build.manifest.Weights}
	if s.Model.Path != "" {
		var err error
		if id.Model, err = s.Model.digest(); err != nil {
			return nil, err
		}
		if s.LoRA != nil {
			s.base = id.Model
		}
	}
	id.Run.Evaluate = AnswerRun{}                         // answers change nothing
	if s.examiner != nil && float(s.Evaluate.Until) > 0 { // but when the run ends
		id.Run.Evaluate = s.Evaluate
		id.Run.Evaluate.Prompts = ""
		id.Prompts = s.examiner.set.manifest.BuildID
		id.Run.Every.Evaluate = s.Every.Evaluate
	}
	b, err := strict.Canonical(id)
	return append(b, '\n'), err
}

// loop runs the steps that are left.
func (s *sft) loop(ctx context.Context) error {
	stop := make(chan struct{})
	defer close(stop)
	pace := newPace()
	for st := range s.train.ahead(s.position, stop) {
		if st.err != nil {
			return fmt.Errorf("step %d: %w", s.step+1, st.err)
		}
		metrics, err := s.update(&st)
		if err != nil {
			return err
		}
		if err := s.events(s.step == s.steps, &metrics); err != nil {
			return err
		}
		last := s.step == s.steps || s.reached
		if err := s.journal.log(s.step, metrics); err != nil {
			return err
		}
		speed := pace.add(st.tokens)
		if err := s.journal.time(s.step, []Metric{{"tokens_per_second", speed}, {"seconds", pace.seconds()}}); err != nil {
			return err
		}
		s.report.Tokens += int64(st.tokens)
		if s.Progress != nil {
			s.Progress(Progress{s.step, s.steps, s.report.Tokens, speed, metrics})
		}
		if due(s.step, s.Every.Checkpoint) || last || ctx.Err() != nil {
			if err := s.checkpoint(); err != nil {
				return err
			}
		}
		if last {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return fmt.Errorf("the rows ended after step %d of %d", s.step, s.steps) // a bug: steps were counted
}

func due(step, every int64) bool { return every > 0 && step%every == 0 }

// update is one step.
func (s *sft) update(st *step) ([]Metric, error) {
	number := s.step + 1
	s.model.ZeroGrad()
	loss, at, err := learn(s.model, st, s.dlogp)
	if errors.Is(err, errNotFinite) {
		return nil, s.stopped(number, st, fmt.Sprintf("the loss of micro-batch %d is %g", at+1, loss))
	}
	if err != nil {
		return nil, fmt.Errorf("step %d: %w", number, err)
	}
	rate := s.Optimizer.Rate(number, s.steps)
	length, err := s.Optimizer.update(s.model, number, rate)
	if err != nil {
		return nil, s.stopped(number, st, fmt.Sprintf("the length of the gradient is %g", length))
	}
	s.step, s.position = number, st.next
	s.report.Done, s.report.Rows, s.report.Loss = s.step, s.position, &loss
	return []Metric{{"loss", loss}, {"gradient", length}, {"rate", rate}, {"tokens", float64(st.tokens)}, {"weight", st.weight}}, nil
}

// events does what is due after a step, before it is logged.
func (s *sft) events(last bool, metrics *[]Metric) error {
	answers, err := s.answers(last)
	if err != nil {
		return err
	}
	*metrics = append(*metrics, answers...)
	if s.validation.end == 0 || s.Every.Validate == 0 || !last && !s.reached && !due(s.step, s.Every.Validate) {
		return nil
	}
	v, err := validate(s.model, s.validation)
	if err != nil {
		return fmt.Errorf("validation after step %d: %w", s.step, err)
	}
	s.report.Validation = &v
	*metrics = append(*metrics, Metric{"validation", v.Loss})
	for _, span := range v.Spans {
		*metrics = append(*metrics, Metric{"spans/" + span.Name, span.Loss})
	}
	return nil
}

func (s *sft) checkpoint() error {
	if err := s.journal.sync(); err != nil {
		return err
	}
	st := state{Step: s.step, Position: s.position, Base: s.base}
	if s.reached {
		st.Extra = json.RawMessage(`"reached"`)
	}
	return s.shelf.save(s.model, st, s.export)
}

// finish exports the model, once.
func (s *sft) finish() (err error) {
	dir := filepath.Join(s.Out, modelName)
	s.report.Model = dir
	if exists(dir) {
		s.Note("the run is finished; its model is in " + dir)
	}
	x := s.export
	x.Type = weights.BF16
	s.report.Adapter, err = exportModel(s.model, s.Out, s.Model.Path, x)
	return err
}

func (s *sft) close() error {
	var errs []error
	for _, f := range []*feed{s.train, s.validation} {
		if f != nil {
			errs = append(errs, f.rows.close())
		}
	}
	if s.journal != nil {
		errs = append(errs, s.journal.close())
	}
	if s.dev != nil {
		errs = append(errs, s.dev.Close())
	}
	if s.folder != nil {
		errs = append(errs, s.folder.close())
	}
	return errors.Join(errs...)
}

// A pace measures speed over the last seconds.
type pace struct {
	begun, last time.Time
	speed       float64
}

func newPace() *pace { now := time.Now(); return &pace{begun: now, last: now} }

// add counts tokens that were just worked on; the speed is a moving average.
func (p *pace) add(tokens int) float64 {
	now := time.Now()
	took := max(now.Sub(p.last).Seconds(), 1e-6)
	speed := float64(tokens) / took
	if p.speed == 0 {
		p.speed = speed
	}
	forget := math.Exp(-took / 5)
	p.speed = forget*p.speed + (1-forget)*speed
	p.last = now
	return p.speed
}

func (p *pace) seconds() float64 { return p.last.Sub(p.begun).Seconds() }
