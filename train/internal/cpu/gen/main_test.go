package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// What is checked in is what the generator writes, and every function of it is declared.
func TestAssemblyIsFresh(t *testing.T) {
	stubs, err := os.ReadFile("../stubs_amd64.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range outputs {
		want := append(generate(o.write), '\n')
		got, err := os.ReadFile("../" + o.name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is stale: run go generate ./train/internal/cpu", o.name)
		}
		for line := range strings.Lines(string(want)) {
			if name, ok := strings.CutPrefix(line, "// func "); ok {
				name, _, _ = strings.Cut(name, "(")
				if !strings.Contains(string(stubs), "func "+name+"(") {
					t.Errorf("%s is not declared in stubs_amd64.go", name)
				}
			}
		}
	}
}
