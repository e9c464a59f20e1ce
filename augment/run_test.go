package augment

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

func upTo(n int) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for i := range n {
			if !yield(i, nil) {
				return
			}
		}
	}
}

// Results come in the order of the items, and never more than the window ahead.
func TestOrderedKeepsOrder(t *testing.T) {
	var inFlight, most atomic.Int64
	next := 0
	err := ordered(context.Background(), 8, upTo(2000), func() func(int) (int, error) {
		return func(i int) (int, error) {
			if n := inFlight.Add(1); n > most.Load() {
				most.Store(n)
			}
			defer inFlight.Add(-1)
			if rand.IntN(50) == 0 {
				time.Sleep(time.Duration(rand.IntN(300)) * time.Microsecond)
			}
			return i, nil
		}
	}, func(i int) error {
		if i != next {
			t.Fatalf("got %d, want %d", i, next)
		}
		next++
		return nil
	})
	if err != nil || next != 2000 {
		t.Fatalf("err %v after %d of 2000", err, next)
	}
	if most.Load() > 8 {
		t.Errorf("%d items at work on 8 workers", most.Load())
	}
}

// The first failure in order wins, wherever it comes from, and nothing leaks.
func TestOrderedFirstFailureWins(t *testing.T) {
	before := runtime.NumGoroutine()
	first, second := errors.New("first"), errors.New("second")
	err := ordered(context.Background(), 4, upTo(1000), func() func(int) (int, error) {
		return func(i int) (int, error) {
			switch i {
			case 500:
				time.Sleep(5 * time.Millisecond)
				return 0, first
			case 501:
				return 0, second
			}
			return i, nil
		}
	}, func(int) error { return nil })
	if !errors.Is(err, first) {
		t.Errorf("err = %v, want %v", err, first)
	}
	err = ordered(context.Background(), 4, upTo(1000), func() func(int) (int, error) {
		return func(i int) (int, error) {
			if i == 77 {
				panic("planted")
			}
			return i, nil
		}
	}, func(int) error { return nil })
	var b *bug
	if !errors.As(err, &b) || b.value != "planted" {
		t.Errorf("err = %v, want the planted panic", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	err = ordered(ctx, 4, upTo(1<<30), func() func(int) (int, error) {
		return func(i int) (int, error) { return i, nil }
	}, func(i int) error {
		if i == 100 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want %v", err, context.Canceled)
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}
