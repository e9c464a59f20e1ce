package cli

import "github.com/spf13/cobra"

const recipeFlag = "also know the behaviors that this `RECIPE` names by their files"

// withRecipe adds the behaviors that a recipe names by their files to the suite.
func (a *app) withRecipe(path string) error {
	if path == "" {
		return nil
	}
	plan, err := a.loadPlan(path)
	if err == nil {
		a.suite = plan.Suite
	}
	return err
}

// behaviorsTopic is the page of graft help behaviors; nil where this graft reads no
// behaviors from files.
func (a *app) behaviorsTopic() *cobra.Command {
	if a.suite.Manual == nil {
		return nil
	}
	return &cobra.Command{Use: "behaviors", Short: "How to write a behavior without Go", Long: a.suite.Manual()}
}
