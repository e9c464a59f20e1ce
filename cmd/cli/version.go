package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// Version is what graft calls itself in manifests and in graft version. It is a
// constant of the source, never a stamp of the version control: two checkouts
// of the same code must build the same bytes.
const Version = "0.1.0"

func (a *app) versionVerb() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Long:    "Version prints the version of graft, of Go, and of the behaviors it was built with.",
		Example: "  graft version\n  graft version --json",
		Args:    exactArgs(0, "no argument"),
		RunE: func(*cobra.Command, []string) error {
			behaviors := map[string]int{}
			for _, b := range a.suite.Behaviors {
				behaviors[b.Name] = b.Version
			}
			if asJSON {
				return a.printJSON(map[string]any{"graft": Version, "go": runtime.Version(), "behaviors": behaviors})
			}
			fmt.Fprintf(a.out, "graft %s, %s, %s/%s", Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			if info, ok := debug.ReadBuildInfo(); ok {
				for _, s := range info.Settings {
					if s.Key == "vcs.revision" {
						fmt.Fprintf(a.out, ", revision %.12s", s.Value)
					}
				}
			}
			fmt.Fprintln(a.out)
			for _, b := range a.suite.Behaviors {
				fmt.Fprintf(a.out, "  %s v%d\n", b.Name, b.Version)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
