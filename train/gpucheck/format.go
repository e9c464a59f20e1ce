package gpucheck

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// numbers is "a 1, b 2", in the order of the names.
func numbers(m map[string]float64) string {
	var parts []string
	for _, k := range sortedKeys(m) {
		parts = append(parts, fmt.Sprintf("%s %.5g", k, m[k]))
	}
	return strings.Join(parts, ", ")
}
