package answer

import (
	"strings"

	"github.com/seed-cdf14512/graft/format"
)

// isa reads "Every X is a Y", "X is a Y".
func isa(sentence string) (from, to string, ok bool) {
	s := strings.Trim(sentence, " .\n")
	s = strings.TrimPrefix(s, "Every ")
	from, to, ok = strings.Cut(s, " is a ")
	if !ok {
		from, to, ok = strings.Cut(s, " is an ")
	}
	return from, to, ok && from != "" && to != "" && !strings.ContainsAny(from+to, " ?,")
}

// edges are the is-a sentences of a question.
func edges(question string) map[string][]string {
	graph := map[string][]string{}
	for _, s := range strings.Split(question, ".") {
		if from, to, ok := isa(s); ok {
			graph[from] = append(graph[from], to)
		}
	}
	return graph
}

func hasEdge(graph map[string][]string, from, to string) bool {
	for _, t := range graph[from] {
		if t == to {
			return true
		}
	}
	return false
}

func reaches(graph map[string][]string, from, to string) bool {
	seen := map[string]bool{from: true}
	for todo := []string{from}; len(todo) > 0; {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, t := range graph[at] {
			if t == to {
				return true
			}
			if !seen[t] {
				seen[t] = true
				todo = append(todo, t)
			}
		}
	}
	return false
}

func stepProsQA(p *format.Problem, s *format.Step) format.Verdict {
	from, to, ok := isa(s.Text)
	if !ok {
		return format.Unknown
	}
	graph := edges(p.Question)
	switch {
	case hasEdge(graph, from, to):
		return format.Exact
	case reaches(graph, from, to) && normalText(p.Answer) == normalText(strings.TrimSpace(s.Text)):
		return format.Exact // the conclusion
	}
	return format.False
}

// gradeProsQA wants the last is-a sentence of the attempt to be the answer, and
// every other one to be an edge; hops, if there are any, must lead there.
func gradeProsQA(p *format.Problem, attempt string) Result {
	graph := edges(p.Question)
	want, target, ok := isa(p.Answer)
	if !ok || len(graph) == 0 {
		return Result{format.Unknown, "hops", "the problem states no is-a sentences"}
	}
	if a, _, _, ok := Final(attempt); ok {
		if _, _, hop := isa(a); hop && strings.Count(attempt, " is a") < 2 {
			attempt = a
		}
	}
	attempt = strings.NewReplacer("### ", "", "#", "", "\n", ". ").Replace(attempt)
	var hops [][2]string
	for _, s := range strings.Split(attempt, ".") {
		if from, to, ok := isa(s); ok {
			hops = append(hops, [2]string{from, to})
		}
	}
	if len(hops) == 0 {
		return Result{format.Unknown, "hops", "no is-a sentence"}
	}
	last := hops[len(hops)-1]
	if last[1] != target || last[0] != want && len(hops) == 1 {
		return Result{format.False, "hops", "another class than the one asked for"}
	}
	if !reaches(graph, want, target) {
		return Result{format.Unknown, "hops", "the answer does not follow from the question"}
	}
	at := want
	for i, h := range hops {
		if i == len(hops)-1 && h[0] == want && len(hops) != 1 && at == target || len(hops) == 1 {
			break // the conclusion
		}
		if !hasEdge(graph, h[0], h[1]) {
			return Result{format.False, "hops", "no such sentence: " + h[0] + " is a " + h[1]}
		}
		if h[0] != at {
			return Result{format.False, "hops", "the hops break at " + h[0]}
		}
		at = h[1]
	}
	return Result{format.Exact, "hops", ""}
}
