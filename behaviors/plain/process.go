package plain

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
)

// maxLine bounds one message of a program.
const maxLine = 1 << 20

// A process is one run of a program, with its pipes. One goroutine talks to it;
// any may stop it.
type process struct {
	cmd     *exec.Cmd
	in      *os.File
	out     *os.File
	lines   *bufio.Reader
	errs    tail
	ended   chan struct{}
	stopped atomic.Bool
	dropped bool // ended because it failed
	next    int64
}

// start runs the command in a folder, in a process group of its own, so that a
// Ctrl-C at the terminal reaches graft alone, and graft ends the whole group. If
// graft itself is killed, the system ends the program (where it can).
func start(command []string, dir string) (*process, error) {
	inR, inW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	outR, outW, err := os.Pipe()
	if err != nil {
		inR.Close()
		inW.Close()
		return nil, err
	}
	name := command[0]
	if strings.ContainsRune(name, '/') && !filepath.IsAbs(name) {
		name = filepath.Join(dir, name)
	}
	if name, err = filepath.Abs(name); err != nil || !strings.ContainsRune(command[0], '/') {
		name = command[0]
	}
	p := &process{in: inW, out: outR, lines: bufio.NewReaderSize(outR, 64<<10), ended: make(chan struct{})}
	p.cmd = exec.Command(name, command[1:]...)
	p.cmd.Dir, p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = dir, inR, outW, &p.errs
	p.cmd.WaitDelay = time.Second
	isolate(p.cmd)
	started := make(chan error)
	go func() {
		// The system ends the program when the thread that started it ends, so the
		// thread is held until then.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		inR.Close()
		outW.Close()
		started <- err
		if err == nil {
			p.cmd.Wait()
		}
		close(p.ended)
	}()
	if err := <-started; err != nil {
		inW.Close()
		outR.Close()
		return nil, err
	}
	return p, nil
}

// stop ends the process and its group, and waits until it is gone.
func (p *process) stop() {
	if p.stopped.Swap(true) {
		return
	}
	p.in.Close()
	end(p.cmd)
	<-p.ended
	p.out.Close()
}

// greet shakes hands.
func (p *process) greet(h Hello, d time.Duration) error {
	var w Welcome
	if err := p.exchange(h, &w, d); err != nil {
		return err
	}
	if w.Protocol != Protocol {
		return fmt.Errorf("it speaks protocol %d; this graft speaks %d", w.Protocol, Protocol)
	}
	if w.Name != h.Name {
		return fmt.Errorf("it writes the behavior %q; the file is that of %q", w.Name, h.Name)
	}
	return nil
}

// ask sends a request and reads its reply.
func (p *process) ask(r *Request, d time.Duration) (*Reply, error) {
	p.next++
	r.ID = p.next
	var reply Reply
	if err := p.exchange(r, &reply, d); err != nil {
		return nil, err
	}
	return &reply, reply.fault(r.ID)
}

// fault says how a reply breaks the contract.
func (r *Reply) fault(id int64) error {
	switch {
	case r.ID != id:
		return fmt.Errorf("the reply is to request %d, not to %d", r.ID, id)
	case r.Refuse != nil && (len(r.Steps) > 0 || r.Refuse.Code == "" || len(r.Refuse.Code) > 40):
		return errors.New("a refusal has a code of at most 40 bytes, and no steps")
	case r.Refuse == nil && len(r.Steps) == 0:
		return errors.New("the reply has neither steps nor a refusal")
	case len(r.Steps) > 16:
		return fmt.Errorf("the reply has %d steps; an edit has at most 16", len(r.Steps))
	}
	for i, s := range r.Steps {
		switch {
		case !slices.Contains(replyKinds, s.Kind):
			return fmt.Errorf("step %d is a %q; the kinds are %s", i, s.Kind, strings.Join(replyKinds, ", "))
		case s.Text == "" || len(s.Text) > maxText:
			return fmt.Errorf("step %d has %d bytes, must have 1 to %d", i, len(s.Text), maxText)
		}
	}
	return nil
}

var replyKinds = []string{"check", "wrong", "doubt", "retract", "fix", "probe", "return", "analysis", "derive"}

// exchange writes one line and reads one, both before the deadline.
func (p *process) exchange(out, in any, d time.Duration) error {
	line, err := json.Marshal(out, json.Deterministic(true))
	if err != nil {
		return err
	}
	until := time.Now().Add(d)
	if err := errors.Join(p.in.SetWriteDeadline(until), p.out.SetReadDeadline(until)); err != nil {
		return err
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		return p.why(err, d)
	}
	reply, err := readLine(p.lines)
	if err != nil {
		return p.why(err, d)
	}
	if p.lines.Buffered() > 0 {
		return errors.New("the program says more than it is asked")
	}
	return parseReply(reply, in)
}

// parseReply reads one message strictly.
func parseReply(line []byte, in any) error {
	if err := json.Unmarshal(line, in, json.RejectUnknownMembers(true)); err != nil {
		return fmt.Errorf("the reply %.80q: %w", line, err)
	}
	return nil
}

// readLine reads up to a line break, and no more than a message may have.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > maxLine {
			return nil, fmt.Errorf("a reply of more than %d bytes", maxLine)
		}
		line = append(line, part...)
		switch {
		case err == nil:
			return bytes.TrimRight(line, "\r\n"), nil
		case errors.Is(err, io.EOF) && len(line) > 0:
			return nil, fmt.Errorf("the program ended in the middle of the line %.80q", line)
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}

// why tells what happened to the program.
func (p *process) why(err error, d time.Duration) error {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("no reply within %s", d)
	case errors.Is(err, io.EOF), errors.Is(err, os.ErrClosed), strings.Contains(err.Error(), "broken pipe"):
		select {
		case <-p.ended:
			return fmt.Errorf("the program ended: %s", p.cmd.ProcessState)
		case <-time.After(time.Second):
			return errors.New("the program closed its output")
		}
	}
	return err
}

// lastWords is what the program wrote on standard error last.
func (p *process) lastWords() string {
	if t := p.errs.last(); t != "" {
		return "; it said: " + t
	}
	return ""
}

// A tail keeps the end of what is written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

const maxTail = 4 << 10

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, b[max(0, len(b)-maxTail):]...)
	t.buf = t.buf[max(0, len(t.buf)-maxTail):]
	return len(b), nil
}

// last is the last line that is not empty.
func (t *tail) last() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := strings.TrimSpace(strings.ToValidUTF8(string(t.buf), "?"))
	line := strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
	for len(line) > 300 || !utf8.ValidString(line) {
		line = line[:min(300, len(line)-1)]
	}
	return line
}
