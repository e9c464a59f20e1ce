package wrongthenfix

import (
	"testing"

	"github.com/seed-cdf14512/graft/augment/augmenttest"
)

func TestGoldens(t *testing.T) { augmenttest.Run(t, Behavior) }

func TestLeastMayNotExceedDistance(t *testing.T) {
	for _, row := range []struct {
		p  Params
		ok bool
	}{{Params{Distance: 2}, true}, {Params{Distance: 2, Least: 2}, true}, {Params{Distance: 1, Least: 2}, false}} {
		if err := row.p.Check(); (err == nil) != row.ok {
			t.Errorf("%+v: got %v", row.p, err)
		}
	}
}
