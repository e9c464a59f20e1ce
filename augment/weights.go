package augment

import (
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/format/shard"
)

// Shard is the weights block as the manifest keeps it: default apart, patterns
// in the order of their text.
func (w Weights) Shard() shard.Weights {
	out := shard.DefaultWeights()
	for name, v := range w {
		if name == "default" {
			out.Default = v
			continue
		}
		out.Patterns = append(out.Patterns, shard.Pattern{Glob: name, Weight: v})
	}
	slices.SortFunc(out.Patterns, func(a, b shard.Pattern) int { return strings.Compare(a.Glob, b.Glob) })
	return out
}
