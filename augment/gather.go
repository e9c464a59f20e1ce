package augment

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/ingest"
)

// A source is one file to read, with what its recipe entry says of it.
type source struct {
	path   string // as lineage names it: relative to the recipe where it can be
	file   string // as the system names it
	input  *Input
	reader *ingest.Reader // nil until the first record has been seen
	opts   ingest.Options
	ledger FileLedger
}

// A FileLedger accounts for every record of one file: In = Out + Prompts +
// Derived + the sum of Rejected.
type FileLedger struct {
	Path     string           `json:"path"`
	Reader   string           `json:"reader"`
	In       int64            `json:"in"`
	Out      int64            `json:"out" jsonschema:"records that became at least one sample"`
	Prompts  int64            `json:"prompts" jsonschema:"records that became a prompt only"`
	Derived  int64            `json:"derived,omitempty" jsonschema:"records of which nothing but what variants derived came"`
	Rejected map[string]int64 `json:"rejected,omitempty"`

	input int // index in the recipe's traces
}

// Balanced reports whether the ledger's identity holds.
func (l *FileLedger) Balanced() bool {
	n := l.In - l.Out - l.Prompts - l.Derived
	for _, r := range l.Rejected {
		n -= r
	}
	return n == 0
}

func (l *FileLedger) reject(code string) {
	if l.Rejected == nil {
		l.Rejected = map[string]int64{}
	}
	l.Rejected[code]++
}

// A framed batch is what one worker parses at a time.
type framed struct {
	file   int
	frames []ingest.Frame
}

// A parsed batch has put its good records into the spill; its refusals are in
// the file's order.
type parsed struct {
	file  int
	bad   []error
	first []byte // canonical form of the first good record
	n     int64
	bytes int64
	spent Times
}

// errEnough ends reading when the limit of a taste has been reached.
var errEnough = errors.New("enough records")

// gather reads every source into the spill: frames serially, parsing on all
// workers, refusals in the order of files and lines.
func (b *builder) gather(ctx context.Context) error {
	newWork := func() func(framed) (parsed, error) {
		return func(f framed) (parsed, error) { return b.parse(f) }
	}
	return ordered(ctx, b.workers, b.framing(ctx), newWork, func(p parsed) error {
		src := &b.sources[p.file]
		src.ledger.In += p.n
		b.report.Records.In += p.n
		if src.reader == nil && p.first != nil {
			if err := src.sniff(ctx, p.first); err != nil {
				return err
			}
		}
		for _, err := range p.bad {
			if err := b.badRecord(src, err); err != nil {
				return err
			}
		}
		b.watch.times.add(&p.spent)
		b.progress("read", p.n, p.bytes)
		return nil
	})
}

// badRecord counts a malformed record, or ends the build with it where the
// recipe does not allow quarantine.
func (b *builder) badRecord(src *source, err error) error {
	code := string(ingest.ReasonOf(err))
	if code == "" {
		return err
	}
	if !b.plan.Recipe.Rejects.Quarantine {
		return fmt.Errorf("%w\n(rejects.quarantine: true in the recipe counts such records and goes on)", err)
	}
	r := Rejection{Code: code, Detail: err.Error(), File: src.path}
	var syn *ingest.SyntaxError
	var rej *ingest.Rejection
	switch {
	case errors.As(err, &syn):
		r.Line = syn.Line
	case errors.As(err, &rej):
		r.Line = rej.Line
	}
	src.ledger.reject(code)
	return b.reject(r)
}

// framing yields batches of frames of all sources, one source after another.
func (b *builder) framing(ctx context.Context) iter.Seq2[framed, error] {
	const most, mostBytes = 256, 1 << 20
	return func(yield func(framed, error) bool) {
		left := b.opts.Limit
		for i := range b.sources {
			src := &b.sources[i]
			batch, size := framed{file: i}, 0
			err := ingest.Frames(ctx, src.openPath(), src.opts, func(f ingest.Frame) error {
				if b.opts.Limit > 0 {
					if left == 0 {
						return errEnough
					}
					left--
				}
				batch.frames = append(batch.frames, f)
				if size += len(f.Raw); len(batch.frames) < most && size < mostBytes {
					return nil
				}
				full := batch
				batch, size = framed{file: i}, 0
				if !yield(full, nil) {
					return context.Canceled
				}
				return nil
			})
			enough := errors.Is(err, errEnough)
			if err != nil && !enough {
				if len(batch.frames) > 0 && !yield(batch, nil) {
					return
				}
				if ctx.Err() == nil {
					yield(framed{}, err)
				}
				return
			}
			if len(batch.frames) > 0 && !yield(batch, nil) || enough {
				return
			}
		}
	}
}

// parse makes canonical records of a batch and puts them into the spill.
func (b *builder) parse(f framed) (p parsed, _ error) {
	src := &b.sources[f.file]
	p = parsed{file: f.file, n: int64(len(f.frames))}
	var watch stopwatch
	watch.start()
	defer func() {
		watch.lap(StageIngest)
		p.spent = watch.times
	}()
	for i := range f.frames {
		it, err := src.opts.Parse(src.file, f.frames[i])
		p.bytes += int64(len(f.frames[i].Raw))
		if err != nil {
			p.bad = append(p.bad, err)
			continue
		}
		if p.first == nil {
			p.first = it.Canonical
		}
		err = b.spill.Put(&spilled{digest: it.Digest, input: uint32(f.file), line: it.Lineage.Line, start: it.Lineage.Start, end: it.Lineage.End, raw: it.Canonical})
		if err != nil {
			return p, err
		}
	}
	return p, nil
}

// named settles the reader where the recipe does: by a mapping, or by name.
func (s *source) named() (err error) {
	switch in := s.input; {
	case in.Mapping != nil:
		s.reader, err = in.Mapping.Ingest().Reader()
	case in.Reader != "" && in.Reader != "auto":
		s.reader, err = ingest.FindReader(in.Reader)
	}
	return err
}

// sniff settles the reader that the recipe left open: the one that is surest of
// the file's first records, or for a stream, which cannot be read twice, of the
// first.
func (s *source) sniff(ctx context.Context, first []byte) error {
	if s.opts.Stdin == nil {
		seen, err := ingest.Sniff(ctx, s.file, s.opts)
		if err != nil {
			return err
		}
		s.reader = seen.Reader
	} else {
		v, err := ingest.ParseValue(first)
		if err != nil {
			return err
		}
		s.reader, _ = ingest.Detect(v)
	}
	if s.reader == nil {
		return fmt.Errorf("%s: no reader knows this shape of record; graft peek %s proposes a mapping for the recipe", s.file, s.file)
	}
	return nil
}

// openPath is the path that ingest opens.
func (s *source) openPath() string {
	if s.opts.Stdin != nil {
		return ingest.Stdin
	}
	return s.file
}

// findSources expands the recipe's inputs into files, sorted by path within an
// entry. The same file twice is an error: its records would all be duplicates.
func (b *builder) findSources() error {
	seen := map[string]bool{}
	for i := range b.plan.Recipe.Traces {
		in := &b.plan.Recipe.Traces[i]
		opts := ingest.Options{Container: in.Format}
		if opts.Container == "auto" {
			opts.Container = ""
		}
		paths := []string{in.Path}
		switch r, ok, err := openBuiltin(in.Path); {
		case err != nil:
			return err
		case ok:
			opts.Stdin = r
		case in.Path == ingest.Stdin:
			opts.Stdin = b.opts.Stdin
		default:
			if paths, err = ingest.Expand([]string{in.Path}, b.plan.Dir); err != nil {
				return err
			}
		}
		for _, p := range paths {
			if seen[p] {
				return fmt.Errorf("%s is read twice by the recipe", p)
			}
			seen[p] = true
			shown := p
			if rel, err := filepath.Rel(b.plan.Dir, p); err == nil && opts.Stdin == nil {
				shown = filepath.ToSlash(rel)
			}
			s := source{path: shown, file: p, input: in, opts: opts, ledger: FileLedger{Path: shown, input: i}}
			if err := s.named(); err != nil {
				return err
			}
			b.sources = append(b.sources, s)
		}
	}
	// Equal records are told apart by the order of their sources, so that order
	// must be one of contents: what the entry says, and only then its name.
	slices.SortStableFunc(b.sources, func(x, y source) int {
		return cmp.Or(cmp.Compare(x.input.settings(), y.input.settings()), cmp.Compare(x.file, y.file))
	})
	return nil
}

// settings is what of an entry can change how a record is read.
func (in *Input) settings() string {
	same := *in
	same.Path, same.Licence, same.Source = "", "", ""
	text, err := json.Marshal(same, json.Deterministic(true))
	if err != nil {
		panic(err) // a recipe that was decoded can be encoded
	}
	return string(text)
}

// lineage of a spilled record.
func (b *builder) lineage(r *spilled) format.Lineage {
	return format.Lineage{File: b.sources[r.input].path, Line: r.line, Start: r.start, End: r.end, Digest: hex.EncodeToString(r.digest[:])}
}
