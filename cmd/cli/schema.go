package cli

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/train"
)

func (a *app) schemaVerb() *cobra.Command {
	var folder, recipe string
	cmd := &cobra.Command{
		Use:   "schema [NAME]",
		Short: "Print the JSON Schema of a recipe, a run file, a behavior's parameters, or an output",
		Long: `Schema prints a JSON Schema: of recipes (the default), of train and rft,
which are run files, of trace, record, manifest, graph or rollout, or of the parameters of a behavior. Editors complete and check recipes
by it when the first line of the recipe is

  # yaml-language-server: $schema=recipe.schema.json`,
		Example: "  graft schema > recipe.schema.json\n  graft schema reflection\n  graft schema --write schemas/",
		Args:    rangeArgs(0, 1, "at most one name"),
		ValidArgsFunction: a.completeNames(func() []named {
			return append([]named{{"recipe", "recipes"}, {"trace", "traces"}, {"record", "source records"}, {"manifest", "manifests of builds"}, {"graph", "graphs that graft graph extract writes"}, {"rollout", "rollouts that graft sample --prefix-steps writes"}, {"train", "run files of graft train sft"}, {"rft", "run files of graft train rft"}}, append(a.behaviors(), a.variants()...)...)
		}),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := a.withRecipe(recipe); err != nil {
				return err
			}
			all, err := a.schemas()
			if err != nil {
				return err
			}
			if folder != "" {
				return a.writeSchemas(folder, all)
			}
			name := "recipe"
			if len(args) > 0 {
				name = args[0]
			}
			text, ok := all[name]
			if b := a.suite.Find(name); b != nil && !ok {
				text, err = augment.ParamsSchema(b)
				ok = true
			}
			if v := a.suite.FindVariant(name); v != nil && !ok {
				text, err = augment.VariantSchema(v)
				ok = true
			}
			if err != nil {
				return err
			}
			if !ok {
				return usagef("there is no schema %q; there are %v and one for each of %v", name, slices.Sorted(maps.Keys(all)), namesOf(append(a.behaviors(), a.variants()...)))
			}
			_, err = a.out.Write(text)
			return err
		},
	}
	cmd.Flags().StringVar(&recipe, "recipe", "", recipeFlag)
	cmd.Flags().StringVar(&folder, "write", "", "write all schemas as `FOLDER`/NAME.schema.json instead")
	return cmd
}

// schemas are those of the compiler and those of the trainer.
func (a *app) schemas() (map[string][]byte, error) {
	all, err := augment.Schemas(a.suite)
	if err != nil {
		return nil, err
	}
	runs, err := train.Schemas()
	maps.Copy(all, runs)
	return all, err
}

func (a *app) writeSchemas(folder string, all map[string][]byte) error {
	for _, name := range slices.Sorted(maps.Keys(all)) {
		path := filepath.Join(folder, name+".schema.json")
		if err := os.WriteFile(path, all[name], 0o666); err != nil {
			return err
		}
		fmt.Fprintln(a.errs, "wrote", path)
	}
	return nil
}
