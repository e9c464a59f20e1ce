package augment

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/bits"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/chat"
	"github.com/seed-cdf14512/graft/format/shard"
	"github.com/seed-cdf14512/graft/format/token"
)

// BuildOptions are what may differ between two runs of one build without
// changing a byte of it, Limit excepted.
type BuildOptions struct {
	Workers  int            // goroutines at work; 0: one a processor
	Limit    int            // read at most so many records, for a taste; 0: all
	Stdin    io.Reader      // what the path - reads
	Progress func(Progress) // called from one goroutine; may be nil
	Version  string         // of the program, for the manifest
}

// Progress says how far a stage has come.
type Progress struct {
	Stage string // read, compile
	Done  int64  // records
	Total int64  // records, 0 while unknown
	Bytes int64  // of source
}

// stages are the code versions of the compiler's parts: raised when the same
// input would give other bytes, and guarded by a golden digest test.
var stages = map[string]string{"ingest": "1", "grade": "1", "inject": "1", "prove": "1", "render": "1", "pack": "1"}

// A sink takes what a build makes, in order, on one goroutine.
type sink interface {
	begin(bits int) // partitions are the first bits of a digest
	put(*refined) error
	reject(*Rejection) error
}

// A builder holds one build at work.
type builder struct {
	plan       *Plan
	opts       BuildOptions
	dir        string // work folder
	workers    int
	tok        *token.Tokenizer
	tokFile    []byte
	tpl        *chat.Template
	spanNames  []string
	spanIndex  map[string]int32
	weights    []format.Num // by span name
	validation uint64
	errors     *ErrorSources // nil where behaviors make all errors up
	sources    []source
	spill      *spill
	sink       sink
	balance    *balance
	textOnly   bool // stop before tokens: for measuring
	report     *Report
	watch      stopwatch // of the goroutine that owns the build
	done       map[string]*Progress
	refusal    string // detail of the first refused record

	mu       sync.Mutex
	refiners []*refiner
	sorting  Times
}

// Build compiles the plan into the folder out, which holds either nothing, an
// earlier build, or does not exist. Everything is made in a work folder inside
// it and moved into place at the end, manifest last: an interrupted build
// leaves the earlier one as it was. One that is killed while it is moved is
// finished by the next run.
func Build(ctx context.Context, plan *Plan, out string, opts BuildOptions) (*Report, error) {
	release, err := lockFolder(out)
	if err != nil {
		return nil, err
	}
	defer release()
	defer plan.close()
	defer plan.closeWhen(ctx)()
	b := &builder{plan: plan, opts: opts, dir: filepath.Join(out, workFolder), report: newReport(), done: map[string]*Progress{}}
	if b.workers = opts.Workers; b.workers < 1 {
		b.workers = runtime.GOMAXPROCS(0)
	}
	if err := b.prepare(); err != nil {
		return nil, err
	}
	if b.errors, err = LoadErrors(ctx, plan); err != nil {
		return nil, err
	}
	if err := resume(b.dir, out); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(b.dir, 0o777); err != nil {
		return nil, err
	}
	if err := b.run(ctx); err != nil {
		os.RemoveAll(b.dir)
		var bug *bug
		if errors.As(err, &bug) {
			panic(bug.Error())
		}
		return nil, err
	}
	if err := install(b.dir, out); err != nil {
		return nil, err // the work folder stays: the next run finishes it
	}
	return b.report, os.RemoveAll(b.dir)
}

// prepare loads what the plan names and resolves what it leaves open.
func (b *builder) prepare() error {
	recipe := &b.plan.Recipe
	b.watch.start()
	if err := b.loadTokenizer(); err != nil {
		return err
	}
	b.watch.lap(StageLoad)
	b.spanNames = spanNames(b.plan)
	b.spanIndex = make(map[string]int32, len(b.spanNames))
	for i, n := range b.spanNames {
		b.spanIndex[n] = int32(i)
	}
	var err error
	if b.weights, err = b.plan.Recipe.Weights.Shard().Resolve(b.spanNames); err != nil {
		return err
	}
	if v := recipe.Shards.Validation; v != nil && v.Sign() > 0 {
		b.validation = threshold(v)
	}
	return b.findSources()
}

func (b *builder) loadTokenizer() error {
	name := b.plan.Recipe.Tokenize.Tokenizer
	data, err := readTokenizer(name, b.plan.Dir)
	if err != nil {
		return err
	}
	if add := b.plan.Recipe.Tokenize.Add; len(add) > 0 {
		if data, err = token.AddSpecials(data, add); err != nil {
			return fmt.Errorf("tokenize.add: %s: %w", name, err)
		}
	}
	if b.tok, err = token.LoadAny(data); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	b.tokFile = data
	if b.tpl, err = b.plan.loadTemplate(b.tok); err != nil {
		return err
	}
	for _, c := range b.tpl.Controls {
		if _, ok := b.tok.ID(c); !ok {
			return fmt.Errorf("%s: has no token %q, which the template %s writes", name, c, b.tpl.Name)
		}
	}
	return nil
}

// spanNames are the names that spans of a build may have, in the order by which
// shards number them: a function of the plan, not of what happens to occur.
func spanNames(p *Plan) []string {
	names := engineSpans()
	for i := range p.Uses {
		for _, k := range format.Kinds() {
			names = append(names, chat.SpanName(p.Uses[i].Behavior.Name, k))
		}
	}
	for i := range p.Variants {
		for _, k := range format.Kinds() {
			names = append(names, chat.SpanName(p.Variants[i].Variant.Name, k))
		}
	}
	return names
}

// spanNumber is the number that shards give to a span name.
func (b *builder) spanNumber(name string) (int32, bool) {
	n, ok := b.spanIndex[name]
	return n, ok
}

func (b *builder) run(ctx context.Context) error {
	b.spill = newSpill(b.dir, 64<<20)
	defer b.spill.Close()
	emit, err := b.newEmitter()
	if err != nil {
		return err
	}
	b.sink = emit
	if err := b.gather(ctx); err != nil {
		emit.abort()
		return err
	}
	if err := b.weigh(ctx); err != nil {
		emit.abort()
		return err
	}
	if err := b.compileAll(ctx); err != nil {
		emit.abort()
		return err
	}
	files, err := emit.finish()
	if err != nil {
		emit.abort()
		return err
	}
	return b.conclude(files)
}

// compileAll takes the records in the order of their identities, compiles them
// on all workers, and writes them in that order.
func (b *builder) compileAll(ctx context.Context) error {
	n := b.spill.Count()
	per := int64(max(1, b.plan.Recipe.Shards.Partition))
	b.sink.begin(min(24, bits.Len64(uint64(max(0, (n-1)/per)))))
	newWork := func() func([]work) ([]refined, error) {
		r := b.newRefiner()
		return func(batch []work) ([]refined, error) {
			out := make([]refined, len(batch))
			for i := range batch {
				var err error
				if out[i], err = r.refine(batch[i]); err != nil {
					return nil, err
				}
			}
			return out, nil
		}
	}
	err := ordered(ctx, b.workers, b.batches(), newWork, func(batch []refined) error {
		var bytes int64
		b.watch.start()
		defer b.watch.lap(StageEmit)
		for i := range batch {
			b.count(&batch[i])
			bytes += batch[i].bytes
			if err := b.sink.put(&batch[i]); err != nil {
				return err
			}
		}
		b.progress("compile", int64(len(batch)), bytes)
		return nil
	})
	if err != nil {
		return err
	}
	if b.errors != nil {
		b.report.ErrorFiles, b.report.Rollouts = b.errors.Files, b.rolloutReport()
	}
	b.report.Sets, b.report.Uses, b.report.Variants = countSets(b.plan, b.refiners)
	return nil
}

// batches yields the spilled records in order, a few dozen at a time.
func (b *builder) batches() iter.Seq2[[]work, error] {
	const most, mostBytes = 64, 256 << 10
	return func(yield func([]work, error) bool) {
		for i := range 256 {
			var watch stopwatch
			watch.start()
			records, _, err := b.spill.Bucket(i, nil)
			watch.lap(StageSort)
			b.mu.Lock()
			b.sorting.add(&watch.times)
			b.mu.Unlock()
			if err != nil {
				yield(nil, err)
				return
			}
			var batch []work
			size, ordinal := 0, 0
			for j := range records {
				if j > 0 && records[j].digest == records[j-1].digest {
					ordinal++
				} else {
					ordinal = 0
				}
				batch = append(batch, work{&records[j], ordinal})
				if size += len(records[j].raw); len(batch) == most || size >= mostBytes {
					if !yield(batch, nil) {
						return
					}
					batch, size = nil, 0
				}
			}
			if len(batch) > 0 && !yield(batch, nil) {
				return
			}
		}
	}
}

// reject writes a rejection, and fails the build when too many records are
// refused. Refused edits do not count to that share.
func (b *builder) reject(j Rejection) error { return b.sink.reject(&j) }

// conclude checks the identities, and writes stats, data card and manifest.
func (b *builder) conclude(files []shard.File) error {
	rep := b.report
	for _, r := range b.refiners {
		b.watch.times.add(&r.watch.times)
	}
	b.watch.times.add(&b.sorting)
	rep.Times = b.watch.times
	for i := range b.sources {
		led := b.sources[i].ledger
		if !led.Balanced() {
			return fmt.Errorf("%s: %d records in, but %d out, %d prompts and %v refused: a bug in graft", led.Path, led.In, led.Out, led.Prompts, led.Rejected)
		}
		if r := b.sources[i].reader; r != nil {
			led.Reader = r.Name
		}
		for code, n := range led.Rejected {
			rep.Records.Rejected[code] += n
		}
		rep.Files = append(rep.Files, led)
	}
	for _, s := range rep.Tokens.Packing {
		rep.Tokens.Packed += s.TokensPacked
	}
	if err := b.tooFew(); err != nil {
		return err
	}
	if err := b.tooMany(); err != nil {
		return err
	}
	graphs, err := b.keepGraphs()
	if err != nil {
		return err
	}
	files = append(files, graphs...)
	sources, err := b.keepSources()
	if err != nil {
		return err
	}
	files = append(files, sources...)
	// Ids mean nothing without their tokenizer, so it is part of the data.
	tok, err := shard.WriteFile(filepath.Join(b.dir, tokenizerName), shard.RoleData, bytes.NewReader(b.tokFile))
	if err != nil {
		return err
	}
	m := b.manifest(append(files, within(b.dir, tok)))
	// The card and the statistics name the build, so its id comes before them;
	// they are no data and do not change it.
	m.Format = shard.Version
	slices.SortFunc(m.Files, func(a, b shard.File) int { return strings.Compare(a.Path, b.Path) })
	m.BuildID = m.Root()
	rep.BuildID = m.BuildID
	stats, err := json.Marshal(rep, json.Deterministic(true), jsontext.WithIndent("  "))
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{statsName: append(stats, '\n'), cardName: dataCard(b.plan, rep, m)} {
		f, err := shard.WriteFile(filepath.Join(b.dir, name), shard.RoleReport, bytes.NewReader(content))
		if err != nil {
			return err
		}
		m.Files = append(m.Files, within(b.dir, f))
	}
	if err := m.Write(b.dir); err != nil {
		return err
	}
	if m.BuildID != rep.BuildID {
		return fmt.Errorf("build id %s became %s: a bug in graft", rep.BuildID, m.BuildID)
	}
	rep.Outputs = m.Files
	return nil
}

// tooFew fails a build that would be empty, or that read a file with nothing in
// it: the wrong path more often than not.
func (b *builder) tooFew() error {
	rep := b.report
	for i := range rep.Files {
		if rep.Files[i].In == 0 && b.opts.Limit == 0 {
			return fmt.Errorf("%s: holds no record", rep.Files[i].Path)
		}
	}
	if rep.Records.Out+rep.Records.Prompts+rep.Records.Derived == 0 {
		return fmt.Errorf("nothing to build: all of %d records were refused:%s\nthe first: %s", rep.Records.In, listed(rep.Records.Rejected), b.refusal)
	}
	return nil
}

// listed is a count map, a line each, largest first.
func listed(m map[string]int64) (text string) {
	for _, code := range ByCount(m) {
		text += fmt.Sprintf("\n  %8d  %s", m[code], code)
	}
	return text
}

// tooMany fails a build that refused more records than the recipe allows.
func (b *builder) tooMany() error {
	most := b.plan.Recipe.Rejects.Max
	if most == nil || b.report.Records.In == 0 {
		return nil
	}
	var refused int64
	for _, n := range b.report.Records.Rejected {
		refused += n
	}
	share, _ := format.Frac(refused, b.report.Records.In)
	if share.Cmp(*most) <= 0 {
		return nil
	}
	return fmt.Errorf("%d of %d records were refused, more than rejects.max: %s allows:%s", refused, b.report.Records.In, most, listed(b.report.Records.Rejected))
}

func (b *builder) manifest(files []shard.File) *shard.Manifest {
	rep := b.report
	derived := rep.derivedRecords()
	m := &shard.Manifest{
		Graft: b.opts.Version, Seed: int64(b.plan.Recipe.Seed), Recipe: jsontext.Value(b.plan.Canonical),
		Stages: stages, Capacity: b.plan.Recipe.Tokenize.MaxTokens, SpanNames: b.spanNames,
		Records:  shard.Identity{In: rep.Records.In, Out: rep.Records.Out + rep.Records.Prompts + rep.Records.Derived, Refused: rep.Records.Rejected},
		Attempts: shard.Identity{In: rep.Attempts.In + derived, Out: rep.Attempts.Samples + derived, Refused: rep.Attempts.Refused},
		Tokens:   shard.Identity{In: rep.Tokens.Rendered, Out: rep.Tokens.Packed, Refused: rep.Tokens.Refused},
		Files:    files, Weights: b.plan.Recipe.Weights.Shard(),
	}
	m.Tokenizer = shard.Tokenizer{Name: b.plan.Recipe.Tokenize.Tokenizer, SHA256: fmt.Sprintf("%x", sha256.Sum256(b.tokFile)), Unicode: token.UnicodeVersion, Vocab: b.tok.VocabSize()}
	m.Counts = map[string]int64{"prompts_only": rep.Records.Prompts, "edited": rep.Attempts.Edited}
	for grade, n := range rep.ProofGrades() {
		m.Counts["proof_"+grade] = n
	}
	for _, v := range rep.Variants {
		m.Counts["derived."+v.Variant] = v.Records + v.Prompts + v.Pairs
	}
	return m
}

// progress adds to a stage and tells whoever wants to know.
func (b *builder) progress(stage string, records, bytes int64) {
	p := b.done[stage]
	if p == nil {
		p = &Progress{Stage: stage}
		if stage == "compile" {
			p.Total = b.spill.Count()
		}
		b.done[stage] = p
	}
	p.Done += records
	p.Bytes += bytes
	if b.opts.Progress != nil {
		b.opts.Progress(*p)
	}
}
