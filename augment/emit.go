package augment

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"

	"github.com/seed-cdf14512/graft/format/shard"
)

// parts writes the rows of one table into files: one a partition, and more
// where a partition holds more rows than a file may.
type parts[T any] struct {
	table  *shard.Table[T]
	dir    string // of the build
	prefix string // of file names, for instance records/part
	part   int    // number of the partition
	more   int    // files of the partition already full
	w      *shard.Writer[T]
	files  []shard.File
	spent  Times
	ending chan ended // the file that is being closed, or nil
}

// ended is a file that was closed: to be durable takes the disk a while, in which
// the next file is begun.
type ended struct {
	file  shard.File
	err   error
	spent Times
}

func (p *parts[T]) write(row *T) error {
	if p.w != nil && p.w.Rows() == int64(p.table.MaxRows()) {
		if err := p.close(); err != nil {
			return err
		}
		p.more++
	}
	if p.w == nil {
		name := fmt.Sprintf("%s-%05d.parquet", p.prefix, p.part)
		if p.more > 0 {
			name = fmt.Sprintf("%s-%05d-%02d.parquet", p.prefix, p.part, p.more)
		}
		w, err := p.table.Create(filepath.Join(p.dir, name))
		if err != nil {
			return err
		}
		p.w = w
	}
	return p.w.Write(row)
}

func (p *parts[T]) close() error {
	if p.w == nil {
		return nil
	}
	if err := p.wait(); err != nil {
		return err
	}
	w, ending := p.w, make(chan ended, 1)
	go func() {
		var watch stopwatch
		watch.start()
		f, err := w.Close()
		watch.lap(StageSync)
		watch.times[StageEncode] = w.Encoding()
		ending <- ended{f, err, watch.times}
	}()
	p.w, p.ending = nil, ending
	return nil
}

// wait waits for the file that is being closed.
func (p *parts[T]) wait() error {
	if p.ending == nil {
		return nil
	}
	e := <-p.ending
	p.ending = nil
	p.spent.add(&e.spent)
	if e.err != nil {
		return e.err
	}
	p.files = append(p.files, within(p.dir, e.file))
	return nil
}

// within names a file by its path inside the build's folder.
func within(dir string, f shard.File) shard.File {
	if rel, err := filepath.Rel(dir, f.Path); err == nil {
		f.Path = filepath.ToSlash(rel)
	}
	return f
}

func (p *parts[T]) next() error {
	err := p.close()
	p.part++
	p.more = 0
	return err
}

func (p *parts[T]) abort() {
	p.wait() // what it says no longer matters, but nothing may be written after the folder is gone
	if p.w != nil {
		p.w.Abort()
		p.w = nil
	}
}

// An emitter writes a build's files, fed by one goroutine in the order of
// record identities.
type emitter struct {
	b       *builder
	records parts[shard.Record]
	lineage parts[shard.Lineage]
	prompts parts[shard.Prompt]
	derived parts[shard.Derivation]
	parents parts[shard.Parent]
	pairs   parts[shard.Preference]
	shards  map[string]*parts[shard.Row]
	stores  map[string]*docStore
	rejects *os.File
	rejectW *bufio.Writer
	sum     hash.Hash // of rejects
	size    int64
	row     shard.Record
	bits    int // partitions are the first bits of a digest
	at      int // partition being written
}

// splits are the sides of a build, in the order in which they are written.
var splits = []string{"train", "validation"}

func (b *builder) newEmitter() (*emitter, error) {
	e := &emitter{b: b, shards: map[string]*parts[shard.Row]{}, stores: map[string]*docStore{}}
	e.records = parts[shard.Record]{table: &shard.Records, dir: b.dir, prefix: "records/part"}
	e.lineage = parts[shard.Lineage]{table: &shard.Lineages, dir: b.dir, prefix: "lineage/part"}
	e.prompts = parts[shard.Prompt]{table: &shard.Prompts, dir: b.dir, prefix: "prompts/part"}
	e.derived = parts[shard.Derivation]{table: &shard.Derivations, dir: b.dir, prefix: "derived/part"}
	e.parents = parts[shard.Parent]{table: &shard.Parents, dir: b.dir, prefix: "parents/part"}
	e.pairs = parts[shard.Preference]{table: &shard.Preferences, dir: b.dir, prefix: "pairs/part"}
	for _, s := range splits {
		e.shards[s] = &parts[shard.Row]{table: &shard.Shards, dir: b.dir, prefix: "shards/" + s}
		e.stores[s] = newDocStore(b.dir, 96<<20)
	}
	f, err := os.Create(filepath.Join(b.dir, rejectsName))
	if err != nil {
		return nil, err
	}
	e.rejects, e.sum = f, sha256.New()
	e.rejectW = bufio.NewWriterSize(io.MultiWriter(f, e.sum), 64<<10)
	return e, nil
}

// abort releases everything; files that were closed stay in the work folder,
// which the next build removes.
func (e *emitter) abort() {
	e.records.abort()
	e.lineage.abort()
	e.prompts.abort()
	e.derived.abort()
	e.parents.abort()
	e.pairs.abort()
	for _, s := range splits {
		e.shards[s].abort()
		e.stores[s].Close()
	}
	e.rejects.Close()
}

func (e *emitter) begin(bits int) { e.bits = bits }

func (e *emitter) reject(j *Rejection) error {
	line, err := json.Marshal(j)
	if err != nil {
		return err
	}
	e.size += int64(len(line)) + 1
	e.rejectW.Write(line)
	return e.rejectW.WriteByte('\n')
}

// partition begins the partition of a digest if it is not the open one.
func (e *emitter) partition(digest [32]byte) error {
	p := int(binary.BigEndian.Uint32(digest[:4]) >> (32 - e.bits))
	for e.at < p {
		if err := e.endPartition(); err != nil {
			return err
		}
		e.at++
	}
	return nil
}

// put writes what one record became.
func (e *emitter) put(r *refined) error {
	if err := e.partition(r.digest); err != nil {
		return err
	}
	for i := range r.rejects {
		if err := e.b.reject(r.rejects[i]); err != nil {
			return err
		}
	}
	if r.code != "" {
		return nil
	}
	if err := e.lineage.write(&r.lineage); err != nil {
		return err
	}
	if r.prompt != nil {
		if err := e.prompts.write(r.prompt); err != nil {
			return err
		}
	}
	if err := e.putDerived(r); err != nil {
		return err
	}
	for _, c := range append(r.samples, r.derived...) {
		e.row.Of(&c.sample)
		if err := e.records.write(&e.row); err != nil {
			return err
		}
		if err := e.stores[c.sample.Split].Add(c.sample.RecordID, c.sample.IDs, c.spans); err != nil {
			return err
		}
	}
	return nil
}

// putDerived writes what variants made of one record, and of what.
func (e *emitter) putDerived(r *refined) error {
	return errors.Join(
		writeAll(&e.parents, r.parents), writeAll(&e.derived, r.derivations),
		writeAll(&e.prompts, r.prompts), writeAll(&e.pairs, r.pairs))
}

func writeAll[T any](p *parts[T], rows []T) error {
	for i := range rows {
		if err := p.write(&rows[i]); err != nil {
			return err
		}
	}
	return nil
}

// endPartition closes the partition's files and packs its documents, unless the
// whole corpus is packed at the end.
func (e *emitter) endPartition() error {
	if err := e.records.next(); err != nil {
		return err
	}
	if err := e.lineage.next(); err != nil {
		return err
	}
	for _, next := range []func() error{e.prompts.next, e.derived.next, e.parents.next, e.pairs.next} {
		if err := next(); err != nil {
			return err
		}
	}
	if e.b.plan.Recipe.Shards.Pack == "global" {
		return nil
	}
	for _, s := range splits {
		if err := e.pack(s, e.at); err != nil {
			return err
		}
	}
	return nil
}

// pack packs the documents of one split and writes them as rows.
func (e *emitter) pack(split string, part int) error {
	store, out := e.stores[split], e.shards[split]
	out.part = part
	if len(store.docs) == 0 {
		return nil
	}
	e.b.watch.lap(StageEmit)
	defer e.b.watch.lap(StagePack)
	seed := sha256.Sum256(fmt.Appendf(nil, "pack\x00%d\x00%s\x00%d", e.b.plan.Recipe.Seed, split, part))
	bins, refused, stats, err := shard.Pack(store.Lengths(), e.b.plan.Recipe.Tokenize.MaxTokens, seed)
	if err != nil {
		return err
	}
	if len(refused) > 0 {
		return fmt.Errorf("a document of %d tokens does not fit a sequence: a bug in graft", store.docs[refused[0]].tokens)
	}
	e.b.report.addPack(split, stats)
	var row shard.Row
	var d stored
	for i := range bins.Len() {
		row.Reset()
		for _, at := range bins.Bin(i) {
			if err := store.Get(int(at), &d); err != nil {
				return err
			}
			row.Append(d.record, d.ids, d.spans)
		}
		if err := out.write(&row); err != nil {
			return err
		}
	}
	if err := out.close(); err != nil {
		return err
	}
	out.more = 0
	store.Reset()
	return nil
}

// finish ends the last partition and returns every file of data and lineage.
func (e *emitter) finish() ([]shard.File, error) {
	e.b.watch.start()
	if err := e.endPartition(); err != nil {
		return nil, err
	}
	var files []shard.File
	for _, s := range splits {
		if e.b.plan.Recipe.Shards.Pack == "global" {
			if err := e.pack(s, 0); err != nil {
				return nil, err
			}
		}
		if err := e.stores[s].Close(); err != nil {
			return nil, err
		}
		if err := e.shards[s].wait(); err != nil {
			return nil, err
		}
		files = append(files, e.shards[s].files...)
	}
	for _, wait := range []func() error{e.records.wait, e.lineage.wait, e.prompts.wait, e.derived.wait, e.parents.wait, e.pairs.wait} {
		if err := wait(); err != nil {
			return nil, err
		}
	}
	for _, spent := range []*Times{&e.records.spent, &e.lineage.spent, &e.prompts.spent, &e.derived.spent, &e.parents.spent, &e.pairs.spent, &e.shards["train"].spent, &e.shards["validation"].spent} {
		e.b.watch.times.add(spent)
	}
	files = append(files, e.records.files...)
	files = append(files, e.lineage.files...)
	files = append(files, e.prompts.files...)
	files = append(files, e.derived.files...)
	files = append(files, e.parents.files...)
	files = append(files, e.pairs.files...)
	if err := e.rejectW.Flush(); err != nil {
		return nil, err
	}
	if err := e.rejects.Sync(); err != nil {
		return nil, err
	}
	files = append(files, shard.File{Path: rejectsName, Role: shard.RoleReport, Bytes: e.size, SHA256: hex.EncodeToString(e.sum.Sum(nil))})
	return files, e.rejects.Close()
}
