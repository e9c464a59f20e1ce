// Package example has a corpus that go generate makes: traces and recipe lie
// beside it, the compiled corpus is checked in, and a change to any of them is
// reviewed as a change of code is.
//
//	go generate ./testdata/example
//
// Run twice, it changes no byte. A test in package augment runs the directive
// below in a temporary folder and compares.
package example

import "embed"

//go:generate go run ../../cmd/graft build corpus.yaml -o corpus

// Corpus is the compiled corpus: records, shards and manifest.
//
//go:embed corpus/*
var Corpus embed.FS
