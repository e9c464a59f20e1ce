package token

import (
	"fmt"
	"strings"
)

// A pattern is a way of cutting text into pieces. The expressions are what a
// tokenizer.json says; the scanner does what they mean.
type pattern struct {
	name   string
	splits []string // of the Split pre-tokenizers, in order; none for GPT-2's, which ByteLevel brings along
	scan   scanner
	ascii  int // digits in a piece at most, if asciiWords can do the same; else 0
}

const (
	wordsHead = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|`
	wordsTail = `| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	casedHead = `[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+`
	casedNext = `|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*`
	casedTail = `| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	shortened = `(?i:'s|'t|'re|'ve|'m|'ll|'d)?`
)

// tiktoken's spelling of cl100k takes white space at the end of the text whole.
// It is written here for the reference's engine, which reads tiktoken's own spelling otherwise:
// there {1,3}+ repeats, and $ also stands before a line end.
const cl100kTail = `| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+\z|\s*[\r\n]+|\s+(?!\S)|\s+`

// patterns returns every known way of cutting.
func patterns() []pattern {
	return []pattern{
		{"gpt2", nil, scanGPT2, 0},
		{"qwen2", []string{wordsHead + `\p{N}` + wordsTail}, scanQwen2, 1},
		{"llama3", []string{wordsHead + `\p{N}{1,3}` + wordsTail}, scanLlama3, 3},
		{"cl100k", []string{wordsHead + `\p{N}{1,3}` + cl100kTail}, scanCL100K, 3},
		{"tekken", []string{casedHead + casedNext + `|\p{N}` + casedTail}, scanTekken, 0},
		{"o200k", []string{casedHead + shortened + casedNext + shortened + `|\p{N}{1,3}` + casedTail}, scanO200k, 0},
		{"deepseek3", []string{
			`\p{N}{1,3}`,
			"[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+",
			"[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+",
		}, scanDeepSeek, 0},
	}
}

func findPattern(name string) (pattern, error) {
	for _, p := range patterns() {
		if p.name == name {
			return p, nil
		}
	}
	return pattern{}, fmt.Errorf("pattern %q is not known; known are %s", name, strings.Join(Patterns(), ", "))
}

// Patterns lists the names that [Options.Pattern] takes.
func Patterns() []string {
	var names []string
	for _, p := range patterns() {
		names = append(names, p.name)
	}
	return names
}
