package token

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestTrainNumbers trains in turn with this package and with the reference, which
// has all the threads it likes, on the same texts.
func TestTrainNumbers(t *testing.T) {
	if os.Getenv("GRAFT_NUMBERS") == "" {
		t.Skip("needs GRAFT_NUMBERS: it takes minutes")
	}
	needs(t, "tokenizers")
	texts := append(unique(gsm8k(t)), goSource(t, 8<<20)...)
	input := jsonLines(t, texts)
	for _, size := range []int{8192, 32768} {
		var ours, theirs []float64
		for range 3 {
			start := time.Now()
			got, err := Train(each(texts), Options{VocabSize: size, MinFrequency: 2})
			if err != nil {
				t.Fatal(err)
			}
			ours = append(ours, time.Since(start).Seconds())
			var out, seconds bytes.Buffer
			cmd := exec.Command(python(), filepath.Join("testdata", "parity", "train.py"), fmt.Sprint(size), "2", patterns()[1].splits[0])
			cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &out, &seconds
			if err := cmd.Run(); err != nil {
				t.Fatalf("%v\n%s", err, seconds.Bytes())
			}
			var s float64
			if _, err := fmt.Sscan(seconds.String(), &s); err != nil {
				t.Fatal(err)
			}
			theirs = append(theirs, s)
			a, err := parse(got)
			if err != nil {
				t.Fatal(err)
			}
			b, err := parse(out.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			if fmt.Sprint(a.Model.Merges) != fmt.Sprint(b.Model.Merges) {
				t.Errorf("%d tokens: other merges than the reference's", size)
			}
		}
		t.Logf("%d bytes, %d tokens: graft %.2f s, the reference %.2f s", len(input), size, ours, theirs)
	}
}
