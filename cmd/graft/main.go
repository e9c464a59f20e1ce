// Command graft compiles reasoning traces into training corpora.
package main

import (
	"github.com/seed-cdf14512/graft/behaviors"
	"github.com/seed-cdf14512/graft/cmd/cli"
)

func main() { cli.Main(behaviors.Suite) }
