package plain

import (
	"context"
	"fmt"
	"io/fs"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format/strict"
)

// A program that keeps failing is broken, and no sum of refusals: a build ends
// where more than tolerated requests, and more than one in ten, have failed.
const tolerated = 10

// startTime is what a program may take until it shakes hands: interpreters are slow
// to start where many start at once.
const startTime = 30 * time.Second

// A pool runs the program of a behavior, once for each worker that asks at the
// same time.
type pool struct {
	f      *form
	dir    string // where it runs; empty: nowhere
	digest string

	mu     sync.Mutex
	idle   []*process
	all    map[*process]bool
	served int64
	failed int64
}

func newPool(f *form, dir string) *pool {
	return &pool{f: f, dir: dir, all: map[*process]bool{}}
}

// take returns a process that nobody else uses.
func (l *pool) take() (*process, error) {
	l.mu.Lock()
	if n := len(l.idle); n > 0 {
		p := l.idle[n-1]
		l.idle = l.idle[:n-1]
		l.mu.Unlock()
		return p, nil
	}
	l.mu.Unlock()
	if l.dir == "" {
		return nil, &augment.Stop{Err: fmt.Errorf("behavior %s: its program is not run here", l.f.Name)}
	}
	p, err := start(l.f.Command, l.dir)
	if err != nil {
		return nil, &augment.Stop{Err: fmt.Errorf("behavior %s: %w", l.f.Name, err)}
	}
	l.mu.Lock()
	l.all[p] = true
	l.mu.Unlock()
	if err := p.greet(Hello{Protocol, l.f.Name, l.digest}, max(l.timeout(), startTime)); err != nil {
		l.drop(p)
		if !p.dropped {
			return nil, l.interrupted()
		}
		return nil, &augment.Stop{Err: fmt.Errorf("behavior %s: %s: %w%s", l.f.Name, strings.Join(l.f.Command, " "), err, p.lastWords())}
	}
	return p, nil
}

func (l *pool) timeout() time.Duration { return time.Duration(l.f.Timeout) * time.Millisecond }

// ask sends one request. A process that does not answer as it should is ended, and
// the request refused; the next one gets a new process.
func (l *pool) ask(r *Request) (*Reply, error) {
	p, err := l.take()
	if err != nil {
		return nil, err
	}
	reply, err := p.ask(r, l.timeout())
	l.mu.Lock()
	if l.served++; err == nil {
		defer l.mu.Unlock()
		if p.stopped.Load() {
			return reply, nil
		}
		l.idle = append(l.idle, p)
		return reply, nil
	}
	if !p.stopped.Load() {
		l.failed++
	}
	failed, served := l.failed, l.served
	l.mu.Unlock()
	l.drop(p)
	switch {
	case !p.dropped:
		return nil, l.interrupted()
	case failed > tolerated && failed*10 > served:
		return nil, &augment.Stop{Err: fmt.Errorf("behavior %s: %d of %d requests to %s failed, the last: %w%s",
			l.f.Name, failed, served, strings.Join(l.f.Command, " "), err, p.lastWords())}
	}
	return nil, augment.Refuse("program", "%v%s", err, p.lastWords())
}

// drop ends a process that has failed, unless somebody else has ended it.
func (l *pool) drop(p *process) {
	l.mu.Lock()
	delete(l.all, p)
	l.mu.Unlock()
	p.dropped = !p.stopped.Load()
	p.stop()
}

// interrupted ends the build: a refusal would put the next request to a new program,
// which nobody waits for any more.
func (l *pool) interrupted() error {
	return &augment.Stop{Err: fmt.Errorf("behavior %s: its program was ended: %w", l.f.Name, context.Canceled)}
}

// close ends all processes, those at work too.
func (l *pool) close() {
	l.mu.Lock()
	all := l.all
	l.all, l.idle = map[*process]bool{}, nil
	l.mu.Unlock()
	for p := range all {
		p.stop()
	}
}

func (f *form) ask(p *augment.Pass, s augment.Site, caps map[string]string) (augment.Edit, error) {
	reply, err := f.pool.ask(f.request(p, s, caps))
	if err != nil {
		return augment.Edit{}, err
	}
	return f.edit(p, s, reply)
}

// command looks for the program and for the scripts that it is given.
func (r *reader) command() {
	c := r.f.Command
	if c == nil {
		return
	}
	if len(c) == 0 || c[0] == "" {
		r.At("command", strict.BadValue, "it names no program")
		return
	}
	if r.src.Dir == "" {
		return // read back from a build: nothing is run
	}
	name := c[0]
	if strings.ContainsRune(name, '/') && !filepath.IsAbs(name) {
		name = filepath.Join(r.src.Dir, name)
	}
	if _, err := exec.LookPath(name); err != nil {
		r.At("command[0]", strict.NoFile, "%v", err)
	}
}

// scripts are the files beside the behavior's own that its command names: their
// bytes decide what it does.
func (r *reader) scripts() map[string][]byte {
	kept := map[string][]byte{}
	for i, arg := range r.f.Command {
		name := path.Clean(filepath.ToSlash(arg))
		if !fs.ValidPath(name) || i == 0 && !strings.Contains(arg, "/") {
			continue
		}
		info, err := fs.Stat(r.src.Beside, name)
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		if info.Size() > maxScript {
			r.At(fmt.Sprintf("command[%d]", i), strict.BadValue, "%s has %d bytes; a build keeps scripts of at most %d", name, info.Size(), maxScript)
			continue
		}
		if data, err := fs.ReadFile(r.src.Beside, name); err == nil {
			kept[name] = data
		}
	}
	return kept
}

const maxScript = 1 << 20
