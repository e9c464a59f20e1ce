package augment

// A Filter is an entry of the table of what a recipe can keep of the attempts that
// it reads. A filter derives nothing and changes no text: it leaves attempts out.
type Filter struct {
	Name    string // what it is called
	Keep    string // what a recipe says for it (grade: keep)
	Verdict string // what the checker must say of an attempt; empty: anything
	Doc     string
}

// Filters are the filters.
var Filters = []Filter{
	{"right_only", "right", "right", "attempts that the checker finds right; in a recipe grade: {keep: right}, which is the default"},
	{"first_right", "first", "right", "the first attempt at a problem that the checker finds right; in a recipe grade: {keep: first}"},
	{"wrong_only", "wrong", "wrong", "the control arm of wrong answers: behaviors are woven in and proved as ever, and the final answer is one that the checker finds wrong, " +
		"so that what a model gains is owed to the behaviors and not to the answers; the word of a label counts for nothing, " +
		"and what no checker can grade is left out; in a recipe grade: {keep: wrong}"},
	{"any_answer", "any", "", "all attempts, whatever the checker says; in a recipe grade: {keep: any}"},
}

// filterOf is the filter that a recipe's word stands for, or nil.
func filterOf(keep string) *Filter {
	for i := range Filters {
		if Filters[i].Keep == keep {
			return &Filters[i]
		}
	}
	return nil
}
