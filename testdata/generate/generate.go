// Package generate is an example of a corpus that is built like code: its
// recipe and traces are reviewed, and go generate compiles them.
package generate

//go:generate go run github.com/seed-cdf14512/graft/cmd/graft build recipe.yaml -o corpus
