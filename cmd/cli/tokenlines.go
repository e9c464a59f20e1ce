package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/go-json-experiment/json"

	"github.com/seed-cdf14512/graft/format/ingest"
	"github.com/seed-cdf14512/graft/format/token"
)

// A batch of lines is encoded by several goroutines and written in order.
const (
	batchLines = 1024
	batchBytes = 4 << 20
)

type tokenLineIn struct {
	frame ingest.Frame
	out   []byte
	bytes int
	n     int
	err   error
}

// lines encodes the JSON lines of a file. What stands before a line that is
// wrong is written.
func (o *tokenizing) lines(ctx context.Context, path string, n *tally) error {
	options := ingest.Options{Container: "jsonl", Stdin: o.in}
	encoders := make([]*token.Encoder, runtime.GOMAXPROCS(0))
	for i := range encoders {
		encoders[i] = o.encoder()
	}
	var batch []tokenLineIn
	held := 0
	flush := func() error {
		err := o.batch(encoders, batch, path, options, n)
		batch, held = batch[:0], 0
		return err
	}
	err := ingest.Frames(ctx, path, options, func(f ingest.Frame) error {
		batch = append(batch, tokenLineIn{frame: f})
		if held += len(f.Raw); len(batch) < batchLines && held < batchBytes {
			return nil
		}
		return flush()
	})
	return errors.Join(flush(), err)
}

func (o *tokenizing) batch(encoders []*token.Encoder, batch []tokenLineIn, path string, options ingest.Options, n *tally) error {
	var wg sync.WaitGroup
	var next atomic.Int64
	for _, e := range encoders {
		wg.Go(func() {
			var ids, ends []int32
			for i := int(next.Add(1)) - 1; i < len(batch); i = int(next.Add(1)) - 1 {
				l := &batch[i]
				text, err := textOf(path, options, l.frame)
				if err == nil {
					if ids, ends, err = o.encode(e, ids[:0], ends[:0], text); err != nil {
						err = fmt.Errorf("%s:%d: %w", path, l.frame.Line, err)
					}
				}
				if l.err, l.bytes, l.n = err, len(text), len(ids); err == nil && !o.count {
					l.out = appendTokens(nil, ids, ends)
				}
			}
		})
	}
	wg.Wait()
	var all bytes.Buffer
	var err error
	for i := range batch {
		if err = batch[i].err; err != nil {
			break
		}
		n.Texts, n.Bytes, n.Tokens = n.Texts+1, n.Bytes+int64(batch[i].bytes), n.Tokens+int64(batch[i].n)
		all.Write(batch[i].out)
	}
	if _, bad := o.out.Write(all.Bytes()); bad != nil {
		return bad
	}
	return err
}

// textOf decodes {"text": …}, strictly.
func textOf(path string, o ingest.Options, f ingest.Frame) (string, error) {
	if f.Err != nil {
		return "", f.Err
	}
	var line struct {
		Text *string `json:"text"`
	}
	err := json.Unmarshal(f.Raw, &line, json.RejectUnknownMembers(true))
	if err == nil && line.Text != nil {
		return *line.Text, nil
	}
	if _, err := o.Parse(path, f); err != nil {
		return "", err // it says at which byte
	}
	return "", fmt.Errorf("%s:%d:1: %.60q is not {\"text\": …} with a string and nothing else", path, f.Line, f.Raw)
}

func appendTokens(b []byte, ids, ends []int32) []byte {
	b = append(b, `{"ids":[`...)
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(id), 10)
	}
	b = append(b, `],"offsets":[`...)
	at := int32(0)
	for i, end := range ends {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(append(b, '['), int64(at), 10)
		b = strconv.AppendInt(append(b, ','), int64(end), 10)
		b = append(b, ']')
		at = end
	}
	return append(b, "]}\n"...)
}
