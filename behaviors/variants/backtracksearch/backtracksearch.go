package backtracksearch

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/internal/game"
	"github.com/seed-cdf14512/graft/format"
)

// Params are the parameters of backtrack_search.
type Params struct {
	Strategy string `json:"strategy" jsonschema:"dfs: one branch at a time; bfs: level by level; beam: level by level, wrong branches dropped at once" enum:"dfs,bfs,beam"`
	Wrong    int    `json:"wrong" jsonschema:"wrong branches of a state, where there are so many" range:"0,3"`
	Follow   int    `json:"follow" jsonschema:"moves that dfs and bfs go down a wrong branch" range:"0,2"`
	From     string `json:"from" jsonschema:"any: wrong branches are any legal moves; tree: only those that the attempts tried" enum:"any,tree"`
	Budget   int    `json:"budget" jsonschema:"most states visited" range:"1,1000"`
	Failures bool   `json:"failures" jsonschema:"cut a search off at the budget, instead of refusing it"`
}

// Variant is the variant for a suite.
var Variant = &augment.Variant{
	Name:    "backtrack_search",
	Doc:     doc,
	Version: 1,
	Params:  &Params{Strategy: "dfs", Wrong: 2, Follow: 1, From: "any", Budget: 120},
	Derive:  derive,
	Verify:  verify,
}

// A puzzle is what the attempts at a problem tell.
type puzzle struct {
	start  game.State
	solver game.Solver
	tried  game.Tried
	path   []game.Move // of the attempt
}

// read reads a puzzle; nil where the problem is none, or the attempt finds nothing.
func read(p *augment.Pass) *puzzle {
	start, target, ok := game.Read(p.Problem)
	if !ok || p.Problem.Checker != "countdown" && p.Problem.Checker != "game24" {
		return nil
	}
	own := game.Tried{}
	own.Add(start, p.Attempt.Trace.Text())
	z := &puzzle{start: start, solver: game.Solver{Target: target}, tried: game.Tried{}, path: own.Path(start, target)}
	for i := range p.Others {
		z.tried.Add(start, p.Others[i].Trace.Text())
	}
	if len(z.path) == 0 || len(z.path) != len(start)-1 {
		return nil
	}
	for _, m := range z.path {
		if m.V.D != 1 {
			return nil
		}
	}
	return z
}

// wrong are moves at a state that lead to whole numbers and to a dead end.
func (z *puzzle) wrong(s game.State, from string) (list []game.Move) {
	moves := z.tried[s.Key()]
	if from == "any" {
		moves = s.Moves()
	}
	seen := map[string]bool{}
	for _, m := range moves {
		if next, ok := s.After(m); ok && m.V.D == 1 && !seen[next.Key()] && z.solver.Dead(next) {
			seen[next.Key()] = true
			list = append(list, m)
		}
	}
	return list
}

func derive(p *augment.Pass) ([]augment.Derived, error) {
	if p.Verdict(p.Attempt.Trace.ID) != "right" {
		return nil, nil
	}
	z := read(p)
	if z == nil {
		return nil, nil
	}
	par := p.Params.(*Params)
	root := z.grow(par, p.Rand)
	w := writer{par: par, target: z.solver.Target}
	w.say(format.Setup, "Numbers "+given(z.start)+", wanted "+z.solver.Target.String()+".\n")
	if par.Strategy == "dfs" {
		w.deep(root)
	} else {
		w.wide(root)
	}
	d := augment.Derived{Parents: []string{p.Attempt.Trace.ID}, Answer: w.said,
		Proof: format.Proof{Grade: "computed", Detail: fmt.Sprintf("%s: %d states, %d dead ends", par.Strategy, w.visited, w.dead)}}
	switch {
	case !w.spent:
		if last, ok := closing(p.Attempt); ok {
			d.Answer = append(d.Answer, last)
		}
	case !par.Failures:
		return nil, augment.Refuse("budget", "the search visits more than %d states", par.Budget)
	default:
		d.Truncated = true
	}
	return []augment.Derived{d}, nil
}

func given(s game.State) string {
	var words []string
	for _, f := range s {
		words = append(words, f.String())
	}
	return strings.Join(words, ", ")
}

// closing is the last line of an attempt, unless it is a move.
func closing(a *format.Attempt) (augment.Segment, bool) {
	text := a.Trace.Text()
	body := strings.TrimRight(text, "\n ")
	at := strings.LastIndexByte(body, '\n') + 1
	line := body[at:]
	if line == "" || strings.Contains(line, "(left:") || strings.Contains(line, " | ") {
		return augment.Segment{}, false
	}
	return augment.Segment{Parent: a.Trace.ID, Part: augment.SourcePart, Start: at, End: len(text)}, true
}

// A node is a state of the search.
type node struct {
	move  game.Move
	state game.State
	right bool
	kids  []*node
	id    string
	up    *node
}

// grow makes the tree of a search: the right way, and dead branches beside it.
func (z *puzzle) grow(par *Params, r *rand.Rand) *node {
	root := &node{state: z.start, right: true, id: "#0"}
	for at, k := root, 0; k < len(z.path); k++ {
		next, _ := at.state.After(z.path[k])
		right := &node{move: z.path[k], state: next, right: true, up: at}
		at.kids = append(z.dead(at, par, par.Follow, r), right)
		if par.Strategy != "dfs" {
			r.Shuffle(len(at.kids), func(i, j int) { at.kids[i], at.kids[j] = at.kids[j], at.kids[i] })
		}
		at = right
	}
	return root
}

// dead makes wrong branches of a state, and follows them.
func (z *puzzle) dead(at *node, par *Params, follow int, r *rand.Rand) (list []*node) {
	moves := z.wrong(at.state, par.From)
	r.Shuffle(len(moves), func(i, j int) { moves[i], moves[j] = moves[j], moves[i] })
	for _, m := range moves[:min(par.Wrong, len(moves))] {
		next, _ := at.state.After(m)
		n := &node{move: m, state: next, up: at}
		if follow > 0 && par.Strategy != "beam" && len(next) > 1 {
			n.kids = z.dead(n, par, follow-1, r)
		}
		list = append(list, n)
	}
	return list
}
