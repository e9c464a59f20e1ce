package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"github.com/seed-cdf14512/graft/augment"
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
	f.StringVar(&o.pattern, "pattern", "", "how text is cut, where the file does not say it: "+strings.Join(token.Patterns(), ", "))
	f.StringArrayVar(&o.specials, "special", nil, "a special token that the file does not name, `TEXT` or TEXT=ID; may be repeated")
	cmd.RegisterFlagCompletionFunc("pattern", flagNames(patterns))
	return cmd
}

// A tokenizing is one run of the verb.
type tokenizing struct {
	*app
	file, merges, pattern string
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

// load reads the tokenizer, whatever kind of file it is.
func (o *tokenizing) load() (*token.Tokenizer, error) {
	b, err := augment.ReadTokenizer(o.file, ".")
	if err != nil {
		return nil, err
	}
	var t *token.Tokenizer
	switch {
	case o.merges != "":
		var merges []byte
		if merges, err = os.ReadFile(o.merges); err != nil {
			return nil, err
		}
		if b, err = token.FromMerges(b, merges, o.pattern, o.specials); err == nil {
			t, err = token.Load(b)
		}
	case o.pattern != "" || len(o.specials) > 0:
		r := token.Ranks{Pattern: o.pattern, Specials: map[string]int32{}}
		for _, s := range o.specials {
			at := strings.LastIndexByte(s, '=')
			id, bad := strconv.ParseInt(s[at+1:], 10, 32)
			if at < 0 || bad != nil {
				return nil, usagef("--special %q: a rank file needs TEXT=ID", s)
			}
			r.Specials[s[:at]] = int32(id)
		}
		t, err = token.LoadRanks(b, r)
	default:
		t, err = token.LoadAny(b)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.file, err)
	}
	return t, nil
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

// A batch of lines is encoded by several goroutines and written in order.
const (
	batchLines = 1024
	batchBytes = 4 << 20
)

type tokenLineIn struct {
	frame ingest.Frame
	out   []byte
	bytes int
	n     int
	err   error
}

// lines encodes the JSON lines of a file. What stands before a line that is
// wrong is written.
func (o *tokenizing) lines(ctx context.Context, path string, n *tally) error {
	options := ingest.Options{Container: "jsonl", Stdin: o.in}
	encoders := make([]*token.Encoder, runtime.GOMAXPROCS(0))
	for i := range encoders {
		encoders[i] = o.encoder()
	}
	var batch []tokenLineIn
	held := 0
	flush := func() error {
		err := o.batch(encoders, batch, path, options, n)
		batch, held = batch[:0], 0
		return err
	}
	err := ingest.Frames(ctx, path, options, func(f ingest.Frame) error {
		batch = append(batch, tokenLineIn{frame: f})
		if held += len(f.Raw); len(batch) < batchLines && held < batchBytes {
			return nil
		}
		return flush()
	})
	return errors.Join(flush(), err)
}

func (o *tokenizing) batch(encoders []*token.Encoder, batch []tokenLineIn, path string, options ingest.Options, n *tally) error {
	var wg sync.WaitGroup
	var next atomic.Int64
	for _, e := range encoders {
		wg.Go(func() {
			var ids, ends []int32
			for i := int(next.Add(1)) - 1; i < len(batch); i = int(next.Add(1)) - 1 {
				l := &batch[i]
				text, err := textOf(path, options, l.frame)
				if err == nil {
					if ids, ends, err = o.encode(e, ids[:0], ends[:0], text); err != nil {
						err = fmt.Errorf("%s:%d: %w", path, l.frame.Line, err)
					}
				}
				if l.err, l.bytes, l.n = err, len(text), len(ids); err == nil && !o.count {
					l.out = appendTokens(nil, ids, ends)
				}
			}
		})
	}
	wg.Wait()
	var all bytes.Buffer
	var err error
	for i := range batch {
		if err = batch[i].err; err != nil {
			break
		}
		n.Texts, n.Bytes, n.Tokens = n.Texts+1, n.Bytes+int64(batch[i].bytes), n.Tokens+int64(batch[i].n)
		all.Write(batch[i].out)
	}
	if _, bad := o.out.Write(all.Bytes()); bad != nil {
		return bad
	}
	return err
}

// textOf decodes {"text": …}, strictly.
func textOf(path string, o ingest.Options, f ingest.Frame) (string, error) {
	if f.Err != nil {
		return "", f.Err
	}
	var line struct {
		Text *string `json:"text"`
	}
	err := json.Unmarshal(f.Raw, &line, json.RejectUnknownMembers(true))
	if err == nil && line.Text != nil {
		return *line.Text, nil
	}
	if _, err := o.Parse(path, f); err != nil {
		return "", err // it says at which byte
	}
	return "", fmt.Errorf("%s:%d:1: %.60q is not {\"text\": …} with a string and nothing else", path, f.Line, f.Raw)
}

func appendTokens(b []byte, ids, ends []int32) []byte {
	b = append(b, `{"ids":[`...)
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(id), 10)
	}
	b = append(b, `],"offsets":[`...)
	at := int32(0)
	for i, end := range ends {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(append(b, '['), int64(at), 10)
		b = strconv.AppendInt(append(b, ','), int64(end), 10)
		b = append(b, ']')
		at = end
	}
	return append(b, "]}\n"...)
}
