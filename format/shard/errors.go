package shard

import (
	"errors"
	"fmt"
)

// ErrCorrupt is wrapped by every error that says that the bytes of a file are
// not what a writer of this package wrote.
var ErrCorrupt = errors.New("shard: corrupt file")

// ErrVersion is wrapped by every error that says that a file was written in
// another version of the format.
var ErrVersion = errors.New("shard: unknown version")

// corrupt says of which file, and what was found there.
func corrupt(path, found string, args ...any) error {
	return fmt.Errorf("%s: %s: %w", path, fmt.Sprintf(found, args...), ErrCorrupt)
}

func wrongVersion(path, found string) error {
	return fmt.Errorf("%s: written in format version %s, this graft reads version %d: build it again from its recipe, or read it with the graft that wrote it (manifest.json, key graft): %w",
		path, found, Version, ErrVersion)
}

// rescue turns a panic of the Parquet library on hostile bytes into an error of
// ours. Nothing of this package may reach a caller as a panic.
func rescue(path string, err *error) {
	if r := recover(); r != nil {
		*err = corrupt(path, "the Parquet reader gave up on it: %v", r)
	}
}
