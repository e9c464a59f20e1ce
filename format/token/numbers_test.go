package token

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"go/build"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"
)

// A measured is one run over a corpus. Times are seconds, CPU of all threads.
type measured struct {
	Bytes, Docs, Tokens int64
	Wall, CPU           float64
	Mallocs             float64 // a document
	SHA256              string  // of all ids
}

func (m measured) perCPU() float64  { return float64(m.Bytes) / 1e6 / m.CPU }
func (m measured) perWall() float64 { return float64(m.Bytes) / 1e6 / m.Wall }

// TestNumbers measures this package, the reference, tiktoken and gigatoken side by side,
// and prints a table of Markdown:
//
//	GRAFT_NUMBERS=1 GRAFT_PYTHON=… GRAFT_TOKENIZERS=… go test -count=1 -timeout 30m -v -run TestNumbers$ ./format/token
//
// Every pass is over distinct documents with a cache that has seen none of
// them. A process measures itself after loading. Ratios of CPU time hold on a busy machine, wall times do not.
// What is promised is checked by CPU time: 20 MB/s and 12 times the reference on one core, one
// allocation a document, 2 MB/s of a word of 100,000 letters.
func TestNumbers(t *testing.T) {
	if os.Getenv("GRAFT_NUMBERS") == "" {
		t.Skip("needs GRAFT_NUMBERS: it takes minutes")
	}
	table := numbersTable{t: t}
	table.row("text", "vocabulary", "encoder", "threads", "MB/s of CPU", "MB/s of wall", "graft by CPU", "graft by wall", "ids")
	table.row("---", "---", "---", "--:", "--:", "--:", "--:", "--:", "---")
	for _, corpus := range []struct {
		name  string
		texts []string
	}{{"GSM8K", unique(gsm8k(t))}, {"Go source", goSource(t, 8<<20)}} {
		path := filepath.Join(t.TempDir(), "texts.jsonl")
		if err := os.WriteFile(path, jsonLines(t, corpus.texts), 0o666); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"qwen2_5", "llama3_2"} {
			table.compare(corpus.name, name, path)
		}
		if corpus.name == "GSM8K" {
			for _, name := range vocabularies {
				if name != "qwen2_5" && name != "llama3_2" {
					table.beside(corpus.name, name, path)
				}
			}
		}
	}
	t.Logf("one table:\n%s", table.b.String())
	for _, name := range vocabularies {
		tok := published(t, name)
		for _, kind := range []string{"a", "abcdefghijklm", "qzjxkvwpyf"} {
			word := strings.Repeat(kind, 100_000/len(kind))
			e := tok.Encoder()
			e.Append(nil, nil, word, 0)
			mb := float64(len(word)) / 1e6 / fastest(e, word, nil, nil).Seconds()
			t.Logf("%s, a word of 100,000 letters (%s…): %.1f MB/s of CPU", name, kind, mb)
			if mb < 2 {
				t.Errorf("%s: %.1f MB/s of a long word; 2 are promised", name, mb)
			}
		}
	}
}

// A numbersTable is a table of Markdown on its way.
type numbersTable struct {
	t *testing.T
	b strings.Builder
}

func (n *numbersTable) row(cells ...string) {
	fmt.Fprintf(&n.b, "| %s |\n", strings.Join(cells, " | "))
}

// ours is a row of graft, peer one of another with the ratios.
func (n *numbersTable) ours(text, name, who, threads string, m measured) {
	n.row(text, name, who, threads, fmt.Sprintf("%.1f", m.perCPU()), fmt.Sprintf("%.1f", m.perWall()), "", "", "")
}

func (n *numbersTable) peer(text, name, who string, threads int, m, graft measured) {
	ids := "others"
	if m.SHA256 == graft.SHA256 {
		ids = "same"
	}
	n.row(text, name, who, fmt.Sprint(threads), fmt.Sprintf("%.1f", m.perCPU()), fmt.Sprintf("%.1f", m.perWall()),
		fmt.Sprintf("%.1fx", graft.perCPU()/m.perCPU()), fmt.Sprintf("%.1fx", graft.perWall()/m.perWall()), ids)
}

// compare measures everybody with one vocabulary on one text.
func (n *numbersTable) compare(text, name, path string) {
	t := n.t
	published(t, name)
	file := filepath.Join(os.Getenv("GRAFT_TOKENIZERS"), name, "tokenizer.json")
	one, two, apart := work(t, file, path, 1), work(t, file, path, 2), apart(t, file, path)
	t.Logf("%s, %s: %d documents, %.1f MB, %d tokens; %.2f allocations a document; 2 workers are %.2f of 2 processes by wall, %.2f by CPU",
		text, name, one.Docs, float64(one.Bytes)/1e6, one.Tokens, one.Mallocs, two.perWall()/apart.perWall(), two.perCPU()/apart.perCPU())
	n.ours(text, name, "graft, ids and byte offsets", "1", one)
	n.ours(text, name, "graft", "2", two)
	n.ours(text, name, "graft, two processes", "2", apart)
	if one.Mallocs > 1 || one.perCPU() < 20 || two.perCPU() < 0.85*apart.perCPU() {
		t.Errorf("%s, %s: short of 20 MB/s, of one allocation a document, or of 0.85 of two processes", text, name)
	}
	for _, peer := range []string{"hf", "tiktoken", "gigatoken"} {
		for threads, ours := range []measured{1: one, 2: two} {
			if threads == 0 {
				continue
			}
			for pass, m := range peerNumbers(t, peer, threads, file, path) {
				who := map[string]string{"hf": "HF tokenizers, ids and offsets", "tiktoken": "tiktoken, ids", "gigatoken": "gigatoken, ids"}[peer]
				if pass > 0 {
					who += ", texts seen before"
				}
				n.peer(text, name, who, threads, m, ours)
				if peer == "hf" {
					n.check(text, name, m, ours)
				}
			}
		}
	}
}

// beside measures one core of graft and of the reference.
func (n *numbersTable) beside(text, name, path string) {
	published(n.t, name)
	file := filepath.Join(os.Getenv("GRAFT_TOKENIZERS"), name, "tokenizer.json")
	one := work(n.t, file, path, 1)
	n.ours(text, name, "graft, ids and byte offsets", "1", one)
	for _, m := range peerNumbers(n.t, "hf", 1, file, path) {
		n.peer(text, name, "HF tokenizers, ids and offsets", 1, m, one)
	}
}

// check holds graft to what is promised beside the reference. (tiktoken does not
// normalize, so Qwen's ids of text that is not in form C are others there.)
func (n *numbersTable) check(text, name string, reference, graft measured) {
	if reference.SHA256 != graft.SHA256 {
		n.t.Errorf("%s on %s: other ids than the reference", name, text)
	}
	if graft.perCPU() < 12*reference.perCPU() {
		n.t.Errorf("%s on %s: %.1f times the reference; 12 are promised", name, text, graft.perCPU()/reference.perCPU())
	}
}

// peerNumbers measures a peer in a process of its own: the passes that it makes.
// hf gives ids and offsets, the others ids. The first pass of gigatoken is that of a fresh process; in
// the second its cache has seen every text, as ours never has here.
func peerNumbers(t *testing.T, peer string, threads int, file, texts string) (passes []measured) {
	t.Helper()
	interpreter, module := python(), map[string]string{"hf": "tokenizers"}[peer]
	if peer == "gigatoken" {
		interpreter = cmp.Or(os.Getenv("GRAFT_GIGATOKEN"), interpreter)
	}
	if err := exec.Command(interpreter, "-c", "import "+cmp.Or(module, peer)).Run(); err != nil {
		t.Logf("  %s is left out: needs PyPI %s (testdata/parity/README.md)", peer, cmp.Or(module, peer))
		return nil
	}
	cmd := exec.Command(interpreter, filepath.Join("testdata", "parity", "numbers.py"), peer, fmt.Sprint(threads), file, texts)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", peer, err)
	}
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var m measured
		if err := d.Decode(&m); err != nil {
			t.Fatalf("%s: %v: %s", peer, err, out)
		}
		passes = append(passes, m)
	}
	return passes
}

func unique(texts []string) []string {
	slices.Sort(texts)
	return slices.Compact(texts)
}

// goSource reads files of the Go distribution, some megabytes of them.
func goSource(t testing.TB, most int) []string {
	var texts []string
	size := 0
	err := filepath.WalkDir(filepath.Join(build.Default.GOROOT, "src"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || size > most {
			return err
		}
		b, err := os.ReadFile(path)
		if err == nil && utf8.Valid(b) && len(b) < 1<<20 {
			texts, size = append(texts, string(b)), size+len(b)
		}
		return err
	})
	if err != nil || size < most {
		t.Skipf("needs GOROOT/src: %v", err)
	}
	return unique(texts)
}

const rounds = 5

// work runs a process that encodes with n workers and returns the best of some rounds.
func work(t *testing.T, file, texts string, n int) measured {
	t.Helper()
	w := startWorker(t, file, texts, n, 0, 1)
	best := measured{CPU: 1e9, Wall: 1e9}
	for range rounds {
		m := w.round(t)
		best.CPU, best.Wall = min(best.CPU, m.CPU), min(best.Wall, m.Wall)
		best.Bytes, best.Docs, best.Tokens, best.Mallocs, best.SHA256 = m.Bytes, m.Docs, m.Tokens, m.Mallocs, m.SHA256
	}
	w.stop(t)
	return best
}

// apart has two processes encode one half each at the same time.
func apart(t *testing.T, file, texts string) measured {
	t.Helper()
	a, b := startWorker(t, file, texts, 1, 0, 2), startWorker(t, file, texts, 1, 1, 2)
	best := measured{CPU: 1e9, Wall: 1e9}
	for range rounds {
		var m, n measured
		var wg sync.WaitGroup
		wg.Go(func() { m = a.round(t) })
		wg.Go(func() { n = b.round(t) })
		wg.Wait()
		best.Bytes = m.Bytes + n.Bytes
		best.CPU, best.Wall = min(best.CPU, m.CPU+n.CPU), min(best.Wall, max(m.Wall, n.Wall))
	}
	a.stop(t)
	b.stop(t)
	return best
}

// A workerProcess runs this test binary as TestNumbersWorker.
type workerProcess struct {
	cmd *exec.Cmd
	in  *os.File
	out *bufio.Reader
}

func startWorker(t *testing.T, file, texts string, workers, part, parts int) *workerProcess {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run", "^TestNumbersWorker$")
	cmd.Env = append(os.Environ(), fmt.Sprintf("GRAFT_NUMBERS_WORKER=%d %d %d", workers, part, parts), "GRAFT_NUMBERS_FILE="+file, "GRAFT_NUMBERS_TEXTS="+texts)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdin, cmd.Stderr = r, os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	p := &workerProcess{cmd, w, bufio.NewReader(out)}
	p.round(t) // loads everything, and warms up what is no cache of ours
	return p
}

func (p *workerProcess) round(t *testing.T) (m measured) {
	fmt.Fprintln(p.in, "go")
	line, err := p.out.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &m)
	}
	if err != nil {
		t.Errorf("worker: %v: %s", err, line)
	}
	return m
}

func (p *workerProcess) stop(t *testing.T) {
	p.in.Close()
	p.cmd.Wait()
}

// TestNumbersWorker is a process of TestNumbers.
func TestNumbersWorker(t *testing.T) {
	var workers, part, parts int
	if n, _ := fmt.Sscan(os.Getenv("GRAFT_NUMBERS_WORKER"), &workers, &part, &parts); n != 3 {
		t.Skip("needs TestNumbers: this is a process of it")
	}
	file, err := os.ReadFile(os.Getenv("GRAFT_NUMBERS_FILE"))
	if err != nil {
		t.Fatal(err)
	}
	tok, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(os.Getenv("GRAFT_NUMBERS_TEXTS"))
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for d := json.NewDecoder(bytes.NewReader(b)); d.More(); {
		var s string
		if err := d.Decode(&s); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, s)
	}
	texts = texts[len(texts)*part/parts : len(texts)*(part+1)/parts]
	runtime.GC()
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		line, err := json.Marshal(encodeAll(tok, texts, workers))
		if err != nil {
			t.Fatal(err)
		}
		os.Stdout.Write(append(line, '\n'))
	}
	os.Exit(0) // without a closing line of the test
}

// encodeAll encodes texts with new Encoders, one a worker, and measures that.
func encodeAll(tok *Tokenizer, texts []string, workers int) measured {
	type half struct{ ids, ends, counts []int32 }
	size := 0
	for _, s := range texts {
		size += len(s)
	}
	halves := make([]half, workers)
	for i := range halves {
		halves[i] = half{make([]int32, 0, size), make([]int32, 0, size), make([]int32, 0, len(texts))}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start, used := time.Now(), cpu()
	var wg sync.WaitGroup
	for i := range halves {
		wg.Go(func() {
			h := &halves[i]
			e := tok.Encoder()
			for _, s := range texts[len(texts)*i/workers : len(texts)*(i+1)/workers] {
				h.ids, h.ends = e.Append(h.ids, h.ends, s, 0)
			}
		})
	}
	wg.Wait()
	m := measured{Bytes: int64(size), Docs: int64(len(texts)), Wall: time.Since(start).Seconds(), CPU: (cpu() - used).Seconds()}
	runtime.ReadMemStats(&after)
	m.Mallocs = float64(after.Mallocs-before.Mallocs) / float64(len(texts))
	sum := sha256.New()
	for i := range halves {
		m.Tokens += int64(len(halves[i].ids))
		binary.Write(sum, binary.LittleEndian, halves[i].ids)
	}
	m.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return m
}

// cpu is the time that this process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
