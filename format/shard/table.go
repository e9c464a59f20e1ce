package shard

// A Table is one kind of Parquet file of a build: its row type is its schema,
// and the numbers below are pinned, because the bytes depend on them.
type Table[T any] struct {
	Name string // key graft.table in the file's metadata
	Role string // of its files in the manifest

	groupRows  int // rows in a row group, at most
	groupBytes int // bytes of variable size in a row group after which it ends
	maxRows    int // rows in a file, at most: the footer grows with the groups and must fit in memory
	size       func(*T) int
	check      func(*T) error
}

// The tables of a build. The last three stand in builds with variants only.
//
// Row groups are small where rows are read at random (a packed row costs its
// group), and larger where they are read in order. They also end by bytes, so
// that long traces do not make a group that no longer fits in a small machine.
var (
	Records  = Table[Record]{"records", RoleData, 1000, 4 << 20, 1 << 18, sizeRecord, (*Record).Check}
	Lineages = Table[Lineage]{"lineage", RoleLineage, 16384, 4 << 20, 1 << 22, sizeLineage, (*Lineage).Check}
	Shards   = Table[Row]{"shards", RoleData, 16, 4 << 20, 1 << 17, sizeRow, (*Row).Check}
	Prompts  = Table[Prompt]{"prompts", RoleData, 1000, 4 << 20, 1 << 18, sizePrompt, (*Prompt).Check}

	Derivations = Table[Derivation]{"derived", RoleData, 1000, 4 << 20, 1 << 18, sizeDerivation, (*Derivation).Check}
	Parents     = Table[Parent]{"parents", RoleData, 1000, 4 << 20, 1 << 18, sizeParent, (*Parent).Check}
	Preferences = Table[Preference]{"pairs", RoleData, 1000, 4 << 20, 1 << 18, sizePreference, (*Preference).Check}
)

// MaxRows is the most rows that a file of the table holds; Write refuses the
// row after it, and the caller begins another file.
func (t *Table[T]) MaxRows() int { return t.maxRows }

func sizeRecord(r *Record) int {
	return len(r.Text) + 64*len(r.Spans) + 256*len(r.Edits)
}

func sizeLineage(r *Lineage) int { return len(r.RecordID) + len(r.File) + len(r.Digest) }

func sizeRow(r *Row) int { return 4*len(r.InputIDs) + 12*len(r.SpanEnd) + 40*len(r.RecordID) }

func sizePrompt(r *Prompt) int {
	n := 4*len(r.PromptIDs) + len(r.GroundTruth) + len(r.Params)
	for i := range r.Messages {
		n += len(r.Messages[i].Content)
	}
	return n
}
