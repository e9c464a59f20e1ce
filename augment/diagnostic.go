package augment

import "github.com/seed-cdf14512/graft/format/strict"

// A Diagnostic is one thing that is wrong with a recipe; Diagnostics are all of
// them. Their kinds are those of package strict, and these.
type (
	Diagnostic  = strict.Diagnostic
	Diagnostics = strict.Diagnostics
)

// What only a recipe can have wrong.
const (
	AgainstOrder strict.DiagnosticKind = "against_order" // lists behaviors against the suite's order
	TestFailed   strict.DiagnosticKind = "test_failed"   // one of the recipe's own tests
)
