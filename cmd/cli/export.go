package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-cdf14512/graft/format/shard/export"
)

func (a *app) exportVerb() *cobra.Command {
	var to, out string
	var o export.Options
	var asJSON bool
	var docs strings.Builder
	for _, f := range export.Formats {
		fmt.Fprintf(&docs, "\n\n%s: %s", f.Name, f.Doc)
	}
	cmd := &cobra.Command{
		Use:   "export FOLDER --to FORMAT -o FOLDER",
		Short: "Write a build in another trainer's format",
		Long: `Export writes a finished build in a foreign format, into a new or empty folder.
What the format cannot say is an error, or with --lossy is said as nearly as the
format allows, and noted.` + docs.String(),
		Example: "  graft export out --to trl -o trl\n  graft export out --to openai --lossy -o openai",
		Args:    exactArgs(1, "one folder of a build"),
		RunE: func(_ *cobra.Command, args []string) error {
			if to == "" || out == "" {
				return usagef("export wants --to FORMAT and -o FOLDER; the formats are %s", strings.Join(namesOf(exporters()), ", "))
			}
			f, err := export.Find(to)
			if err != nil {
				return usagef("%v", err)
			}
			r, err := f.Write(args[0], out, o)
			if err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(r)
			}
			for _, file := range r.Files {
				fmt.Fprintf(a.out, "%s  %s rows, %s bytes\n", file.Path, num(file.Rows), num(file.Bytes))
			}
			for _, note := range r.Notes {
				fmt.Fprintf(a.out, "note: %s\n", note)
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&to, "to", "", "`FORMAT` to write: "+strings.Join(namesOf(exporters()), ", "))
	f.StringVarP(&out, "out", "o", "", "`FOLDER` to write")
	f.BoolVar(&o.Lossy, "lossy", false, "write what the format cannot say as nearly as it can, and note it")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RegisterFlagCompletionFunc("to", flagNames(exporters))
	return cmd
}
