package endpoint

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

// A Tally says how a run of requests has gone so far.
type Tally struct {
	Done   int64            // requests that are settled
	Total  int64            // requests in all
	Cached int64            // answered from the cache
	Failed map[Reason]int64 // given up, by reason
}

// All asks every request, at most workers at a time, and calls got with the index
// of the request and its answer, from one goroutine at a time and in no set order.
// A request that fails for good is counted and left out; where the endpoint denies
// one, or got returns an error, the run ends with that. The answers so far are in
// the cache.
func (c *Client) All(ctx context.Context, requests []*Request, workers int, got func(int, Answer) error, progress func(Tally)) (Tally, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	tally := Tally{Total: int64(len(requests)), Failed: map[Reason]int64{}}
	var next atomic.Int64
	var mu sync.Mutex
	settle := func(i int, a Answer, err error) {
		mu.Lock()
		defer mu.Unlock()
		var f *Failure
		switch {
		case ctx.Err() != nil && err != nil:
			return // the run has ended, and this request with it
		case errors.As(err, &f) && f.Reason == Denied, err != nil && f == nil:
			stop(err)
			return
		case err != nil:
			tally.Failed[f.Reason]++
		default:
			if a.Cached {
				tally.Cached++
			}
			if err := got(i, a); err != nil {
				stop(err)
				return
			}
		}
		tally.Done++
		if progress != nil {
			progress(tally)
		}
	}
	var wg sync.WaitGroup
	for range max(1, min(workers, len(requests))) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(requests)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				a, err := c.Ask(ctx, requests[i])
				settle(int(i), a, err)
			}
		})
	}
	wg.Wait()
	return tally, context.Cause(ctx)
}
