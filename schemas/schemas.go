// Package schemas holds the JSON Schemas of what graft reads and writes. They
// are generated from the Go types by go generate, and a test fails when they
// are stale.
package schemas

import "embed"

//go:generate go run ../cmd/graft schema --write .

// Files are the schemas, by the name NAME.schema.json.
//
//go:embed *.schema.json
var Files embed.FS
