// Package ingest reads other people's reasoning traces.
//
// A source passes four stations, each of which can say no with a reason:
//
//	file --Open--> bytes --Frames--> frames --Parse--> items --Decode--> records
//
// Open undoes gzip and zstd, which it knows by their magic bytes. Frames cuts
// the byte stream into frames, one JSON text a record, and does as little as
// it can, because it runs serially; the containers it knows are a table
// (JSONL, JSON, CSV, Parquet, a text log, plain text). Parse is strict JSON:
// it refuses duplicate keys, invalid UTF-8, lone surrogates and trailing
// data, and writes the canonical form, whose SHA-256 is the record's identity.
// Decode gives the canonical record to a reader, a row of the table Readers,
// and numbers the steps of what comes back.
//
// Parse and Decode keep no state and may run on any number of goroutines.
// For every file, frames = records + rejections: a frame that is refused
// anywhere comes back as a *SyntaxError or a *Rejection with a stable reason.
package ingest
