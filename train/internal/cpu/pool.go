package cpu

import (
	"runtime"
	"sync/atomic"
)

// A job is one operation cut into pieces. do may run on any worker, numbered
// from 0; pieces must not depend on which, nor on their order.
type job interface {
	do(piece, worker int)
}

// A pool runs the pieces of one job at a time on its workers: the caller is
// worker 0, the others are goroutines that spin for a while and then sleep.
//
// ticket holds the number of the job (32 bits) and the pieces that nobody has
// taken: up to one (16) and from one on (16). Even workers take the first of them,
// odd ones the last, so that a thread meets the same rows in one operation after
// the other, which its cache still has. A worker takes a piece by compare-and-swap
// of the whole ticket, so that one who slept through a job cannot take a piece of
// the next by mistake; only then does it read job, which stays until every piece is
// done.
type pool struct {
	threads  int
	job      job
	ticket   atomic.Uint64
	left     atomic.Int64 // pieces not yet done
	sleeping atomic.Int64
	waiting  atomic.Bool // the caller sleeps until done
	done     chan struct{}
	wake     chan struct{}
	closed   atomic.Bool
	gone     chan struct{} // one message from each goroutine that ended
}

// spins is how often a worker looks for a piece before it sleeps: about 50 µs.
const spins = 1000

// maxPieces is what a ticket can count.
const maxPieces = 1<<16 - 1

func newPool(threads int) *pool {
	p := &pool{threads: threads, done: make(chan struct{}, 1), wake: make(chan struct{}, threads), gone: make(chan struct{}, threads)}
	for w := 1; w < threads; w++ {
		go p.worker(w)
	}
	return p
}

// run does the pieces of j and returns when all are done.
func (p *pool) run(j job, pieces int) {
	if p.threads == 1 || pieces == 1 {
		for i := range pieces {
			j.do(i, 0)
		}
		return
	}
	if pieces > maxPieces {
		panic("cpu: too many pieces")
	}
	p.job = j
	p.left.Store(int64(pieces))
	number := p.ticket.Load()>>32 + 1
	p.ticket.Store(number<<32 | uint64(pieces)<<16)
	for range min(p.sleeping.Load(), int64(pieces-1)) {
		select {
		case p.wake <- struct{}{}:
		default:
		}
	}
	for p.take(0) {
	}
	for i := 1; p.left.Load() > 0; i++ {
		pause()
		if i%64 == 0 {
			runtime.Gosched()
		}
		if i == spins { // a worker has lost its processor: give it ours
			p.wait()
			i = 0
		}
	}
}

// wait sleeps until the last piece is done, or now and then until somebody who
// came late from an earlier job says so: the caller looks again.
func (p *pool) wait() {
	p.waiting.Store(true)
	if p.left.Load() == 0 && p.waiting.Swap(false) {
		return // done before we said that we wait: nobody will tell us
	}
	<-p.done
}

// take does one piece, if there is one.
func (p *pool) take(worker int) bool {
	for {
		t := p.ticket.Load()
		first, last := t&0xffff, t>>16&0xffff // last is one beyond
		if first >= last {
			return false
		}
		piece, rest := first, t+1
		if worker%2 == 1 {
			piece, rest = last-1, t-1<<16
		}
		if p.ticket.CompareAndSwap(t, rest) {
			p.job.do(int(piece), worker)
			if p.left.Add(-1) == 0 && p.waiting.Swap(false) {
				p.done <- struct{}{}
			}
			return true
		}
	}
}

func (p *pool) worker(w int) {
	defer func() { p.gone <- struct{}{} }()
	for {
		for i := 0; i < spins; i++ {
			if p.take(w) {
				i = 0
			}
			if p.closed.Load() {
				return
			}
			pause()
			if i%256 == 255 {
				runtime.Gosched()
			}
		}
		p.sleeping.Add(1)
		if !p.take(w) { // a job that came before we counted as asleep
			<-p.wake
		}
		p.sleeping.Add(-1)
	}
}

// close ends the goroutines and waits for them.
func (p *pool) close() {
	if p.closed.Swap(true) {
		return
	}
	for w := 1; w < p.threads; w++ {
		select {
		case p.wake <- struct{}{}:
		default:
		}
	}
	for w := 1; w < p.threads; w++ {
		<-p.gone
	}
}
