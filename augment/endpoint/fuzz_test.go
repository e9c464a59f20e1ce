package endpoint

import (
	"errors"
	"testing"
)

// FuzzReply reads what a server may send: an answer, or a failure that says what it
// is, and nothing falls.
func FuzzReply(f *testing.F) {
	for _, s := range []string{good, good[:60], good + good, `{"choices":[]}`, `{"choices":[{"text":"a","finish_reason":null}]}`, `{"choices":[{"message":{"content":null}}]}`,
		`{"choices":[{"message":{"content":"\ud800"}}]}`, `{"error":{"message":"overloaded"}}`, `[]`, "", "\xff"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := parse(data)
		var failed *Failure
		if err != nil && (!errors.As(err, &failed) || failed.Reason != Malformed && failed.Reason != NoChoice || a != Answer{}) {
			t.Fatalf("%+v, %v", a, err)
		}
		if again, e := parse(data); again != a || (e == nil) != (err == nil) {
			t.Fatal("the same reply is read in two ways")
		}
	})
}
