// Package shard is how a build lies on disk: tables in Parquet, a manifest with
// the build id, and the packing of documents into rows.
//
//	out/
//	  records/part-00000.parquet       a row a compiled record: text, spans, edits
//	  shards/train-00000.parquet       a row a packed sequence of whole documents
//	  shards/validation-00000.parquet
//	  prompts/part-00000.parquet       a row a problem to sample answers to (RFT)
//	  derived/part-00000.parquet       a row a derived record, prompt or pair: its segments
//	  parents/part-00000.parquet       what they were derived from
//	  pairs/part-00000.parquet         a better and a worse way on from one prompt (DPO)
//	  lineage/part-00000.parquet       where records came from
//	  rejects.jsonl stats.json README.md
//	  manifest.json                    written last; without it this is no build
//
// Files are numbered; which record goes into which file is the pipeline's
// choice, but a shards file holds rows of one split, the one in its name. Every
// row of records/ is packed exactly once, into its split. Any Parquet reader
// reads the tables as they are. All columns are required: what is missing is an
// empty string, list or 0. Offsets are bytes of UTF-8, int64, from 0, first
// inclusive and last exclusive.
//
// # records
//
//	record_id      string            identity of the record
//	parent_id      string            the record that a variant was derived from
//	problem_id     string            the split key
//	variant        string            name of the variant, empty for none
//	text           string            the rendered conversation
//	messages       list<struct>      role, start, end
//	spans          list<struct>      start, end, name, edit, origin, src_start,
//	                                 src_end; they tile text
//	controls       list<struct>      start, end of control tokens, encoded by id
//	edits          list<struct>      id (1, 2, …: the place in the list), behavior,
//	                                 version, params (JSON), phrases list<string>,
//	                                 step, after, parent, proof {grade, detail},
//	                                 facts list<struct {kind, node, refs, was}>
//	answer, checker, grade, split    string
//	n_tokens       int32             tokens of the document in shards/
//	source_sha256  string            SHA-256, hex, of the source text of the last
//	                                 message: what its spans of origin "source",
//	                                 joined, must give
//
// The origin of a span is source, template, graft or model. Spans of one edit
// carry its id; where edit is 0, graft wrote nothing.
//
// # shards
//
//	input_ids      list<int32>       the tokens of the row
//	seq_lengths    list<int32>       tokens of each document; they tile the row
//	record_id      list<string>      the record of each document
//	span_end       list<int32>       token after each span, counted in the row;
//	                                 spans tile the row and cross no document
//	span_name      list<int32>       index into span_names of the manifest
//	span_edit      list<int32>       id of the edit within its record, 0 for none
//
// Span k of a document is span k of its record. A token belongs to the span in
// which its last byte stands, so that a span may have no tokens: its span_end
// then equals the one before it. The first span of a document always has some;
// so the spans of a document that fills tokens first to end are those with
// first < span_end <= end. Labels, positions and attention masks follow from
// these columns and are not stored.
//
// # prompts
//
//	prompt_id, problem_id            string
//	messages       list<struct>      role, content
//	prompt_ids     list<int32>       the prompt as the model gets it
//	ground_truth, checker, params    string: the answer, who grades it, with what
//	data_source    string
//	pass_k, pass_n int32             right answers among those sampled; 0 of 0
//	                                 where nobody has tried
//
// # derived
//
// What variants made stands in records/ (parent_id, variant), prompts/ or pairs/
// by its form; here stands what it was made of. Rows of all tables are in the
// order of source records.
//
//	derived_id     string            record_id, prompt_id or pair_id
//	record_id      string            the source record
//	form, variant, params            string
//	version        int32
//	phrases        list<string>
//	parents        list<string>      attempts; it grades as the first does
//	tiles          list<struct>      field (question, answer, chosen, rejected),
//	                                 start, end in the field; parent, part
//	                                 (question, source, compiled,
//	                                 rectified), src_start,
//	                                 src_end: the same bytes there; kind of what
//	                                 is stamped (parent is empty); wrong
//	truncated, same_length           bool
//	truth, checker, class            string
//	notes          list<struct>      name, value
//	proof          struct            grade, detail
//
// # parents
//
//	parent_id      string            source record, or compiled record
//	kind           string            source or compiled
//	reader         string            name of the reader, or its mapping as JSON
//	body           string            source: the canonical source record, whose
//	                                 SHA-256 begins with parent_id; compiled: its
//	                                 row of records/ as JSON
//
// # pairs
//
//	pair_id, problem_id, variant, split  string
//	messages       list<struct>      role, content; the last may be how the answer begins
//	prompt         string            the same, rendered
//	chosen, rejected                 string
//
// # lineage
//
//	record_id      string            variants share the lineage of their parent_id
//	file           string
//	line           int64             from 1; row number for Parquet sources
//	start, end     int64             bytes in the decompressed file; start is -1
//	                                 where bytes mean nothing
//	digest         string            SHA-256, hex, of the canonical source record
//
// # Bytes
//
// The bytes of a file follow from its rows. Pinned are: zstd at its fastest
// level; data pages of version 2, cut after the row that reaches 256 KiB; row
// groups of 1,000 rows (records, prompts), 16,384 (lineage) and 16 (shards, where
// rows are read at random), or 4 MiB; created_by; no statistics in headers, and
// bounds for short top-level columns only. Metadata keys graft.format and
// graft.table carry version and table; version.go has the history.
//
// # Manifest
//
// [Manifest] has the keys, [Manifest.Root] the build id. [Verify] compares a
// folder with its manifest, [Audit] reads the rows and proves what they promise,
// [Join] walks two builds side by side. [Weights] stand outside the digests.
//
// [Pack] fills rows.
package shard
