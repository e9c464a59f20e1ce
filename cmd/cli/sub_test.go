package cli

import (
	"os/exec"
	"testing"
)

// A printed command line is what a shell hands to the program again.
func TestQuotedWordsSurviveAShell(t *testing.T) {
	for _, word := range []string{"", "plain", "a b", "it's", "$HOME", "*", "a\nb", "--k=1,4", `back\slash`, "~", "é"} {
		got, err := exec.Command("sh", "-c", "printf %s "+quoted(word)).Output()
		if err != nil || string(got) != word {
			t.Errorf("%q is printed as %s, which a shell reads as %q (%v)", word, quoted(word), got, err)
		}
	}
}

// The program is called as the user called it; what go run built is gone afterwards.
func TestProgramName(t *testing.T) {
	for arg, want := range map[string]string{
		"graft": "graft", "./graft": "./graft", "/opt/my tools/graft": "'/opt/my tools/graft'",
		"/tmp/go-build123/b001/exe/graft": "go run ./cmd/graft", "/var/cache/go-build/ab/graft-d/graft": "go run ./cmd/graft",
	} {
		if got := programName(arg); got != want {
			t.Errorf("called as %s: %s, want %s", arg, got, want)
		}
	}
}
