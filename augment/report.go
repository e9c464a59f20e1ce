package augment

import (
	"maps"
	"slices"

	"github.com/seed-cdf14512/graft/format/shard"
)

// A Report is what a build did, in counts. Everything in it depends on the
// input and the recipe alone; it is written to stats.json.
type Report struct {
	BuildID    string           `json:"build_id"`
	Records    RecordCounts     `json:"records"`
	Attempts   AttemptCounts    `json:"attempts"`
	Samples    map[string]int64 `json:"samples" jsonschema:"samples by split"`
	Tokens     TokenCounts      `json:"tokens"`
	Uses       []UseReport      `json:"behaviors"`
	Variants   []VariantReport  `json:"variants,omitempty"`
	Sets       []SetReport      `json:"sets,omitempty" jsonschema:"the same by set, in order of name"`
	Files      []FileLedger     `json:"files"`
	Outputs    []shard.File     `json:"-"`
	Graphs     *GraphReport     `json:"graphs,omitempty" jsonschema:"what became of the graphs that the recipe names"`
	Rollouts   *RolloutReport   `json:"rollouts,omitempty" jsonschema:"what the samples of the recipe's rollouts were"`
	ErrorFiles []ErrorFile      `json:"error_files,omitempty" jsonschema:"what the recipe's error sources held"`
	Grades     map[string]int64 `json:"grades" jsonschema:"kept attempts by verdict of the checker"`
	Times      Times            `json:"-"`
}

// RecordCounts account for source records: In = Out + Prompts + Derived +
// Rejected.
type RecordCounts struct {
	In       int64            `json:"in"`
	Out      int64            `json:"out"`
	Prompts  int64            `json:"prompts"`
	Derived  int64            `json:"derived,omitempty" jsonschema:"records of which nothing but what variants derived came"`
	Rejected map[string]int64 `json:"rejected"`
}

// AttemptCounts account for the attempts of the records that were decoded: In =
// Samples + Refused.
type AttemptCounts struct {
	In      int64            `json:"in"`
	Samples int64            `json:"samples"`
	Refused map[string]int64 `json:"refused"`
	Edited  int64            `json:"edited" jsonschema:"samples with at least one edit"`
}

// TokenCounts account for tokens: Rendered = Packed + Refused.
type TokenCounts struct {
	Rendered  int64                      `json:"rendered"`
	Packed    int64                      `json:"packed"`
	Refused   map[string]int64           `json:"refused"`
	Straddles int64                      `json:"straddles" jsonschema:"tokens across a border of spans, which count to the later one"`
	ByName    map[string]int64           `json:"by_name" jsonschema:"packed tokens by span name"`
	Packing   map[string]shard.PackStats `json:"packing" jsonschema:"bins and waste by split"`
}

// A UseReport is what one behavior did.
type UseReport struct {
	Behavior string `json:"behavior"`
	UseCounts
}

// A VariantReport is what one variant did. What it derived stands beside the
// identities of records and attempts, which count sources.
type VariantReport struct {
	Variant string `json:"variant"`
	VariantCounts
}

// derivedRecords is the number of rows of records/ that variants derived.
func (r *Report) derivedRecords() (n int64) {
	for i := range r.Variants {
		n += r.Variants[i].Records
	}
	return n
}

func newReport() *Report {
	return &Report{
		Records:  RecordCounts{Rejected: map[string]int64{}},
		Attempts: AttemptCounts{Refused: map[string]int64{}},
		Samples:  map[string]int64{},
		Grades:   map[string]int64{},
		Tokens:   TokenCounts{Refused: map[string]int64{}, ByName: map[string]int64{}, Packing: map[string]shard.PackStats{}},
	}
}

func (r *Report) addPack(split string, s shard.PackStats) {
	t, ok := r.Tokens.Packing[split]
	if ok {
		t.Add(s)
	} else {
		t = s
	}
	r.Tokens.Packing[split] = t
}

// ProofGrades are the edits of all behaviors by grade of proof.
func (r *Report) ProofGrades() map[string]int64 {
	all := map[string]int64{}
	for i := range r.Uses {
		for grade, n := range r.Uses[i].Grades {
			if n > 0 {
				all[grade] += n
			}
		}
	}
	return all
}

// ByCount lists the keys of a count map, largest first.
func ByCount(m map[string]int64) []string {
	return slices.SortedStableFunc(slices.Values(slices.Sorted(maps.Keys(m))), func(a, b string) int {
		return sign(m[b] - m[a])
	})
}
