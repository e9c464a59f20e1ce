// Package behaviors is the list of plug-ins that graft is built with.
package behaviors

import (
	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors/backtracking"
	"github.com/seed-cdf14512/graft/behaviors/backwardchain"
	"github.com/seed-cdf14512/graft/behaviors/detourredundant"
	"github.com/seed-cdf14512/graft/behaviors/infoanalysis"
	"github.com/seed-cdf14512/graft/behaviors/metatokens"
	"github.com/seed-cdf14512/graft/behaviors/plain"
	"github.com/seed-cdf14512/graft/behaviors/reflection"
	"github.com/seed-cdf14512/graft/behaviors/reflectlocked"
	"github.com/seed-cdf14512/graft/behaviors/retry"
	"github.com/seed-cdf14512/graft/behaviors/retrymiss"
	"github.com/seed-cdf14512/graft/behaviors/retryweak"
	"github.com/seed-cdf14512/graft/behaviors/subgoalcompute"
	"github.com/seed-cdf14512/graft/behaviors/subgoalsetting"
	"github.com/seed-cdf14512/graft/behaviors/variants/attemptsstitch"
	"github.com/seed-cdf14512/graft/behaviors/variants/backtracksearch"
	"github.com/seed-cdf14512/graft/behaviors/variants/backtracktoken"
	"github.com/seed-cdf14512/graft/behaviors/variants/chainpermute"
	"github.com/seed-cdf14512/graft/behaviors/variants/dots"
	"github.com/seed-cdf14512/graft/behaviors/variants/earlysolve"
	"github.com/seed-cdf14512/graft/behaviors/variants/emptythink"
	"github.com/seed-cdf14512/graft/behaviors/variants/prefpair"
	"github.com/seed-cdf14512/graft/behaviors/variants/premisepermute"
	"github.com/seed-cdf14512/graft/behaviors/variants/restartrecord"
	"github.com/seed-cdf14512/graft/behaviors/variants/scaffold"
	"github.com/seed-cdf14512/graft/behaviors/variants/shortcut"
	"github.com/seed-cdf14512/graft/behaviors/variants/trim"
	"github.com/seed-cdf14512/graft/behaviors/variants/verdictrecord"
	"github.com/seed-cdf14512/graft/behaviors/verification"
	"github.com/seed-cdf14512/graft/behaviors/verifyanswer"
	"github.com/seed-cdf14512/graft/behaviors/wrongthenfix"
)

// Suite is every behavior, in the order in which their edits stand where they
// meet in one gap: a check belongs to the step before the gap, reaching ahead is
// given up before the next step is taken, and a wrong step must be followed at
// once by the right one.
var Suite = augment.Suite{
	Behaviors: []*augment.Behavior{
		backwardchain.Behavior,
		subgoalsetting.Behavior,
		verification.Behavior,
		verifyanswer.Behavior,
		detourredundant.Behavior,
		reflectlocked.Behavior,
		retryweak.Behavior,
		retrymiss.Behavior,
		reflection.Behavior,
		retry.Behavior,
		infoanalysis.Behavior,
		subgoalcompute.Behavior,
		wrongthenfix.Behavior,
		backtracking.Behavior,
		metatokens.Behavior,
	},
	Variants: []*augment.Variant{
		premisepermute.Variant,
		chainpermute.Variant,
		earlysolve.Variant,
		attemptsstitch.Variant,
		shortcut.Variant,
		backtracktoken.Variant,
		backtracksearch.Variant,
		restartrecord.Variant,
		prefpair.Variant,
		verdictrecord.Variant,
		scaffold.Variant,
		trim.Variant,
		dots.Variant,
		emptythink.Variant,
	},
	Open:    plain.Open,
	Schemas: plain.Schemas,
	Manual:  plain.Manual,
	Order: []augment.Constraint{
		{First: "backward_chain", Then: "subgoal_setting", Why: "what is asked is taken apart before its parts are planned"},
		{First: "backward_chain", Then: "retry", Why: "the chain opens the trace"},
		{First: "subgoal_setting", Then: "retry", Why: "the plan opens the trace"},
		{First: "detour_redundant", Then: "retry", Why: "a control token may take a start back, and then the line follows at once"},
		{First: "reflect_locked", Then: "retry", Why: "a control token may take a start back, and then the line follows at once"},
		{First: "reflection", Then: "retry", Why: "a control token may take a start back, and then the line follows at once"},
		{First: "info_analysis", Then: "subgoal_compute", Why: "a premise stands before its equation, hops stand in it"},
		{First: "retry", Then: "subgoal_compute", Why: "parts of a step lead up to it; a start on something else in between would part them"},
		{First: "retry", Then: "wrong_then_fix", Why: "a correction is followed by the right line at once, so nothing may stand between"},
		{First: "retry", Then: "backtracking", Why: "a retraction is followed by the right step at once, so nothing may stand between"},
		{First: "verification", Then: "retry", Why: "a check is about the step just taken; a start on something else in between would part them"},
		{First: "verification", Then: "verify_answer", Why: "the last step is checked by itself before the whole is held against the question"},
		{First: "verification", Then: "reflection", Why: "a check is about the step just taken; a reach ahead in between would part them"},
		{First: "verification", Then: "backtracking", Why: "a check is about the step just taken; a wrong step in between would part them"},
		{First: "verification", Then: "retry_weak", Why: "a check is about the step just taken; a start on something else in between would part them"},
		{First: "verification", Then: "retry_miss", Why: "a check is about the step just taken; a start on something else in between would part them"},
		{First: "subgoal_setting", Then: "retry_weak", Why: "the plan opens the trace"},
		{First: "subgoal_setting", Then: "retry_miss", Why: "the plan opens the trace"},
		{First: "subgoal_setting", Then: "reflection", Why: "the plan opens the trace"},
		{First: "subgoal_setting", Then: "backtracking", Why: "the plan opens the trace, and a retraction is followed by the right step at once"},
		{First: "retry_weak", Then: "backtracking", Why: "a retraction is followed by the right step at once, so nothing may stand between"},
		{First: "retry_miss", Then: "backtracking", Why: "a retraction is followed by the right step at once, so nothing may stand between"},
		{First: "subgoal_setting", Then: "subgoal_compute", Why: "a plan comes before the first thing computed"},
		{First: "verification", Then: "subgoal_compute", Why: "a check is about the step just taken; parts of the next step in between would part them"},
		{First: "retry_weak", Then: "subgoal_compute", Why: "parts of a step lead up to it; a start on something else in between would part them"},
		{First: "retry_miss", Then: "subgoal_compute", Why: "parts of a step lead up to it; a start on something else in between would part them"},
		{First: "reflection", Then: "subgoal_compute", Why: "parts of a step lead up to it; a reach ahead in between would part them"},
		{First: "verification", Then: "wrong_then_fix", Why: "a correction is followed by the right line at once, so nothing may stand between"},
		{First: "subgoal_setting", Then: "wrong_then_fix", Why: "a correction is followed by the right line at once, so nothing may stand between"},
		{First: "retry_weak", Then: "wrong_then_fix", Why: "a correction is followed by the right line at once, so nothing may stand between"},
		{First: "retry_miss", Then: "wrong_then_fix", Why: "a correction is followed by the right line at once, so nothing may stand between"},
		{First: "reflection", Then: "wrong_then_fix", Why: "a correction is followed by the right line at once, so nothing may stand between"},
		{First: "subgoal_compute", Then: "wrong_then_fix", Why: "a correction is followed by the right line at once, so nothing may stand between"},
		{First: "wrong_then_fix", Then: "backtracking", Why: "both go wrong at the same step; a correction announces the next try, a retraction the step itself"},
		{First: "subgoal_compute", Then: "backtracking", Why: "a retraction is followed by the right step at once, so nothing may stand between"},
		{First: "reflection", Then: "backtracking", Why: "a retraction is followed by the right step at once, so nothing may stand between"},
	},
}
