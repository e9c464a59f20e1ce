package endpoint

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const good = `{"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"12 * 4 = 48"},"finish_reason":"stop"}],"usage":{}}`

// serve answers the n-th request, from 1, with reply(n, w, r).
func serve(t *testing.T, reply func(n int64, w http.ResponseWriter, r *http.Request)) (*Client, *atomic.Int64) {
	t.Helper()
	var n atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // a server sees that its client has gone once it has read the request
		r.Body = io.NopCloser(bytes.NewReader(body))
		reply(n.Add(1), w, r)
	}))
	t.Cleanup(s.Close)
	return &Client{URL: s.URL + "/v1", Backoff: time.Millisecond, Timeout: 5 * time.Second}, &n
}

func ask() *Request {
	return &Request{Model: "m", Messages: []Message{{"user", "12 * 4?"}}, Seed: 3}
}

// What goes wrong once is asked again; what goes wrong for good is told as it is.
func TestRepliesThatFail(t *testing.T) {
	status := func(code int) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { http.Error(w, "no luck", code) }
	}
	body := func(text string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { io.WriteString(w, text) }
	}
	for _, row := range []struct {
		name  string
		reply func(http.ResponseWriter)
		want  Reason
		again bool
	}{
		{"500", status(500), Broken, true},
		{"429", status(429), Busy, true},
		{"503", status(503), Busy, true},
		{"400", status(400), BadRequest, false},
		{"401", status(401), Denied, false},
		{"404", status(404), Denied, false},
		{"truncated JSON", body(good[:60]), Malformed, true},
		{"wrong schema", body(`{"choices":[{"delta":{"content":"x"}}]}`), Malformed, true},
		{"wrong types", body(`{"choices":"none"}`), Malformed, true},
		{"an error with status 200", body(`{"error":{"message":"overloaded"}}`), NoChoice, true},
		{"empty choices", body(`{"choices":[]}`), NoChoice, true},
		{"null content", body(`{"choices":[{"message":{"content":null}}]}`), Malformed, true},
		{"two values", body(good + good), Malformed, true},
		{"connection cut", func(w http.ResponseWriter) { panic(http.ErrAbortHandler) }, Unreachable, true},
		{"cut inside the reply", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "500")
			io.WriteString(w, good)
			panic(http.ErrAbortHandler)
		}, Unreachable, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			c, n := serve(t, func(_ int64, w http.ResponseWriter, _ *http.Request) { row.reply(w) })
			c.Retries = 2
			c.Cache = &Cache{Dir: t.TempDir()}
			_, err := c.Ask(context.Background(), ask())
			var f *Failure
			if !errors.As(err, &f) || f.Reason != row.want {
				t.Fatalf("got %v, want %s", err, row.want)
			}
			want := int64(1)
			if row.again {
				want = 3
			}
			if n.Load() != want || int64(f.Tries) != want {
				t.Errorf("%d requests, %d tries told, want %d", n.Load(), f.Tries, want)
			}
			if left, _ := filepath.Glob(filepath.Join(c.Cache.Dir, "*", "*")); len(left) > 0 {
				t.Errorf("a failure was cached: %v", left)
			}
			c, _ = serve(t, func(n int64, w http.ResponseWriter, _ *http.Request) {
				if n == 1 {
					row.reply(w)
				}
				io.WriteString(w, good)
			})
			a, err := c.Ask(context.Background(), ask())
			if row.again && row.name != "two values" && row.name != "429" && (err != nil || a.Text != "12 * 4 = 48" || a.Finish != "stop") {
				t.Errorf("after one failure: %+v, %v", a, err)
			}
		})
	}
}

// A slow reply is given up in time, and the run goes on.
func TestSlowReplies(t *testing.T) {
	c, _ := serve(t, func(n int64, w http.ResponseWriter, r *http.Request) {
		if n == 1 {
			<-r.Context().Done()
			return
		}
		io.WriteString(w, good)
	})
	c.Timeout = 100 * time.Millisecond
	if a, err := c.Ask(context.Background(), ask()); err != nil || a.Text == "" {
		t.Errorf("%+v, %v", a, err)
	}
	c.Retries = -1
	c, _ = serve(t, func(_ int64, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	c.Timeout, c.Retries = 50*time.Millisecond, -1
	_, err := c.Ask(context.Background(), ask())
	var f *Failure
	if !errors.As(err, &f) || f.Reason != Late {
		t.Errorf("got %v, want a timeout", err)
	}
}

// The server's wish to wait is kept, within bounds, in both of its spellings.
func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"7": 7 * time.Second, "Sun, 22 Nov 2026 12:00:30 GMT": 30 * time.Second, "Sun, 22 Nov 2026 11:00:00 GMT": 0,
		"-3": 0, "soon": 0, "": 0, "999999999999": maxAfter, "90000": maxAfter,
	} {
		if got := retryAfter(text, now); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	c, n := serve(t, func(_ int64, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "200")
		w.WriteHeader(429)
		time.AfterFunc(50*time.Millisecond, cancel)
	})
	if _, err := c.Ask(ctx, ask()); !errors.Is(err, context.Canceled) || n.Load() != 1 {
		t.Errorf("%d requests, %v; want one, and then a wait that ends with the context", n.Load(), err)
	}
}

// What was asked once is not asked again, also by another client; another request,
// and a damaged file, are asked for. The key stands in no file.
func TestAnswersAreCached(t *testing.T) {
	var auth atomic.Value
	c, n := serve(t, func(_ int64, w http.ResponseWriter, r *http.Request) {
		auth.Store(r.Header.Get("Authorization"))
		io.WriteString(w, good)
	})
	dir := t.TempDir()
	c.Cache, c.Key = &Cache{Dir: dir}, "sk-secret"
	for range 3 {
		if _, err := c.Ask(context.Background(), ask()); err != nil {
			t.Fatal(err)
		}
	}
	if n.Load() != 1 {
		t.Errorf("%d requests for one question", n.Load())
	}
	if auth.Load() != "Bearer sk-secret" {
		t.Errorf("sent %q", auth.Load())
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*", "*.json"))
	if len(files) != 1 {
		t.Fatalf("cached %v", files)
	}
	data, _ := os.ReadFile(files[0])
	if strings.Contains(string(data), "secret") {
		t.Errorf("the key stands in %s", data)
	}
	other := ask()
	other.Seed++
	second := &Client{URL: c.URL, Cache: &Cache{Dir: dir, Scope: "other weights"}}
	second.Ask(context.Background(), ask())
	c.Ask(context.Background(), other)
	os.WriteFile(files[0], data[:len(data)/2], 0o666)
	if a, err := c.Ask(context.Background(), ask()); err != nil || a.Cached {
		t.Errorf("a damaged file counts as an answer: %+v, %v", a, err)
	}
	if n.Load() != 4 {
		t.Errorf("%d requests, want 4", n.Load())
	}
}

// Never more than so many at a time; failures are counted, not lost; an interrupted
// run goes on where it was.
func TestAll(t *testing.T) {
	var now, most atomic.Int64
	c, n := serve(t, func(_ int64, w http.ResponseWriter, r *http.Request) {
		if k := now.Add(1); k > most.Load() {
			most.Store(k)
		}
		defer now.Add(-1)
		time.Sleep(2 * time.Millisecond)
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), "bad") {
			http.Error(w, "not this", http.StatusUnprocessableEntity)
			return
		}
		io.WriteString(w, good)
	})
	c.Cache = &Cache{Dir: t.TempDir()}
	var all []*Request
	for i := range 40 {
		text := fmt.Sprint("question ", i)
		if i%10 == 0 {
			text = fmt.Sprint("bad ", i)
		}
		all = append(all, &Request{Model: "m", Prompt: text})
	}
	ctx, cancel := context.WithCancel(context.Background())
	got, widest := 0, int64(0)
	_, err := c.All(ctx, all, 3, func(int, Answer) error {
		if got++; got == 12 {
			widest = most.Load() // later, requests that the client gave up overlap with new ones
			cancel()
		}
		return nil
	}, nil)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted: %v", err)
	}
	before := n.Load()
	seen := map[int]bool{}
	tally, err := c.All(context.Background(), all, 3, func(i int, a Answer) error { seen[i] = true; return nil }, nil)
	if err != nil || len(seen) != 36 || tally.Failed[BadRequest] != 4 || tally.Done != 40 {
		t.Errorf("%d answers, tally %+v, %v", len(seen), tally, err)
	}
	if tally.Cached < 12 || n.Load()-before > 40-12+3 {
		t.Errorf("%d from the cache, %d asked again, though 12 were answered before", tally.Cached, n.Load()-before)
	}
	if widest < 2 || widest > 3 {
		t.Errorf("%d at a time, want at most 3 and more than one", widest)
	}
	denied, n := serve(t, func(_ int64, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) })
	_, err = denied.All(context.Background(), all, 2, func(int, Answer) error { return nil }, nil)
	var f *Failure
	if !errors.As(err, &f) || f.Reason != Denied || n.Load() > 3 {
		t.Errorf("denied: %v after %d requests", err, n.Load())
	}
}

func TestAddressesThatAreNone(t *testing.T) {
	for _, u := range []string{"", "localhost:8000", "ftp://x/", "http://", "http://me:secret@host/v1", "http://[::1"} {
		err := (&Client{URL: u}).Check()
		if err == nil || strings.Contains(err.Error(), "me:secret") {
			t.Errorf("%q: %v", u, err)
		}
	}
	if err := (&Client{URL: "http://localhost:8000/v1"}).Check(); err != nil {
		t.Error(err)
	}
}
