package token

import (
	"fmt"
	"iter"
	"slices"
	"unicode/utf8"
)

// Options say what kind of tokenizer to train.
type Options struct {
	VocabSize    int      // tokens in all: specials, 256 bytes, merges
	MinFrequency int      // pairs that are rarer make no token; below 1 is 1
	Specials     []string // special tokens; they have the first ids, in this order
	Pattern      string   // one of Patterns; empty is DefaultPattern
}

// DefaultPattern is Qwen2's: every digit is a piece of its own. A model that
// reads arithmetic then sees place value in every number, an edit that changes one digit changes
// one token, and a small vocabulary spends no ids on the 1,110 strings of up to
// three digits, as Llama 3's pattern would have it.
const DefaultPattern = "qwen2"

// Train makes a byte-level BPE vocabulary from texts and returns its
// tokenizer.json. The same texts give the same bytes, in whatever order they come.
//
// The pair that is joined next is the most frequent one; of several, the one
// with the lowest left id, then the lowest right id. That is the rule of the
// reference's trainer, and the numbering of ids is also the same: specials,
// bytes in the order of the characters that stand for them, merges. The
// vocabulary stays smaller than VocabSize if the texts have no more pairs.
func Train(texts iter.Seq2[string, error], o Options) ([]byte, error) {
	if o.Pattern == "" {
		o.Pattern = DefaultPattern
	}
	p, err := findPattern(o.Pattern)
	if err != nil {
		return nil, err
	}
	t, err := newTrainer(o)
	if err != nil {
		return nil, err
	}
	counts := map[string]int64{}
	for text, err := range texts {
		if err != nil {
			return nil, err
		}
		for i := 0; i < len(text); {
			end := p.scan(text, i)
			counts[text[i:end]]++
			i = end
		}
	}
	t.load(counts)
	t.run(o.VocabSize, int64(max(1, o.MinFrequency)))
	return t.document(p).append(nil), nil
}

// A trainer holds the pieces of the texts, each once with its count, and the
// pairs in them. A merge touches only the pieces that hold its pair.
type trainer struct {
	specials []string
	vocab    []string         // by id, in byte-level characters
	ids      map[string]int32 // the other way
	byteID   [256]int32
	merges   [][2]int32

	words [][]int32
	count []int64 // of each word
	pairs map[idPair]*pairCount
	queue pairQueue
	fresh []idPair // pairs that the merge at hand made or added to
}

type idPair struct{ left, right int32 }

type pairCount struct {
	n     int64
	where []int32 // words that hold or held the pair, some more than once
}

func newTrainer(o Options) (*trainer, error) {
	t := &trainer{specials: o.Specials, ids: map[string]int32{}, pairs: map[idPair]*pairCount{}}
	if least := 256 + len(o.Specials); o.VocabSize < least {
		return nil, fmt.Errorf("a vocabulary of %d has no room for 256 bytes and %d special tokens; %d is the least", o.VocabSize, len(o.Specials), least)
	}
	for _, s := range o.Specials {
		if _, twice := t.ids[s]; twice || s == "" || !utf8.ValidString(s) {
			return nil, fmt.Errorf("special token %q is empty, no UTF-8 or stands there twice", s)
		}
		t.id(s)
	}
	alphabet := runeOfByte()
	order := make([]int, 256)
	for b := range order {
		order[b] = b
	}
	slices.SortFunc(order, func(a, b int) int { return int(alphabet[a] - alphabet[b]) })
	for _, b := range order {
		s := string(alphabet[b])
		if _, taken := t.ids[s]; taken {
			return nil, fmt.Errorf("special token %q stands for a byte", s)
		}
		t.byteID[b] = t.id(s)
	}
	return t, nil
}

// id returns the id of a token, which it makes if there is none.
func (t *trainer) id(s string) int32 {
	id, ok := t.ids[s]
	if !ok {
		id = int32(len(t.vocab))
		t.ids[s] = id
		t.vocab = append(t.vocab, s)
	}
	return id
}

// load makes words of the pieces and counts their pairs. The order of the words
// changes nothing: pairs are sums over them, and the queue orders pairs by what they are.
func (t *trainer) load(counts map[string]int64) {
	for p, n := range counts {
		word := make([]int32, len(p))
		for i := range word {
			word[i] = t.byteID[p[i]]
		}
		w := int32(len(t.words))
		t.words, t.count = append(t.words, word), append(t.count, n)
		for i := 1; i < len(word); i++ {
			t.add(idPair{word[i-1], word[i]}, n, w)
		}
	}
	t.enqueue()
}

// run joins pairs until the vocabulary is full or none is frequent enough.
func (t *trainer) run(size int, least int64) {
	for len(t.vocab) < size && len(t.queue) > 0 {
		top := t.queue.pop()
		now := t.pairs[top.pair]
		if now == nil {
			continue
		}
		if now.n != top.n {
			if now.n > 0 {
				t.queue.push(queued{now.n, top.pair})
			}
			continue
		}
		if top.n < least {
			break
		}
		joined := t.vocab[top.pair.left] + t.vocab[top.pair.right]
		if id, ok := t.ids[joined]; ok && int(id) < len(t.specials) {
			delete(t.pairs, top.pair) // text must not become a special token
			continue
		}
		to := t.id(joined)
		t.merges = append(t.merges, [2]int32{top.pair.left, top.pair.right})
		delete(t.pairs, top.pair)
		for _, w := range now.where {
			t.words[w] = t.join(t.words[w], top.pair, to, w)
		}
		t.enqueue()
	}
}

// join replaces a pair by its token in one word and keeps the counts.
func (t *trainer) join(word []int32, p idPair, to int32, w int32) []int32 {
	n := t.count[w]
	kept := 0
	for i := 0; i < len(word); i++ {
		if word[i] != p.left || i+1 == len(word) || word[i+1] != p.right {
			word[kept] = word[i]
			kept++
			continue
		}
		if kept > 0 {
			t.drop(idPair{word[kept-1], p.left}, n)
			t.add(idPair{word[kept-1], to}, n, w)
		}
		i++
		if i+1 < len(word) {
			t.drop(idPair{p.right, word[i+1]}, n)
			t.add(idPair{to, word[i+1]}, n, w)
		}
		word[kept] = to
		kept++
	}
	return word[:kept]
}

func (t *trainer) add(p idPair, n int64, w int32) {
	c := t.pairs[p]
	if c == nil {
		c = new(pairCount)
		t.pairs[p] = c
	}
	if len(c.where) == 0 || c.where[len(c.where)-1] != w {
		c.where = append(c.where, w)
	}
	if c.n += n; len(t.fresh) == 0 || t.fresh[len(t.fresh)-1] != p {
		t.fresh = append(t.fresh, p)
	}
}

func (t *trainer) drop(p idPair, n int64) {
	if c := t.pairs[p]; c != nil {
		c.n -= n
	}
}

// enqueue puts the fresh pairs on the queue, each once.
func (t *trainer) enqueue() {
	slices.SortFunc(t.fresh, comparePairs)
	for _, p := range slices.Compact(t.fresh) {
		if c := t.pairs[p]; c != nil && c.n > 0 {
			t.queue.push(queued{c.n, p})
		}
	}
	t.fresh = t.fresh[:0]
}
