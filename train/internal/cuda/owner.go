//go:build linux && (amd64 || arm64) && !nocuda

package cuda

import "runtime"

// An owner is the one goroutine that calls CUDA, locked to its thread, to which
// the context belongs. What is posted is done in order.
type owner struct {
	jobs chan func()
	gone chan struct{}
}

// queue is how many operations may wait: enough that the caller is never the
// one who waits while there is work.
const queue = 256

func newOwner() *owner {
	o := &owner{jobs: make(chan func(), queue), gone: make(chan struct{})}
	go func() {
		// Never unlocked: the thread ends with the goroutine, and takes along what
		// libraries keep for it.
		runtime.LockOSThread()
		defer close(o.gone)
		for f := range o.jobs {
			f()
		}
	}()
	return o
}

// post hands f over and does not wait.
func (o *owner) post(f func()) { o.jobs <- f }

// do hands f over and waits until it is done.
func (o *owner) do(f func()) {
	done := make(chan struct{})
	o.jobs <- func() {
		defer close(done)
		f()
	}
	<-done
}

func (o *owner) close() {
	close(o.jobs)
	<-o.gone
}
