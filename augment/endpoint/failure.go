package endpoint

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A Reason is why a request got no answer. It is a key in counts.
type Reason string

// The reasons.
const (
	Unreachable Reason = "unreachable" // no connection, or it broke
	Late        Reason = "timeout"     // no whole reply in time
	Busy        Reason = "busy"        // 429 or 503
	Broken      Reason = "server"      // another 5xx
	Denied      Reason = "denied"      // 401, 403 or 404: no request of the run can succeed
	BadRequest  Reason = "request"     // another 4xx: the server does not take this request
	Malformed   Reason = "malformed"   // the reply is no completion
	NoChoice    Reason = "no-choice"   // the reply has no text
)

// A Failure says why a request got no answer, after how many tries.
type Failure struct {
	Reason Reason
	Detail string
	Tries  int

	after time.Duration // the server asked to wait so long
}

func (f *Failure) Error() string {
	if f.Tries > 1 {
		return fmt.Sprintf("%s: %s (%d tries)", f.Reason, f.Detail, f.Tries)
	}
	return string(f.Reason) + ": " + f.Detail
}

// again reports whether the same request may succeed later.
func (f *Failure) again() bool { return f.Reason != Denied && f.Reason != BadRequest }

// insist sends a request until it is answered, refused for good, or tried often
// enough.
func (c *Client) insist(ctx context.Context, path string, body []byte) (Answer, error) {
	tries, wait := c.Retries+1, c.Backoff
	if c.Retries == 0 {
		tries = 6
	}
	if wait <= 0 {
		wait = time.Second
	}
	for n := 1; ; n++ {
		a, err := c.once(ctx, path, body)
		var f *Failure
		if err == nil || !errors.As(err, &f) {
			return a, err
		}
		f.Tries = n
		if n >= tries || !f.again() {
			return a, f
		}
		if err := sleep(ctx, max(wait, f.after)); err != nil {
			return a, err
		}
		wait = min(2*wait, time.Minute)
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

// unreachable tells a deadline of ours from the caller's end and from the network's.
func unreachable(ctx context.Context, err error, timeout time.Duration) error {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		return &Failure{Reason: Late, Detail: fmt.Sprintf("no whole reply within %s", timeout)}
	}
	return &Failure{Reason: Unreachable, Detail: err.Error()}
}

// refused is the failure that a status says.
func refused(res *http.Response, body []byte) *Failure {
	f := &Failure{Reason: BadRequest, Detail: "status " + strconv.Itoa(res.StatusCode), after: retryAfter(res.Header.Get("Retry-After"), time.Now())}
	if text := strings.Join(strings.Fields(string(body)), " "); text != "" {
		f.Detail += ": " + text[:min(len(text), 300)]
	}
	switch s := res.StatusCode; {
	case s == http.StatusTooManyRequests || s == http.StatusServiceUnavailable || s == http.StatusRequestTimeout:
		f.Reason = Busy
	case s >= 500:
		f.Reason = Broken
	case s == http.StatusUnauthorized || s == http.StatusForbidden || s == http.StatusNotFound:
		f.Reason = Denied
	}
	return f
}

// maxAfter bounds what a server may ask us to wait.
const maxAfter = 5 * time.Minute

// retryAfter reads the header: seconds, or a date.
func retryAfter(text string, now time.Time) time.Duration {
	if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil && n > 0 {
		return min(time.Duration(min(n, 1e6))*time.Second, maxAfter)
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(0, at.Sub(now)), maxAfter)
	}
	return 0
}
