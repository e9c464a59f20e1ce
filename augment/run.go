package augment

import (
	"context"
	"fmt"
	"iter"
	"runtime/debug"
	"sync"
)

// ordered runs work on every item, on several goroutines, and hands the results
// to done one by one in the order of the items. It is the only concurrency of
// the compiler: bounded, ordered, first failure wins. Each worker gets its own
// work function from newWork, so that scratch needs no lock. At most window
// items are in flight, so memory does not grow with the number of items.
//
// The error is that of the first item, in order, that failed; an error of items
// or of done counts at its place in that order.
func ordered[T, R any](ctx context.Context, workers int, items iter.Seq2[T, error], newWork func() func(T) (R, error), done func(R) error) error {
	type job struct {
		item T
		out  chan outcome[R]
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	window := 4 * workers
	jobs := make(chan job)
	queue := make(chan chan outcome[R], window)

	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			work := newWork()
			for j := range jobs {
				r, err := guarded(work, j.item)
				j.out <- outcome[R]{r, err}
			}
		})
	}
	wg.Go(func() {
		defer close(queue)
		defer close(jobs)
		for item, err := range items {
			out := make(chan outcome[R], 1)
			select {
			case queue <- out:
			case <-ctx.Done():
				return
			}
			if err != nil {
				out <- outcome[R]{err: err}
				return
			}
			select {
			case jobs <- job{item, out}:
			case <-ctx.Done():
				return
			}
		}
	})
	err := drain(ctx, queue, done)
	cancel()
	for range queue { // let the producer see the cancellation and leave
	}
	wg.Wait()
	return err
}

type outcome[R any] struct {
	r   R
	err error
}

func drain[R any](ctx context.Context, queue chan chan outcome[R], done func(R) error) error {
	for {
		select {
		case out, ok := <-queue:
			if !ok {
				return ctx.Err()
			}
			select {
			case o := <-out:
				if o.err != nil {
					return o.err
				}
				if err := done(o.r); err != nil {
					return err
				}
			case <-ctx.Done():
				return ctx.Err()
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// A bug is a panic in a worker with the place where it happened. It is let fall
// again on the goroutine that owns the build, so that it is not mistaken for
// bad data.
type bug struct {
	value any
	stack []byte
}

func (b *bug) Error() string { return fmt.Sprintf("panic: %v\n%s", b.value, b.stack) }

func guarded[T, R any](work func(T) (R, error), item T) (r R, err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case *Stop:
			err = p
		default:
			err = &bug{p, debug.Stack()}
		}
	}()
	return work(item)
}
