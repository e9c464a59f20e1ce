package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// sub runs a verb as a user would type it, and prints it first.
func (a *app) sub(ctx context.Context, args ...string) error {
	if a.color != "auto" && a.color != "" {
		args = append(args, "--color", a.color)
	}
	fmt.Fprintf(a.errs, "\n$ %s\n", commandLine(args...))
	inner := &app{suite: a.suite, in: a.in, out: a.out, errs: a.errs, inner: true}
	root := inner.root()
	root.SetArgs(args)
	root.SetOut(a.out)
	root.SetErr(a.errs)
	return root.ExecuteContext(ctx)
}

// commandLine is what a user types into a shell to run a verb of this program.
func commandLine(args ...string) string {
	words := []string{programName(os.Args[0])}
	for _, arg := range args {
		words = append(words, quoted(arg))
	}
	return strings.Join(words, " ")
}

// programName is how this program was called. What go run has built is gone when
// it ends, so there it is the go command.
func programName(arg string) string {
	if strings.Contains(filepath.ToSlash(arg), "/go-build") {
		return "go run ./cmd/graft"
	}
	return quoted(arg)
}

// quoted is a word as a POSIX shell reads it back.
func quoted(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./,:=@%+", r)
	}
	if word != "" && strings.TrimLeftFunc(word, plain) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
