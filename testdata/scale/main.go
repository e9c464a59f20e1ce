// Scale writes as much input as one asks for: GSM8K-like records with their
// numbers and names changed, so that hardly two are alike and no cache helps.
//
//	go run ./testdata/scale -bytes 10GB -seed 1 train.jsonl.gz > big.jsonl
//
// A changed record is as sound as the one it was made from: the numbers of its
// question are drawn anew, and every calculator mark of its answer is computed
// again with exact arithmetic. The same seed writes the same bytes.
package main

import (
	"bufio"
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
)

func main() {
	size := flag.String("bytes", "100MB", "how much to write: a number with KB, MB or GB")
	seed := flag.Uint64("seed", 1, "the one source of chance")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: scale [-bytes 10GB] [-seed 1] train.jsonl[.gz] > big.jsonl")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(flag.Arg(0), *size, *seed, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

func run(path, size string, seed uint64, out, said io.Writer) error {
	most, err := parseSize(size)
	if err != nil {
		return err
	}
	molds, err := readMolds(path)
	if err != nil {
		return err
	}
	c := caster{rand: rand.New(rand.NewPCG(seed, 0x5ca1e))}
	w := bufio.NewWriterSize(out, 1<<20)
	var written, records, kept int64
	for written < most {
		m := &molds[c.rand.IntN(len(molds))]
		line, changed := c.cast(m)
		if !changed && m.names == 0 {
			continue // nothing about it is new
		}
		n, err := w.Write(line)
		if err != nil {
			return err
		}
		written += int64(n)
		records++
		if !changed {
			kept++
		}
	}
	fmt.Fprintf(said, "%d records, %d bytes; %d of them with new names only\n", records, written, kept)
	return w.Flush()
}

func parseSize(s string) (int64, error) {
	units := []struct {
		suffix string
		bytes  int64
	}{{"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}, {"", 1}}
	for _, u := range units {
		if number, ok := strings.CutSuffix(s, u.suffix); ok {
			n, err := strconv.ParseInt(number, 10, 64)
			if err != nil || n < 1 {
				return 0, fmt.Errorf("-bytes %s: want a number with KB, MB or GB", s)
			}
			return n * u.bytes, nil
		}
	}
	return 0, nil
}

func readMolds(path string) ([]mold, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in := bufio.NewReader(f)
	if magic, _ := in.Peek(2); string(magic) == "\x1f\x8b" {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		in = bufio.NewReader(z)
	}
	var molds []mold
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if len(line) > 0 {
			var r struct {
				Question string `json:"question"`
				Answer   string `json:"answer"`
			}
			if err := json.Unmarshal(line, &r); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", path, n, err)
			}
			molds = append(molds, newMold(r.Question, r.Answer))
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	if len(molds) == 0 {
		return nil, fmt.Errorf("%s holds no record", path)
	}
	return molds, nil
}
