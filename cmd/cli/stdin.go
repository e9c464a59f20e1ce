package cli

import (
	"context"
	"io"
	"sync"
)

// interruptible is r, but its Read returns when ctx ends: an interrupt must
// reach a build that waits for a pipe. Nothing is read before the first Read.
func interruptible(ctx context.Context, r io.Reader) io.Reader {
	out, in := io.Pipe()
	context.AfterFunc(ctx, func() { in.CloseWithError(ctx.Err()) })
	return &lazyReader{Reader: out, start: sync.OnceFunc(func() {
		go func() {
			_, err := io.Copy(in, r)
			in.CloseWithError(err)
		}()
	})}
}

type lazyReader struct {
	io.Reader
	start func()
}

func (l *lazyReader) Read(b []byte) (int, error) {
	l.start()
	return l.Reader.Read(b)
}
