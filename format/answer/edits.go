package answer

import (
	"fmt"
	"slices"
	"strconv"
)

// An Edit changes one unit of a draft: a line, or a token.
type Edit struct {
	Op  string // delete, insert or replace
	At  int    // position in the draft as it stands, from 1; of an insert, the one that the new unit gets
	Was string // the unit deleted or replaced
	Now string // the unit inserted, or put in place of Was
}

// String is the edit as [ReplayEdits] reads it.
func (e Edit) String() string {
	s := e.Op + " " + strconv.Itoa(e.At) + ": "
	switch e.Op {
	case "delete":
		return s + e.Was
	case "insert":
		return s + e.Now
	}
	return s + e.Was + " -> " + e.Now
}

// Apply returns the draft with the edit carried out; the draft stays as it is. An
// edit at a place that does not exist, or of a unit that does not stand there, is
// an error.
func (e Edit) Apply(draft []string) ([]string, error) {
	last := len(draft)
	if e.Op == "insert" {
		last++
	}
	if e.At < 1 || e.At > last {
		return nil, fmt.Errorf("place %d; the places are 1 to %d", e.At, last)
	}
	i := e.At - 1
	if e.Op != "insert" && draft[i] != e.Was {
		return nil, fmt.Errorf("%q does not stand at %d, %q does", e.Was, e.At, draft[i])
	}
	switch e.Op {
	case "delete":
		return slices.Concat(draft[:i], draft[e.At:]), nil
	case "insert":
		return slices.Concat(draft[:i], []string{e.Now}, draft[i:]), nil
	case "replace":
		return slices.Concat(draft[:i], []string{e.Now}, draft[e.At:]), nil
	}
	return nil, fmt.Errorf("edit %q; the edits are delete, insert and replace", e.Op)
}

// EditScript returns edits that turn a draft into a target, as few as there can be
// (Levenshtein's distance), from left to right; each is to be applied to what the
// ones before it left. Time and memory are the product of the lengths.
func EditScript(draft, target []string) (script []Edit) {
	left := distances(draft, target)
	for i, j := 0, 0; i < len(draft) || j < len(target); {
		at := j + 1 // what is before it is the target's already
		switch d := left[i][j]; {
		case i < len(draft) && j < len(target) && draft[i] == target[j] && d == left[i+1][j+1]:
			i, j = i+1, j+1
		case i < len(draft) && j < len(target) && d == left[i+1][j+1]+1:
			script = append(script, Edit{Op: "replace", At: at, Was: draft[i], Now: target[j]})
			i, j = i+1, j+1
		case i < len(draft) && d == left[i+1][j]+1:
			script = append(script, Edit{Op: "delete", At: at, Was: draft[i]})
			i++
		default:
			script = append(script, Edit{Op: "insert", At: at, Now: target[j]})
			j++
		}
	}
	return script
}

// EditDistance is the number of edits that a draft is away from a target.
func EditDistance(draft, target []string) int { return distances(draft, target)[0][0] }

// distances holds at [i][j] how far draft[i:] is from target[j:].
func distances(draft, target []string) [][]int {
	d := make([][]int, len(draft)+1)
	for i := len(draft); i >= 0; i-- {
		d[i] = make([]int, len(target)+1)
		for j := len(target); j >= 0; j-- {
			switch {
			case i == len(draft):
				d[i][j] = len(target) - j
			case j == len(target):
				d[i][j] = len(draft) - i
			case draft[i] == target[j]:
				d[i][j] = d[i+1][j+1]
			default:
				d[i][j] = 1 + min(d[i+1][j+1], d[i+1][j], d[i][j+1])
			}
		}
	}
	return d
}
