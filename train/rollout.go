package train

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/seed-cdf14512/graft/format/shard"
)

// A Rollout is one sampled response: a row of rollouts/step-00000012.parquet.
// The ids are what the model drew; a trainer never encodes the text again.
type Rollout struct {
	PromptID     string       `parquet:"prompt_id"`
	Step         int64        `parquet:"step"` // the update that it was drawn for, from 1
	Sample       int32        `parquet:"sample"`
	Seed         int64        `parquet:"seed"` // of this sequence: the bits of an unsigned number
	ResponseIDs  []int32      `parquet:"response_ids,list"`
	LogProbs     []float32    `parquet:"logprobs,list"` // of each id, at the temperature, when it was drawn
	Finish       string       `parquet:"finish"`        // stop or length
	Reward       float64      `parquet:"reward"`        // the sum of its parts
	RewardParts  []RewardPart `parquet:"reward_parts,list"`
	PolicyDigest string       `parquet:"policy_digest"` // SHA-256, hex, of the weights that drew it
	Text         string       `parquet:"text"`          // of the ids, control tokens left out
}

// A RewardPart is one addend of a reward.
type RewardPart struct {
	Name  string  `parquet:"name" json:"name"`
	Value float64 `parquet:"value" json:"value"`
}

// rolloutsVersion is in the metadata of every file, under graft.rollouts.
const rolloutsVersion = "1"

// rolloutGroup is the number of rows of a row group.
const rolloutGroup = 1000

// WriteRollouts writes rows to dir/rollouts, in a file named by their step,
// durably and atomically, with the pinned settings of package shard: the same
// rows give the same bytes.
func WriteRollouts(dir string, step int64, rows []Rollout) (shard.File, error) {
	path := filepath.Join(dir, filepath.FromSlash(rolloutsOf(step)))
	each := func(yield func(*Rollout, error) bool) {
		for i := range rows {
			if !yield(&rows[i], nil) {
				return
			}
		}
	}
	return shard.WriteParquet(path, rolloutGroup, each, "graft.rollouts", rolloutsVersion)
}

// rolloutsOf is the file of a step's rollouts in the folder of a run.
func rolloutsOf(step int64) string { return fmt.Sprintf("rollouts/step-%08d.parquet", step) }

// right is the value of the part "correct" of a reward: 1 or 0.
func (r *Rollout) right() bool {
	i := slices.IndexFunc(r.RewardParts, func(p RewardPart) bool { return p.Name == partCorrect })
	return i >= 0 && r.RewardParts[i].Value == 1
}
