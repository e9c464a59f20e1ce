package shard

// Version is the version of the output folder that this package writes: of the
// columns, of the pinned writer settings and of the manifest. A reader reads
// its own version and no other; history:
//
//	1  2026-11-22  the first: records, lineage, shards, prompts; manifest with
//	               Merkle root; weights by span name. Three tables more where a
//	               recipe derives variants: derived, parents, pairs.
//	2  2026-11-22  facts have was: the source text that a step renames.
//
// Raise it when the same rows would give other bytes, add a line here, and keep
// the digest of the version before it in testdata/digests.txt.
const Version = 2
