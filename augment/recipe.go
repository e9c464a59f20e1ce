package augment

import "github.com/seed-cdf14512/graft/format"

// A Recipe says everything about a build: what to read, what to weave in, how
// to render and pack. It is data: canonical JSON of it is hashed into the build.
// Paths are relative to the recipe's folder. There is no interpolation, no
// include and no anchor: one file says it all.
type Recipe struct {
	Version   int        `json:"version" jsonschema:"version of the recipe language, 1"`
	Name      string     `json:"name,omitempty" jsonschema:"what the data card calls the corpus"`
	Seed      uint64     `json:"seed,omitempty" jsonschema:"the one seed of all chance"`
	Traces    []Input    `json:"traces" jsonschema:"what to read, in any order"`
	AllowEval bool       `json:"allow_eval,omitempty" jsonschema:"accept records of evaluation sets as training input"`
	Rejects   Rejects    `json:"rejects,omitzero" jsonschema:"what may be refused before the build fails"`
	Grade     Grade      `json:"grade,omitzero" jsonschema:"which attempts become samples"`
	Behaviors []Use      `json:"behaviors,omitempty" jsonschema:"the behaviors, top to bottom"`
	Render    Render     `json:"render,omitzero" jsonschema:"from messages to one text"`
	Weights   Weights    `json:"weights,omitempty" jsonschema:"loss weight by span name or pattern; outside the build id"`
	Tokenize  Tokenize   `json:"tokenize,omitzero"`
	Shards    Shards     `json:"shards,omitzero"`
	Prompts   bool       `json:"prompts,omitempty" jsonschema:"also write prompts/*.parquet for RFT"`
	Tests     []LintTest `json:"tests,omitempty" jsonschema:"run by graft lint"`
}

// An Input is one source of traces.
type Input struct {
	Path    string        `json:"path" jsonschema:"file or glob, relative to the recipe; - is standard input; builtin:quickstart is the set that ships with graft"`
	Format  string        `json:"format,omitempty" jsonschema:"container: auto, jsonl, json, csv, parquet, log, text"`
	Reader  string        `json:"reader,omitempty" jsonschema:"preset by name, or auto"`
	Mapping *InputMapping `json:"mapping,omitempty" jsonschema:"field paths, for anything no preset reads"`
	Eval    *bool         `json:"eval,omitempty" jsonschema:"say that this is, or is not, an evaluation set"`
	Licence string        `json:"licence,omitempty" jsonschema:"for the data card"`
	Source  string        `json:"source,omitempty" jsonschema:"where it came from, for the data card"`
}

// An InputMapping names the fields of a record, as paths like a.b[0].c.
type InputMapping struct {
	Question string `json:"question"`
	System   string `json:"system,omitempty"`
	Answer   string `json:"answer,omitempty" jsonschema:"the reference answer"`
	Trace    string `json:"trace,omitempty" jsonschema:"the reasoning: a string, or a list of step strings"`
	Label    string `json:"label,omitempty" jsonschema:"whether the attempt is right, as the source says"`
	Author   string `json:"author,omitempty"`
	Checker  string `json:"checker,omitempty" jsonschema:"name of the checker that grades an answer"`
	Split    string `json:"split,omitempty" jsonschema:"step splitter: auto, line, sentence, paragraph, numbered"`
}

// Rejects bounds what a build may refuse.
type Rejects struct {
	Max        *format.Num `json:"max,omitempty" jsonschema:"largest share of records that may be refused before the build fails, 0 to 1"`
	Quarantine bool        `json:"quarantine,omitempty" jsonschema:"count malformed records and go on, instead of stopping at the first"`
}

// Grade says which attempts become samples.
type Grade struct {
	Keep    string `json:"keep,omitempty" jsonschema:"right: the checker says so; any: all of them; wrong: only wrong ones; first: the first right attempt"`
	Checker string `json:"checker,omitempty" jsonschema:"overrides the checker that the reader chose"`
}

// A Use is one behavior in a recipe: which sites is the engine's, with is the
// plug-in's.
type Use struct {
	Use     string            `json:"use" jsonschema:"name of the behavior"`
	Select  Select            `json:"select,omitzero"`
	With    map[string]any    `json:"with,omitempty" jsonschema:"parameters of the behavior; see graft schema NAME"`
	Phrases map[string]string `json:"phrases,omitempty" jsonschema:"phrase bank overlay: text under add, or replace"`
}

// Select says which sites and how many.
type Select struct {
	Per  string      `json:"per,omitempty" jsonschema:"trace: rate is the share of traces that get edits; site: rate counts for each site"`
	Rate *format.Num `json:"rate,omitempty" jsonschema:"0 to 1"`
	Max  int         `json:"max,omitempty" jsonschema:"most edits of this behavior in one trace; 0 is 1 per trace, no bound per site"`
	Gap  int         `json:"gap,omitempty" jsonschema:"source steps to leave between two edits of this behavior"`
}

// Render says how messages become one text.
type Render struct {
	Template string `json:"template,omitempty" jsonschema:"chatml or plain"`
	System   string `json:"system,omitempty" jsonschema:"system message for records that have none"`
}

// Weights are loss weights by span name or glob, as exact decimals.
type Weights map[string]format.Num

// Tokenize says how text becomes ids.
type Tokenize struct {
	Tokenizer  string `json:"tokenizer,omitempty" jsonschema:"tokenizer.json, relative to the recipe; builtin:quickstart is the one that ships with graft"`
	MaxTokens  int    `json:"max_tokens,omitempty" jsonschema:"length of a packed sequence, and the most that one document may have"`
	OverLength string `json:"over_length,omitempty" jsonschema:"what becomes of longer documents: refuse, or prompt (kept as prompts only)"`
}

// Shards says how documents are packed and written.
type Shards struct {
	Pack       string      `json:"pack,omitempty" jsonschema:"partition: best-fit decreasing inside partitions of about 65,536 documents; global: over the whole corpus"`
	Partition  int         `json:"partition,omitempty" jsonschema:"documents a partition, about; a power of two"`
	Validation *format.Num `json:"validation,omitempty" jsonschema:"share of problems that go to the validation split"`
}

// A LintTest is a trace written in the recipe, and what must hold of it after
// the behaviors have run.
type LintTest struct {
	Name   string     `json:"name,omitempty"`
	Trace  TestTrace  `json:"trace"`
	Expect TestExpect `json:"expect"`
}

// A TestTrace is a trace as a person writes it in a recipe.
type TestTrace struct {
	Prompt string   `json:"prompt"`
	Steps  []string `json:"steps"`
	Answer string   `json:"answer,omitempty"`
}

// A TestExpect is what a test asks of the compiled trace.
type TestExpect struct {
	Contains []string       `json:"contains,omitempty" jsonschema:"substrings of the compiled text"`
	Absent   []string       `json:"absent,omitempty"`
	Edits    map[string]int `json:"edits,omitempty" jsonschema:"number of edits by behavior"`
	Answer   string         `json:"answer,omitempty"`
	Rejects  []string       `json:"rejects,omitempty" jsonschema:"refusal codes that must occur"`
}
