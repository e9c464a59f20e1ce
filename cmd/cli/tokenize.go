package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"github.com/seed-cdf14512/graft/format/ingest"
	"github.com/seed-cdf14512/graft/format/token"
)

func (a *app) tokenizeVerb() *cobra.Command {
	o := tokenizing{app: a}
	cmd := &cobra.Command{
		Use:   "tokenize --tokenizer FILE [FILE...]",
		Short: "Show text as a tokenizer cuts it, or encode JSON lines",
		Long: `Tokenize encodes text. Plain text is shown as the pieces that become tokens, with
their ids below; --count prints only how many. With --json the input is a JSON
line {"text": …} a text, and each gives a line {"ids": […], "offsets": [[0,3],…]},
in order; offsets are bytes of the text.

Without FILE, or for -, it reads standard input; gzip and zstd are undone. The
tokenizer is a tokenizer.json, builtin:quickstart, a rank file (cl100k_base.tiktoken
and others that are known by their contents; else say --pattern and --special
TEXT=ID), or a vocab.json together with --merges merges.txt.

Special tokens that stand in the text are plain text unless --allow-special is
given. --add-special adds what the file's post-processor puts around a text.`,
		Example: `  echo "What is 48/2?" | graft tokenize --tokenizer builtin:quickstart
  graft tokenize --tokenizer tokenizer.json --json texts.jsonl.gz > ids.jsonl
  graft tokenize --tokenizer tokenizer.json --count README.md`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	f.StringVarP(&o.file, "tokenizer", "t", "", "the tokenizer's `FILE`, required")
	f.BoolVar(&o.json, "json", false, "read and write JSON lines")
	f.BoolVar(&o.count, "count", false, "print how many tokens and bytes each file has")
	f.BoolVar(&o.allow, "allow-special", false, "special tokens in the text become control tokens")
	f.BoolVar(&o.add, "add-special", false, "add the tokens that the post-processor puts around a text")
	f.StringVar(&o.merges, "merges", "", "merges.txt `FILE`, where --tokenizer is a vocab.json")
	f.StringVar(&o.proof, "proof", "", "JSON lines {text, ids, ends} `FILE` that proves a WordPiece or Unigram tokenizer (graft built with -tags sugarme)")
	f.StringVar(&o.pattern, "pattern", "", "how text is cut, where the file does not say it: "+strings.Join(token.Patterns(), ", "))
	f.StringArrayVar(&o.specials, "special", nil, "a special token that the file does not name, `TEXT` or TEXT=ID; may be repeated")
	cmd.RegisterFlagCompletionFunc("pattern", flagNames(patterns))
	return cmd
}

// A tokenizing is one run of the verb.
type tokenizing struct {
	*app
	file, merges, pattern string
	proof                 string
	specials              []string
	json, count           bool
	allow, add            bool
	tok                   *token.Tokenizer
}

func (o *tokenizing) run(ctx context.Context, args []string) error {
	if o.file == "" {
		return usagef("tokenize wants --tokenizer FILE; builtin:quickstart is one that ships with graft")
	}
	var err error
	if o.tok, err = o.load(); err != nil {
		return err
	}
	if len(args) == 0 {
		args = []string{ingest.Stdin}
	}
	files, err := ingest.Expand(args, ".")
	if err != nil {
		return err
	}
	var all tally
	for _, path := range files {
		n := tally{Path: path}
		if o.json {
			err = o.lines(ctx, path, &n)
		} else {
			err = o.whole(path, &n)
		}
		if err != nil {
			return err
		}
		all.Texts, all.Bytes, all.Tokens = all.Texts+n.Texts, all.Bytes+n.Bytes, all.Tokens+n.Tokens
		if o.count {
			o.print(n)
		}
	}
	if all.Path = "total"; o.count && len(files) > 1 && !o.json {
		o.print(all)
	}
	return nil
}

// A tally is what --count says of a file.
type tally struct {
	Path   string `json:"path"`
	Texts  int64  `json:"texts"`
	Bytes  int64  `json:"bytes"`
	Tokens int64  `json:"tokens"`
}

func (o *tokenizing) print(n tally) {
	if !o.json {
		fmt.Fprintf(o.out, "%10d tokens %12d bytes  %s\n", n.Tokens, n.Bytes, n.Path)
		return
	}
	b, err := json.Marshal(n)
	if err != nil {
		panic(err) // four plain fields
	}
	fmt.Fprintf(o.out, "%s\n", b)
}

func (o *tokenizing) encoder() *token.Encoder {
	e := o.tok.Encoder()
	e.AllowSpecial = o.allow
	return e
}

// encode appends the tokens of one text.
func (o *tokenizing) encode(e *token.Encoder, ids, ends []int32, text string) ([]int32, []int32, error) {
	if o.add {
		ids, ends = e.AppendWithSpecials(ids, ends, text, 0)
	} else {
		ids, ends = e.Append(ids, ends, text, 0)
	}
	return ids, ends, e.Err()
}

// whole encodes a file as one text.
func (o *tokenizing) whole(path string, n *tally) error {
	s, err := ingest.Open(path, ingest.Options{Stdin: o.in})
	if err != nil {
		return err
	}
	defer s.Close()
	const most = 1<<31 - 1
	b, err := io.ReadAll(io.LimitReader(s, most+1))
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", path, err)
	case len(b) > most:
		return fmt.Errorf("%s: a text of 2 GiB or more; cut it, or write it as JSON lines", path)
	case !utf8.Valid(b):
		return fmt.Errorf("%s:%w", path, notUTF8(b))
	}
	ids, ends, err := o.encode(o.encoder(), nil, nil, string(b))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	n.Texts, n.Bytes, n.Tokens = 1, int64(len(b)), int64(len(ids))
	if !o.count {
		o.view(string(b), ids, ends)
	}
	return nil
}

// notUTF8 says where b stops being UTF-8.
func notUTF8(b []byte) error {
	line, from := 1, 0
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			return fmt.Errorf("%d:%d: byte 0x%02X is not UTF-8 (byte %d of the file)", line, i-from+1, b[i], i)
		}
		if i += size; r == '\n' {
			line, from = line+1, i
		}
	}
	return nil
}
