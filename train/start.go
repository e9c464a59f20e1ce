package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/seed-cdf14512/graft/format/token"
	"github.com/seed-cdf14512/graft/train/internal/model"
)

// tokenizerName is the tokenizer of a build, and of a model's folder.
const tokenizerName = "tokenizer.json"

// shape is the configuration of the model that a run trains on a build, and what
// there is to say about it. The embedding grows where the tokenizer of the build
// has more tokens than the model.
func (r *ModelRun) shape(b *build) (cfg model.Config, notes []string, err error) {
	words := b.manifest.Tokenizer.Vocab
	if f := r.Fresh; f != nil {
		if f.Vocab > 0 && f.Vocab < words {
			return cfg, nil, fmt.Errorf("model.fresh.vocab is %d; the tokenizer of %s has %d tokens", f.Vocab, b.dir, words)
		}
		cfg, err = model.Fresh{Family: f.Family, Vocab: max(f.Vocab, words), Width: f.Width, Layers: f.Layers, Heads: f.Heads,
			KVHeads: f.KVHeads, HeadDim: f.HeadDim, FFN: f.FFN, Positions: f.Context, Theta: float(f.Theta), InitStd: float(f.Init), Untied: f.Untied}.Config()
		return cfg, nil, err
	}
	if cfg, err = model.ReadConfig(r.Path); err != nil {
		return cfg, nil, err
	}
	note, err := r.sameTokenizer(b)
	if err != nil {
		return cfg, nil, err
	}
	if note != "" {
		notes = append(notes, note)
	}
	if old := cfg.Vocab; words > old {
		cfg.GrowVocab(words)
		notes = append(notes, fmt.Sprintf("the embedding grows from %d to %d words; new rows begin as the mean of the old", old, words))
	}
	return cfg, notes, nil
}

// digest names what lies in the folder of the model, file by file.
func (r *ModelRun) digest() (string, error) {
	sums, err := digests(r.Path)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(sums)
	return digestOf(text), err
}

// shapeOf is where the shape of the model stands.
func (r *ModelRun) shapeOf() string {
	if r.Fresh != nil {
		return "model.fresh"
	}
	return filepath.Join(r.Path, "config.json")
}

// sameTokenizer refuses a build whose ids mean other texts to the model. A
// tokenizer of the build that has further tokens behind those of the model is no
// other.
func (r *ModelRun) sameTokenizer(b *build) (note string, err error) {
	if r.Fresh != nil || r.Unverified {
		return "", nil
	}
	return compareTokenizers(filepath.Join(r.Path, tokenizerName), b)
}

func compareTokenizers(path string, b *build) (string, error) {
	sum, err := digest(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s: the folder of the model has no tokenizer to compare with that of %s; put it there, or set model.unverified_tokenizer", path, b.dir)
	}
	if err != nil || sum == b.manifest.Tokenizer.SHA256 {
		return "", err
	}
	ours, err := readTokenizer(path)
	if err != nil {
		return "", err
	}
	theirs, err := readTokenizer(filepath.Join(b.dir, tokenizerName))
	if err != nil {
		return "", err
	}
	if a, b := ours.Info(), theirs.Info(); a.Model != b.Model || a.Pattern != b.Pattern || a.Normalizer != b.Normalizer || a.Merges != b.Merges {
		return "", fmt.Errorf("the data was made with another tokenizer than the model's: %s, %s, %d merges; the model has %s, %s, %d merges",
			b.Model, b.Pattern, b.Merges, a.Model, a.Pattern, a.Merges)
	}
	for id := range int32(ours.VocabSize()) {
		want, had := ours.Bytes(id)
		if got, ok := theirs.Bytes(id); had && (!ok || got != want) {
			return "", fmt.Errorf("the data was made with another tokenizer than the model's: token %d is %q in %s and %q in the model's", id, got, b.dir, want)
		}
	}
	return fmt.Sprintf("the tokenizer of %s is that of the model with %d tokens more", b.dir, theirs.VocabSize()-ours.VocabSize()), nil
}

func readTokenizer(path string) (*token.Tokenizer, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	t, err := token.LoadAny(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// tokenizer is the tokenizer.json of the build, which goes along with the model.
func (b *build) tokenizer() ([]byte, error) {
	return os.ReadFile(b.tokenizerPath())
}

func (b *build) tokenizerPath() string { return filepath.Join(b.dir, tokenizerName) }

// beyond says that something is longer than the context of a model, or nothing.
func beyond(cfg model.Config, what string, tokens int) string {
	if tokens <= cfg.MaxPositions {
		return ""
	}
	return fmt.Sprintf("%s has %d tokens; the model's config.json promises %d: what lies further on it may never have seen", what, tokens, cfg.MaxPositions)
}

// begin gives a model the weights that a run starts from.
func (r *ModelRun) begin(m *model.Model, seed uint64) error {
	if r.Fresh != nil {
		m.Init(seed)
		return nil
	}
	err := m.Load(r.Path)
	m.InitAdapters(seed)
	return err
}

// export is what goes along with the weights of this run.
func (r *ModelRun) export(b *build) (x model.Export, err error) {
	text, err := b.tokenizer()
	return model.Export{From: r.Path, Files: map[string][]byte{tokenizerName: text}}, err
}
