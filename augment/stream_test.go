package augment

import (
	"testing"

	"github.com/seed-cdf14512/graft/format"
)

// These numbers are frozen: a corpus that was built once can be built again.
func TestStreamIsFrozen(t *testing.T) {
	s := newStream()
	k := key{seed: 20261122, behavior: "reflection", version: 1, trace: "00ff", purpose: "write", step: 3, after: true}
	if got := s.draw(&k); got != 0xdd23986f {
		t.Errorf("draw = %#x", got)
	}
	r := s.start(&k)
	got := [3]int{r.IntN(1000), r.IntN(1000), r.IntN(1 << 30)}
	if want := [3]int{109, 735, 221805527}; got != want {
		t.Errorf("stream gives %v, want %v", got, want)
	}
}

// Every field of a key changes the stream, and no two fields run together.
func TestStreamKeysAreApart(t *testing.T) {
	base := key{seed: 1, behavior: "ab", version: 1, trace: "cd", purpose: "ef", step: 1}
	others := map[string]key{
		"seed":     {seed: 2, behavior: "ab", version: 1, trace: "cd", purpose: "ef", step: 1},
		"behavior": {seed: 1, behavior: "a", version: 1, trace: "bcd", purpose: "ef", step: 1},
		"version":  {seed: 1, behavior: "ab", version: 2, trace: "cd", purpose: "ef", step: 1},
		"trace":    {seed: 1, behavior: "ab", version: 1, trace: "c", purpose: "def", step: 1},
		"step":     {seed: 1, behavior: "ab", version: 1, trace: "cd", purpose: "ef", step: 2},
		"side":     {seed: 1, behavior: "ab", version: 1, trace: "cd", purpose: "ef", step: 1, after: true},
	}
	s := newStream()
	for name, k := range others {
		if s.sum(&k) == s.sum(&base) {
			t.Errorf("%s does not change the stream", name)
		}
	}
}

func TestThreshold(t *testing.T) {
	for rate, want := range map[string]uint64{"0": 0, "1": 1 << 32, "0.5": 1 << 31, "2": 1 << 32, "-1": 0, "1/3": (1 << 32) / 3} {
		n, ok := format.ParseNum(rate)
		if !ok {
			t.Fatal(rate)
		}
		if got := threshold(&n); got != want {
			t.Errorf("threshold(%s) = %d, want %d", rate, got, want)
		}
	}
}
