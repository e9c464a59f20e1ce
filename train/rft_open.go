package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/shard"
	"github.com/seed-cdf14512/graft/train/internal/decode"
	"github.com/seed-cdf14512/graft/train/internal/device"
	"github.com/seed-cdf14512/graft/train/internal/model"
)

// An opening says how a policy is brought up: from which folder, on what device,
// and for what work.
type opening struct {
	model      string // folder with config.json and safetensors
	unverified bool   // without comparing tokenizers
	device     string
	threads    int

	tokens    int // of a batch, at most
	train     bool
	recompute bool
	reference bool // a frozen copy of the weights beside the model
	lora      *model.LoRA
	seed      uint64 // of the adapters

	atOnce    int
	maxTokens int
	stop      []string
	sets      []*promptSet // what it will be asked
	beside    Beside       // or nil
}

// A promptSet is the prompts of a build.
type promptSet struct {
	*build
	prompts []prompt
}

// openPrompts verifies a build and reads its prompts, at most limit of them
// where limit is not 0.
func openPrompts(dir string, limit int) (*promptSet, error) {
	b, err := openBuild(dir, "all")
	if err != nil {
		return nil, err
	}
	p, err := readPrompts(dir, b.manifest, b.manifest.Tokenizer.Vocab)
	if limit > 0 && limit < len(p) {
		p = p[:limit]
	}
	return &promptSet{b, p}, err
}

// open loads the model of an opening into the one arena that lay has laid out.
func (o opening) open() (_ *policy, reference *model.Model, err error) {
	p, reference, err := o.lay()
	if err != nil {
		return nil, nil, err
	}
	m := p.model
	if err = p.held.reserve(m, p.engine, o.beside); err == nil {
		err = m.Load(o.model)
	}
	if err == nil && reference != nil {
		err = reference.Load(o.model)
	}
	if err != nil {
		return nil, nil, errors.Join(err, m.Device().Close())
	}
	m.InitAdapters(o.seed)
	return p, reference, nil
}

// lay opens a device and lays out, without taking memory, all that the work of an
// opening needs. The reference is nil where none is asked for.
func (o opening) lay() (_ *policy, reference *model.Model, err error) {
	cfg, err := model.ReadConfig(o.model)
	if err == nil {
		err = checkDevice(o.device, (&ModelRun{Path: o.model}).shapeOf(), cfg)
	}
	if err != nil {
		return nil, nil, err
	}
	longest, shortest := 0, 1<<30
	for _, s := range o.sets {
		if err := o.matches(s, cfg); err != nil {
			return nil, nil, err
		}
		for _, p := range s.prompts {
			longest, shortest = max(longest, len(p.ids)), min(shortest, len(p.ids))
		}
	}
	tok, err := readTokenizer(filepath.Join(o.sets[0].dir, tokenizerName))
	if err != nil {
		return nil, nil, err
	}
	stop, err := o.stops(cfg)
	if err != nil {
		return nil, nil, err
	}
	dev, err := openDevice(o.device, o.threads, cfg)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, dev.Close())
		}
	}()
	var a device.Arena
	shape := decode.Shape{Seqs: o.atOnce, Longest: longest + o.maxTokens}
	plan := model.Plan{Tokens: max(o.tokens, shape.Longest, shape.Seqs), Positions: shape.Longest, Train: o.train, Checkpointing: o.recompute, LoRA: o.lora}
	plan.Docs = max(plan.Tokens/(shortest+1)+1, shape.Seqs)
	m, err := model.Place(cfg, dev, plan, &a)
	if err != nil {
		return nil, nil, err
	}
	if err := m.Fits(o.model); err != nil {
		return nil, nil, err
	}
	p, err := newPolicy(m, tok, shape, decode.Limits{MaxNew: o.maxTokens, Stop: stop}, &a)
	if err != nil {
		return nil, nil, err
	}
	if o.reference {
		reference = m.Twin(&a)
	}
	p.held.arena, p.longest = a.Bytes(), shape.Longest
	return p, reference, nil
}

// matches refuses prompts whose ids mean other texts to the model.
func (o opening) matches(s *promptSet, cfg model.Config) error {
	if n := s.manifest.Tokenizer.Vocab; n > cfg.Vocab {
		return fmt.Errorf("%s has %d tokens, but the model of %s has %d words", s.dir, n, o.model, cfg.Vocab)
	}
	if o.unverified {
		return nil
	}
	_, err := compareTokenizers(filepath.Join(o.model, tokenizerName), s.build)
	return err
}

// stops is the set of tokens that end a response: the model's end of text, what
// ends an answer in the builds, and those that are named. A set without any is
// refused: no response would end.
func (o opening) stops(cfg model.Config) ([]int32, error) {
	var stop []int32
	add := func(id int32) {
		if !slices.Contains(stop, id) {
			stop = append(stop, id)
		}
	}
	for _, id := range cfg.EOS {
		add(int32(id))
	}
	for _, s := range o.sets {
		id, ok, err := s.turnEnd()
		if err != nil {
			return nil, err
		}
		if ok {
			add(id)
		}
	}
	tok, err := readTokenizer(filepath.Join(o.sets[0].dir, tokenizerName))
	if err != nil {
		return nil, err
	}
	for _, name := range o.stop {
		id, ok := tok.ID(name)
		if !ok {
			return nil, fmt.Errorf("stop token %q is no token of %s", name, o.sets[0].dir)
		}
		add(id)
	}
	if len(stop) == 0 {
		return nil, errors.New("nothing ends a response: the model's config.json names no end of text, and the build holds no answer; name stop tokens")
	}
	return stop, nil
}

// turnEnd is the first token of the end of an answer, as the template of the
// build writes it; false where the build holds no answers.
func (b *build) turnEnd() (int32, bool, error) {
	end := slices.Index(b.manifest.SpanNames, format.SpanEnd)
	for _, f := range b.manifest.FilesOf(shard.Shards.Name) {
		r, err := shard.Shards.Open(filepath.Join(b.dir, filepath.FromSlash(f.Path)))
		if err != nil {
			return 0, false, err
		}
		defer r.Close()
		var row shard.Row
		if r.NumRows() == 0 {
			continue
		}
		if err := r.Row(0, &row); err != nil {
			return 0, false, err
		}
		at := int32(0)
		for i, to := range row.SpanEnd {
			if int(row.SpanName[i]) == end && to > at {
				return row.InputIDs[at], true, nil
			}
			at = to
		}
	}
	return 0, false, nil
}

// sets are the prompts of a run, and those that it is measured on if there are any.
func (r *RFT) sets() ([]*promptSet, error) {
	set, err := openPrompts(r.Prompts, 0)
	if err != nil {
		return nil, err
	}
	if n := len(set.prompts); n < r.Rollout.Prompts {
		return nil, fmt.Errorf("%s holds %d prompts; a batch has %d different ones", r.Prompts, n, r.Rollout.Prompts)
	}
	if r.Evaluate.Prompts == "" {
		return []*promptSet{set}, nil
	}
	held, err := openPrompts(r.Evaluate.Prompts, r.Evaluate.Limit)
	return []*promptSet{set, held}, err
}

// opening is how the policy of a run is brought up.
func (r *RFT) opening(sets []*promptSet) opening {
	o := r.algorithm().Objective
	return opening{
		model: r.Model.Path, unverified: r.Model.Unverified, device: r.Device, threads: r.Threads, tokens: r.Batch.Tokens, train: true, recompute: r.Model.Recompute,
		reference: o.KL != 0 || o.CutKL != 0, lora: r.LoRA.plan(), seed: r.Seed,
		atOnce: r.Rollout.AtOnce, maxTokens: r.Rollout.MaxTokens, stop: r.Rollout.Stop, sets: sets,
	}
}

// start opens everything of a run, and goes on from its last checkpoint if there
// is one. The closer gives folder, journal and device back.
func (r *RFT) start(o Options) (t *rft, _ func() error, err error) {
	var opened []func() error
	closer := func() (err error) {
		for _, c := range slices.Backward(opened) {
			err = errors.Join(err, c())
		}
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, closer())
		}
	}()
	sets, err := r.sets()
	if err != nil {
		return nil, nil, err
	}
	t = &rft{Options: o, run: r, extra: rftExtra{Measured: -1}}
	set := sets[0]
	if len(sets) > 1 {
		t.held = sets[1].prompts
	}
	base, err := r.Model.digest()
	if err != nil {
		return nil, nil, err
	}
	if r.LoRA != nil {
		t.state.Base = base
	}
	identity, err := r.identity(sets, base)
	if err != nil {
		return nil, nil, err
	}
	f, err := openFolder(r.Out, identity)
	if err != nil {
		return nil, nil, err
	}
	opened = append(opened, f.close)
	a := r.algorithm()
	work := r.opening(sets)
	work.beside = o.Beside
	p, reference, err := work.open()
	if err != nil {
		return nil, nil, err
	}
	opened = append(opened, p.model.Device().Close)
	t.policy = p
	t.dealer = dealer{p, set.prompts, newOrder(r.Seed, int64(len(set.prompts))), r, a}
	t.learner = learner{model: p.model, reference: reference, objective: a.Objective, temperature: float32(float(r.Rollout.Temperature))}
	memory := rooms(p.model, reference, p.held)
	t.report = &RFTReport{Out: r.Out, Device: p.model.Device().Name(), Parameters: p.model.Parameters(), Trained: p.model.TrainedParameters(), Steps: r.Steps, Bytes: p.held.arena, Memory: memory}
	t.Note(fmt.Sprintf("%s, %d prompts, %d steps on %s", parametersNote(p.model), len(set.prompts), r.Steps, t.report.Device))
	t.Note(memoryNote(memory))
	for _, text := range []string{r.Optimizer.unreached(r.Steps), p.beyond()} {
		if text != "" {
			t.Note(text)
		}
	}
	t.shelf = shelf{filepath.Join(r.Out, checkpoints), r.Keep}
	if err := t.resume(); err != nil {
		return nil, nil, err
	}
	if t.journal, err = openJournal(r.Out, t.state.Step, t.extra.Measured == t.state.Step); err != nil {
		return nil, nil, err
	}
	opened = append(opened, t.journal.close)
	return t, closer, nil
}

// resume goes to the newest checkpoint, if there is one.
func (t *rft) resume() error {
	s, dir, err := t.shelf.newest()
	if err != nil || dir == "" {
		return err
	}
	if err := json.Unmarshal(s.Extra, &t.extra); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	if err := s.of(t.state.Base, dir); err != nil {
		return err
	}
	t.state = s
	t.saved.Step, t.saved.measured = s.Step, t.extra.Measured
	t.report.From, t.report.Done = s.Step, s.Step
	t.Note(fmt.Sprintf("goes on from step %d of %d, %s", s.Step, t.run.Steps, dir))
	return restore(t.policy.model, dir, t.run.Model.Path)
}

// identity is all that decides the results of a run.
func (r *RFT) identity(sets []*promptSet, policy string) ([]byte, error) {
	same := *r
	same.Device, same.Threads, same.Keep, same.Out, same.Rollout.AtOnce, same.Every = "", 0, 0, "", 0, RFTEvery{} // these change no bit; on a GPU at_once may change the rounding
	same.Model.Path, same.Prompts, same.Evaluate.Prompts = "", "", ""                                             // what lies there counts
	var builds []string
	for _, s := range sets {
		builds = append(builds, s.manifest.BuildID)
	}
	b, err := json.MarshalIndent(map[string]any{"stage": "rft", "run": same, "builds": builds, "model": policy}, "", "  ")
	return append(b, '\n'), err
}
