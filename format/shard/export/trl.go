package export

import (
	"fmt"
	"iter"
	"path/filepath"
	"strings"

	"github.com/seed-cdf14512/graft/format/shard"
)

const trlDoc = `Hugging Face Parquet of packed rows, as TRL's SFTTrainer takes them

data/<split>-00000-of-00001.parquet, one file for each of the build's, with
input_ids, labels, position_ids and seq_lengths, and a README.md that datasets
reads. labels is -100 where a token's weight is 0 and at the first token of each
document; position_ids begin again at every document. Weights between and beyond
0 and 1 are refused, or with a lossy export become 1 and are noted.`

// An hfRow is a packed row as TRL reads it.
type hfRow struct {
	InputIDs    []int32 `parquet:"input_ids,list"`
	Labels      []int32 `parquet:"labels,list"`
	PositionIDs []int32 `parquet:"position_ids,list"`
	SeqLengths  []int32 `parquet:"seq_lengths,list"`
}

// ignored is the label that PyTorch's cross entropy leaves out.
const ignored = -100

// hfFeatures tells datasets the columns' types. "Sequence" is read by old and
// new releases of it; the newer name "List" is not.
const hfFeatures = `{"info":{"features":{` +
	`"input_ids":{"feature":{"dtype":"int32","_type":"Value"},"_type":"Sequence"},` +
	`"labels":{"feature":{"dtype":"int32","_type":"Value"},"_type":"Sequence"},` +
	`"position_ids":{"feature":{"dtype":"int32","_type":"Value"},"_type":"Sequence"},` +
	`"seq_lengths":{"feature":{"dtype":"int32","_type":"Value"},"_type":"Sequence"}}}}`

func writeTRL(dir, out string, o Options) (Report, error) {
	var rep Report
	s, err := open(dir, out)
	if err != nil {
		return rep, err
	}
	mask := make([]bool, len(s.weights))
	for i, w := range s.weights {
		trained, exact := binary(w)
		mask[i] = trained
		if exact {
			continue
		}
		if !o.Lossy {
			return rep, fmt.Errorf("span %q has weight %s, but labels can say only 0 and 1: change the weights, or allow a lossy export (--lossy)", s.m.SpanNames[i], w)
		}
		rep.Notes = append(rep.Notes, fmt.Sprintf("span %q has weight %s, written as 1", s.m.SpanNames[i], w))
	}
	for _, split := range s.splits() {
		if err := s.trlSplit(split, out, mask, &rep); err != nil {
			return rep, err
		}
	}
	f, err := shard.WriteFile(filepath.Join(out, "README.md"), shard.RoleReport, strings.NewReader(s.hfCard()))
	f.Path = "README.md"
	rep.Files = append(rep.Files, f)
	return rep, err
}

func (s *source) trlSplit(split, out string, mask []bool, rep *Report) error {
	var files []shard.File
	for _, f := range s.m.FilesOf(shard.Shards.Name) {
		if shard.SplitOf(f.Path) == split {
			files = append(files, f)
		}
	}
	for i, f := range files {
		name := fmt.Sprintf("data/%s-%05d-of-%05d.parquet", split, i, len(files))
		g, err := shard.WriteParquet(filepath.Join(out, filepath.FromSlash(name)), 64, s.hfRows(f, mask, &rep.Tokens), "huggingface", hfFeatures)
		if err != nil {
			return err
		}
		g.Path = name
		rep.Files, rep.Rows = append(rep.Files, g), rep.Rows+g.Rows
	}
	return nil
}

func (s *source) hfRows(f shard.File, mask []bool, tokens *int64) iter.Seq2[*hfRow, error] {
	return func(yield func(*hfRow, error) bool) {
		r, err := shard.Shards.Open(s.path(f))
		if err != nil {
			yield(nil, err)
			return
		}
		defer r.Close()
		var h hfRow
		for row, err := range r.Rows() {
			if err == nil {
				err = h.of(row, mask)
			}
			*tokens += int64(len(h.InputIDs))
			if !yield(&h, err) || err != nil {
				return
			}
		}
	}
}

// of derives labels and positions: the native rows store neither.
func (h *hfRow) of(row *shard.Row, mask []bool) error {
	h.InputIDs, h.SeqLengths = row.InputIDs, row.SeqLengths
	h.Labels, h.PositionIDs = h.Labels[:0], h.PositionIDs[:0]
	for _, n := range row.SeqLengths {
		for p := range n {
			h.PositionIDs = append(h.PositionIDs, p)
		}
	}
	for k, end := range row.SpanEnd {
		name := int(row.SpanName[k])
		if name >= len(mask) {
			return fmt.Errorf("span name %d, the manifest has %d", name, len(mask))
		}
		for i := len(h.Labels); i < int(end); i++ {
			label := int32(ignored)
			if mask[name] && h.PositionIDs[i] > 0 { // nothing predicts a first token
				label = row.InputIDs[i]
			}
			h.Labels = append(h.Labels, label)
		}
	}
	return nil
}

// hfCard is the README that makes the folder a data set of the hub's.
func (s *source) hfCard() string {
	var b strings.Builder
	b.WriteString("---\nconfigs:\n- config_name: default\n  data_files:\n")
	for _, split := range s.splits() {
		fmt.Fprintf(&b, "  - split: %s\n    path: data/%s-*.parquet\n", split, split)
	}
	fmt.Fprintf(&b, "---\n\nPacked rows of at most %d tokens, exported by graft from build `%s`.\n\n", s.m.Capacity, s.m.BuildID)
	b.WriteString("Columns: `input_ids`; `labels`, -100 where nothing is to be learned; `position_ids`, from 0 in every document; `seq_lengths` of the documents.\n")
	fmt.Fprintf(&b, "Tokenizer: %s, SHA-256 `%s`.\n\n| span | weight |\n|---|---|\n", s.m.Tokenizer.Name, s.m.Tokenizer.SHA256)
	for i, n := range s.m.SpanNames {
		fmt.Fprintf(&b, "| %s | %s |\n", n, s.weights[i])
	}
	return b.String()
}
