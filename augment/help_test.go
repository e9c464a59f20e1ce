package augment_test

import (
	"fmt"
	"testing"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors"
)

var sprintf = fmt.Sprintf

func parse(tb testing.TB, recipe string) *augment.Plan {
	tb.Helper()
	plan, ds, err := augment.Parse("test.yaml", []byte(recipe), ".", behaviors.Suite)
	if err != nil || plan == nil {
		tb.Fatal(err, ds)
	}
	return plan
}
