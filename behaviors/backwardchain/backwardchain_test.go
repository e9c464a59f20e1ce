package backwardchain

import (
	"testing"

	"github.com/seed-cdf14512/graft/augment/augmenttest"
)

func TestGoldens(t *testing.T) { augmenttest.Run(t, Behavior) }
