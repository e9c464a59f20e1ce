package behaviors

import (
	"slices"
	"strings"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/answer"
)

// A misprint changes the text of one inserted step. rules are those that the
// replay of the rendered text may name.
type misprint struct {
	behavior, name, rules string
	spoil                 func(rec *format.Record, out *format.Trace, k int) string // the new text of step k, "" for no place
}

func swapName(rec *format.Record, s *format.Step, id format.NodeID, with func(n *format.Node) bool) string {
	g := rec.Attempts[0].Graph
	for i := range g.Nodes {
		if n := &g.Nodes[i]; n.ID != id && !strings.Contains(s.Text, n.Name) && with(n) {
			return strings.Replace(s.Text, g.Node(id).Name, n.Name, 1)
		}
	}
	return ""
}

func anyNode(*format.Node) bool { return true }

var misprints = []misprint{
	{"reflect_locked", "something else missing", "missing locked", func(rec *format.Record, out *format.Trace, k int) string {
		s := &out.Steps[k]
		if s.Kind != format.Probe {
			return ""
		}
		return swapName(rec, s, s.Refs[len(s.Refs)-1], func(n *format.Node) bool { return !slices.Contains(s.Refs, n.ID) })
	}},
	{"reflect_locked", "no such parameter", "node form missing locked solved-twice", func(_ *format.Record, out *format.Trace, k int) string {
		return strings.Replace(out.Steps[k].Text, " in each ", " in every ", 1)
	}},
	{"reflect_locked", "a value claimed", "leak premise", func(_ *format.Record, out *format.Trace, k int) string {
		if out.Steps[k].Kind != format.Probe {
			return ""
		}
		return out.Steps[k].Text + "It may be 12. "
	}},
	{"reflect_locked", "a letter already given", "letter", func(rec *format.Record, out *format.Trace, k int) string {
		s := &out.Steps[k]
		if s.Kind != format.Probe || s.Symbol == "" {
			return ""
		}
		return strings.Replace(s.Text, " "+s.Symbol+" ", " "+rec.Attempts[0].Trace.Steps[1].Symbol+" ", 1)
	}},
	{"reflect_locked", "another letter recalled", "letter", func(_ *format.Record, out *format.Trace, k int) string {
		s := &out.Steps[k]
		if s.Was == "" {
			return ""
		}
		return strings.Replace(s.Text, "letter "+s.Symbol+".", "letter "+string(rune(s.Symbol[0]^32))+".", 1)
	}},
	{"reflect_locked", "a letter given again", "letter", func(_ *format.Record, out *format.Trace, k int) string { return out.Steps[k].Was }},
	{"detour_redundant", "another value", "value symbols", func(_ *format.Record, out *format.Trace, k int) string {
		s := &out.Steps[k]
		if s.Kind != format.Compute {
			return ""
		}
		return strings.TrimSuffix(s.Text, ".\n") + "1.\n"
	}},
	{"info_analysis", "another premise", "premise", func(rec *format.Record, out *format.Trace, k int) string {
		s := &out.Steps[k]
		for i := range rec.Attempts[0].Graph.Nodes {
			n := &rec.Attempts[0].Graph.Nodes[i]
			if own := rec.Attempts[0].Graph.Node(s.Node); n.ID != s.Node && n.Premise != "" && !strings.Contains(body(n), body(own)) {
				return strings.Replace(s.Text, body(own), body(n), 1)
			}
		}
		return ""
	}},
	{"subgoal_compute", "a hop of another value", "value hop", func(_ *format.Record, out *format.Trace, k int) string {
		return out.Steps[k].Text + " + 1"
	}},
	{"backward_chain", "something else needed", "missing", func(rec *format.Record, out *format.Trace, k int) string {
		s := &out.Steps[k]
		if s.Kind != format.Probe {
			return ""
		}
		return swapName(rec, s, s.Refs[0], anyNode)
	}},
	{"subgoal_setting", "goals in the wrong order", "parents missing", func(rec *format.Record, out *format.Trace, k int) string {
		s, g := &out.Steps[k], rec.Attempts[0].Graph
		a, b := g.Node(s.Refs[0]).Name, g.Node(s.Node).Name
		return strings.NewReplacer(a, b, b, a).Replace(s.Text)
	}},
	{"retry", "the mark left out", "missing locked", func(_ *format.Record, out *format.Trace, k int) string {
		if out.Steps[k].Kind != format.Return {
			return ""
		}
		return "so it goes.\n"
	}},
	{"retry", "a start on what stands", "solved-twice", func(rec *format.Record, out *format.Trace, k int) string {
		s := &out.Steps[k]
		first := rec.Attempts[0].Graph.Node(rec.Attempts[0].Trace.Steps[1].Node)
		if at := out.Edits[max(1, s.Origin.Edit)-1]; s.Kind != format.Branch || at.Step <= first.Step {
			return ""
		}
		return "Start the number of " + first.Name + " "
	}},
}

// The replay reads nothing but the rendered text, and finds every misprint in what
// was put in, in the line where it stands: a hundred of each.
func TestReplayFindsMisprints(t *testing.T) {
	const each = 100
	for _, m := range misprints {
		planted := 0
		c := augment.NewCompiler(6, []augment.ResolvedUse{graphUse(t, m.behavior, "{}")})
		for _, rec := range problems(t) {
			if planted == each {
				break
			}
			out, _ := c.Compile(rec, &rec.Attempts[0])
			for k, at := 0, 0; k < len(out.Steps); at, k = at+len(out.Steps[k].Text), k+1 {
				s := &out.Steps[k]
				if s.Origin.Edit == 0 {
					continue
				}
				bad := m.spoil(rec, &out, k)
				if bad == "" || bad == s.Text {
					continue
				}
				clean := out.Text()
				text := clean[:at] + bad + clean[at+len(s.Text):]
				from := strings.LastIndexByte(text[:at], '\n') + 1
				planted++
				v := answer.Replay(&rec.Problem, text)
				if v == nil {
					t.Errorf("%s: %s: not found: %q", m.behavior, m.name, bad)
				} else if v.At != from || !slices.Contains(strings.Fields(m.rules), string(v.Rule)) {
					t.Errorf("%s: %s: %q: %s at byte %d (%s), the line begins at %d", m.behavior, m.name, bad, v.Rule, v.At, v.Detail, from)
				}
				break // one a record
			}
			if t.Failed() {
				break
			}
		}
		t.Logf("%s: %s: %d planted", m.behavior, m.name, planted)
		if planted < each && !t.Failed() {
			t.Errorf("%s: %s: %d planted, want %d", m.behavior, m.name, planted, each)
		}
	}
}
