package tasks

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json"
)

// Options say how much to generate, from which seed, and with how many hands.
type Options struct {
	N        int64
	Seed     uint64
	Workers  int              // 0 is one a processor
	Progress func(done int64) // called after every batch, from one goroutine; may be nil
}

// batch is how many problems a worker makes at a time.
const batch = 64

// A made batch: lines of JSON, and what the summary needs.
type made struct {
	lines []byte
	facts []fact
	err   error
}

// Generate writes N problems as JSON lines that graft reads, and sums them up.
// The bytes depend on the task, its parameters, N and the seed alone.
func Generate(ctx context.Context, t *Task, params any, opts Options, w io.Writer) (*Summary, error) {
	workers := opts.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	ctx, stop := context.WithCancel(ctx)
	var group sync.WaitGroup
	defer group.Wait()
	defer stop()
	type job struct {
		from int64
		out  chan made
	}
	jobs := make(chan job)
	queue := make(chan job, 2*workers) // in order, and a bound on what is ahead
	for range workers {
		draw, err := t.New(params)
		if err != nil {
			return nil, err
		}
		s := newStream(t.Name)
		group.Go(func() {
			for j := range jobs {
				j.out <- s.batch(t, draw, opts.Seed, j.from, min(j.from+batch, opts.N))
			}
		})
	}
	group.Go(func() {
		defer close(jobs)
		defer close(queue)
		for from := int64(0); from < opts.N; from += batch {
			j := job{from, make(chan made, 1)}
			select {
			case queue <- j:
			case <-ctx.Done():
				return
			}
			select {
			case jobs <- j:
			case <-ctx.Done():
				j.out <- made{err: ctx.Err()}
				return
			}
		}
	})
	sum := newSummary(t.Name)
	for j := range queue {
		m := <-j.out
		if m.err != nil {
			return nil, m.err
		}
		if _, err := w.Write(m.lines); err != nil {
			return nil, err
		}
		sum.add(&m)
		if opts.Progress != nil {
			opts.Progress(sum.Problems)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	sum.finish()
	return sum, nil
}

// batch makes the problems from one index to another.
func (s *stream) batch(t *Task, draw Draw, seed uint64, from, to int64) (m made) {
	lines := make([]byte, 0, s.bytes+s.bytes/8) // as the batch before, and some: growing copies it all several times
	prefix := t.Name + "-" + strconv.FormatUint(seed, 10) + "-"
	m.facts = make([]fact, 0, to-from)
	for i := from; i < to; i++ {
		rec, err := draw(s.at(seed, i))
		if err != nil {
			return made{err: fmt.Errorf("%s, problem %d of seed %d: %w", t.Name, i, seed, err)}
		}
		rec.ID = prefix + strconv.FormatInt(i, 10)
		for k := range rec.Attempts {
			rec.Attempts[k].Trace.ID = rec.ID
		}
		var plain bool
		if lines, plain = appendRecord(lines, &rec); !plain {
			s.buffer.Reset()
			if err := json.MarshalWrite(&s.buffer, &rec); err != nil {
				return made{err: fmt.Errorf("%s, problem %d of seed %d: %w", t.Name, i, seed, err)}
			}
			lines = append(append(lines, s.buffer.Bytes()...), '\n')
		}
		m.facts = append(m.facts, factOf(&rec))
	}
	m.lines = lines
	s.bytes = len(m.lines)
	return m
}
