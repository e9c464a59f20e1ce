// Package repotest holds the tests about the repository itself: that it is
// formatted and vetted, that packages import downwards only, that generated
// files are fresh, that documents link to what exists. They are tests because
// go test ./... is the one command that everybody runs.
package repotest
