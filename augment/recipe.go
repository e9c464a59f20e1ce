package augment

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/ingest"
)

// A Recipe says everything about a build: what to read, what to weave in, how
// to render and pack. It is data: canonical JSON of it is hashed into the build.
// Paths are relative to the recipe's folder. There is no interpolation, no
// include and no anchor: one file says it all.
//
// The tags declare every key once; decoding, defaults, the JSON Schema and the
// help follow from them. json names the key, and without omitempty or omitzero
// the key must be there. default, range and enum say what they say; names
// refers to a table of names (see names.go).
type Recipe struct {
	Version   int        `json:"version" range:"1,1" jsonschema:"version of the recipe language, 1"`
	Name      string     `json:"name,omitempty" jsonschema:"what the data card calls the corpus"`
	Seed      uint64     `json:"seed,omitempty" range:"0,9007199254740991" jsonschema:"the one seed of all chance; to 2^53-1, which every JSON reader keeps exact"`
	Traces    []Input    `json:"traces" range:"1," jsonschema:"what to read, in any order"`
	AllowEval bool       `json:"allow_eval,omitempty" jsonschema:"accept records of evaluation sets as training input"`
	Rejects   Rejects    `json:"rejects,omitzero" jsonschema:"what may be refused before the build fails"`
	Grade     Grade      `json:"grade,omitzero" jsonschema:"which attempts become samples"`
	Errors    Errors     `json:"errors,omitzero" jsonschema:"where the wrong steps of an edit come from, and how we know that they are wrong"`
	Graphs    string     `json:"graphs,omitempty" jsonschema:"a file of graphs that graft graph extract writes, relative to the recipe: used in place of the graphs that are derived from the steps, where they hold"`
	Behaviors []Use      `json:"behaviors,omitempty" jsonschema:"the behaviors to weave in"`
	Variants  []Derive   `json:"variants,omitempty" jsonschema:"the variants to derive"`
	Render    Render     `json:"render,omitzero" jsonschema:"from messages to one text"`
	Weights   Weights    `json:"weights,omitempty" range:"0," jsonschema:"loss weight by span name or pattern; outside the build id"`
	Tokenize  Tokenize   `json:"tokenize,omitzero" jsonschema:"from text to token ids"`
	Shards    Shards     `json:"shards,omitzero" jsonschema:"how documents are packed and written"`
	Prompts   bool       `json:"prompts,omitempty" jsonschema:"also write prompts/*.parquet for RFT"`
	Tests     []LintTest `json:"tests,omitempty" jsonschema:"run by graft lint"`
}

// An Input is one source of traces.
type Input struct {
	Path    string        `json:"path" range:"1," jsonschema:"file or glob, relative to the recipe; - is standard input; builtin:quickstart is the set that ships with graft"`
	Format  string        `json:"format,omitempty" default:"auto" names:"container" jsonschema:"how records lie in the file"`
	Reader  string        `json:"reader,omitempty" default:"auto" names:"reader" jsonschema:"preset by name, or auto"`
	Mapping *InputMapping `json:"mapping,omitempty" jsonschema:"field paths, for anything no preset reads"`
	Eval    *bool         `json:"eval,omitempty" jsonschema:"say that this is, or is not, an evaluation set"`
	Licence string        `json:"licence,omitempty" jsonschema:"for the data card"`
	Source  string        `json:"source,omitempty" jsonschema:"where it came from, for the data card"`
}

// An InputMapping names the fields of a record, as paths like a.b[0].c. It has
// the fields of ingest.Mapping, with what a recipe needs to check them.
type InputMapping struct {
	Name     string   `json:"name,omitempty" jsonschema:"name of the set"`
	Question string   `json:"question" range:"1," jsonschema:"path of the question"`
	System   string   `json:"system,omitempty" jsonschema:"path of the system text"`
	Answer   string   `json:"answer,omitempty" jsonschema:"path of the reference answer"`
	Choices  string   `json:"choices,omitempty" jsonschema:"path of the options: a list of strings, or a string with one a line"`
	Traces   []string `json:"traces,omitempty" jsonschema:"paths of the attempts' texts; a list of strings there is a list of attempts"`
	Steps    string   `json:"steps,omitempty" jsonschema:"path of a list of strings that are the steps of one attempt"`
	Label    string   `json:"label,omitempty" jsonschema:"path of what the source says of the attempt: true, 1, correct, right or their opposites"`
	Author   string   `json:"author,omitempty" jsonschema:"path of who made the attempt"`
	Final    string   `json:"final,omitempty" jsonschema:"path of the final answer that the attempt states"`
	Split    string   `json:"split,omitempty" default:"auto" names:"splitter" jsonschema:"how the text is cut into steps"`
	Checker  string   `json:"checker,omitempty" names:"checker" jsonschema:"name of the checker that grades the answer"`
}

// Ingest is the same mapping as ingest reads by it.
func (m InputMapping) Ingest() ingest.Mapping { return ingest.Mapping(m) }

// Rejects bounds what a build may refuse.
type Rejects struct {
	Max        *format.Num `json:"max,omitempty" default:"1" range:"0,1" jsonschema:"largest share of records that may be refused before the build fails; 1 is no bound"`
	Quarantine bool        `json:"quarantine,omitempty" jsonschema:"count malformed records and go on, instead of stopping at the first"`
}

// Grade says which attempts become samples.
type Grade struct {
	Keep    string `json:"keep,omitempty" default:"right" enum:"right,any,wrong,first" jsonschema:"right: the checker says so; any: all of them; wrong: only wrong ones; first: the first right attempt"`
	Checker string `json:"checker,omitempty" names:"checker" jsonschema:"overrides the checker that the reader chose"`
}

// Errors says which errors may be woven in. Without it behaviors make them up.
type Errors struct {
	Accept   []string `json:"accept,omitempty" range:"1," jsonschema:"grades of proof, the best first: computed (made up, and proved wrong by computing), onpolicy (a model's own, from rollouts), attempt (from a wrong attempt at the problem), labelled:SET (a published label says so). What is found comes before what is made up. Default: computed alone"`
	Rollouts []string `json:"rollouts,omitempty" range:"1," jsonschema:"files or globs of rollouts after gold prefixes, JSON lines or Parquet, as graft sample --prefix-steps writes them; for onpolicy"`
	Attempts []string `json:"attempts,omitempty" range:"1," jsonschema:"files or globs of further attempts at the problems of traces, of any shape that a reader knows; for attempt and labelled:SET"`
}

// A Use is one behavior in a recipe: which sites is the engine's, with is the
// plug-in's.
type Use struct {
	Use     string         `json:"use" names:"behavior" jsonschema:"name of the behavior, or the path of a file that holds one without Go, ending in .yaml"`
	Select  Select         `json:"select" jsonschema:"which sites, and how many"`
	With    jsontext.Value `json:"with,omitempty" jsonschema:"parameters of the behavior; see graft schema NAME"`
	Phrases Phrases        `json:"phrases,omitzero" jsonschema:"phrases of your own"`
}

// A Derive is one variant in a recipe: of which attempts, and whether they stay.
type Derive struct {
	Use     string         `json:"use" names:"variant" jsonschema:"name of the variant"`
	Select  Portion        `json:"select" jsonschema:"which attempts to derive from"`
	With    jsontext.Value `json:"with,omitempty" jsonschema:"parameters of the variant; see graft schema NAME"`
	Phrases Phrases        `json:"phrases,omitzero" jsonschema:"phrases of your own"`
	Keep    string         `json:"keep,omitempty" default:"source" enum:"source,replace" jsonschema:"source: the attempt's own sample stays beside what is derived from it; replace: it is left out"`
}

// A Portion says of which attempts a variant is derived.
type Portion struct {
	Per  string      `json:"per,omitempty" default:"trace" enum:"trace" jsonschema:"trace: rate is the share of attempts, kept as samples or not"`
	Rate *format.Num `json:"rate" range:"0,1" jsonschema:"share of the attempts"`
}

// Select says which sites and how many. The rate has no default: how much to
// weave in is the question a recipe is there to answer.
type Select struct {
	Per  string      `json:"per,omitempty" default:"trace" enum:"trace,site" jsonschema:"trace: rate is the share of traces that get edits; site: rate counts for each site"`
	Rate *format.Num `json:"rate" range:"0,1" jsonschema:"share of traces or of sites"`
	Max  int         `json:"max,omitempty" range:"0,1000" jsonschema:"most edits of this behavior in one trace; 0 is 1 per trace, no bound per site"`
	Gap  int         `json:"gap,omitempty" range:"0,1000" jsonschema:"source steps to leave between two edits of this behavior"`
}

// Phrases changes the phrase bank of a behavior.
type Phrases struct {
	Add     string `json:"add,omitempty" jsonschema:"an overlay: [section] gains its lines, [=section] is replaced by them"`
	Replace string `json:"replace,omitempty" jsonschema:"a whole bank in place of the behavior's own; it must have the same sections"`
}

// Render says how messages become one text.
type Render struct {
	Template string         `json:"template,omitempty" default:"chatml" jsonschema:"a built-in chat template by name (chatml, plain), or the one that a tokenizer ships with: the path of its folder, tokenizer_config.json or chat_template.jinja, relative to the recipe and with a slash in it"`
	System   string         `json:"system,omitempty" jsonschema:"system message for records that have none"`
	Vars     jsontext.Value `json:"vars,omitempty" jsonschema:"variables for the template, as {enable_thinking: false}"`
	Accept   []string       `json:"accept,omitempty" jsonschema:"what the template may do to a message: trim, reasoning, turn, text, rewrite, repeat, order, call, generation; what it leaves of an answer is then the source that is edited and proved; a conversation that loses anything else is refused"`
	AddEOS   bool           `json:"add_eos,omitempty" jsonschema:"write the tokenizer's end token where the template ends the last answer with none"`
	Date     string         `json:"date,omitempty" jsonschema:"what a template that asks for the date is told, as 2026-11-22"`
}

// Weights are loss weights by span name or glob, as exact decimals.
type Weights map[string]format.Num

// Tokenize says how text becomes ids.
type Tokenize struct {
	Tokenizer  string   `json:"tokenizer,omitempty" default:"builtin:quickstart" jsonschema:"tokenizer.json, relative to the recipe; builtin:quickstart is the one that ships with graft"`
	Add        []string `json:"add,omitempty" jsonschema:"control tokens to add to a copy of the tokenizer, which stands in the build; for behaviors that write tokens"`
	MaxTokens  int      `json:"max_tokens,omitempty" default:"2048" range:"2,16777216" jsonschema:"length of a packed sequence, and the most that one document may have"`
	OverLength string   `json:"over_length,omitempty" default:"refuse" enum:"refuse,prompt" jsonschema:"what becomes of longer documents: refuse, or prompt (kept as prompts only)"`
}

// Shards says how documents are packed and written.
type Shards struct {
	Pack       string      `json:"pack,omitempty" default:"partition" enum:"partition,global" jsonschema:"partition: best-fit decreasing inside partitions; global: over the whole corpus"`
	Partition  int         `json:"partition,omitempty" default:"65536" range:"1,16777216" jsonschema:"documents a partition, about; a power of two"`
	Validation *format.Num `json:"validation,omitempty" default:"0" range:"0,1" jsonschema:"share of problems that go to the validation split"`
}

// A LintTest is a trace written in the recipe, and what must hold of it after
// the behaviors have run. Chance is left out of it: every rate counts as 1.
type LintTest struct {
	Name   string     `json:"name,omitempty" jsonschema:"what a failure is called"`
	Trace  TestTrace  `json:"trace" jsonschema:"the trace to compile"`
	Expect TestExpect `json:"expect" jsonschema:"what must hold afterwards"`
}

// A TestTrace is a trace as a person writes it in a recipe.
type TestTrace struct {
	Prompt string   `json:"prompt" range:"1," jsonschema:"the question"`
	Steps  []string `json:"steps" range:"1," jsonschema:"the steps of the trace, one a line"`
	Answer string   `json:"answer,omitempty" jsonschema:"the reference answer; where it stands, the compiled trace must grade as the source does"`
}

// A TestExpect is what a test asks of the compiled trace.
type TestExpect struct {
	Contains []string       `json:"contains,omitempty" jsonschema:"substrings of the compiled text"`
	Absent   []string       `json:"absent,omitempty" jsonschema:"what must not stand in the compiled text"`
	Edits    map[string]int `json:"edits,omitempty" range:"0,100000" jsonschema:"number of edits by behavior"`
	Answer   string         `json:"answer,omitempty" jsonschema:"the final answer that the compiled trace must state"`
	Rejects  []string       `json:"rejects,omitempty" jsonschema:"refusal codes that must occur"`
}
