package train

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/seed-cdf14512/graft/format/shard"
	"github.com/seed-cdf14512/graft/format/token"
	"github.com/seed-cdf14512/graft/train/internal/cpu"
	"github.com/seed-cdf14512/graft/train/internal/device"
	"github.com/seed-cdf14512/graft/train/internal/model"
)

// openDevice opens a backend of the table below; auto is the first that works.
func openDevice(name string, threads int) (device.Device, error) {
	if name != "auto" && name != "cpu" {
		return nil, fmt.Errorf("unknown device %q", name)
	}
	return cpu.New(threads), nil
}

// tokenizerName is the tokenizer of a build, and of a model's folder.
const tokenizerName = "tokenizer.json"

// shape is the configuration of the model that a run trains on a build. The
// embedding grows where the tokenizer of the build has more tokens; notes say so.
func (r *ModelRun) shape(b *build) (cfg model.Config, notes []string, err error) {
	words := b.manifest.Tokenizer.Vocab
	if f := r.Fresh; f != nil {
		cfg, err = model.Fresh{Family: f.Family, Vocab: max(f.Vocab, 0), Width: f.Width, Layers: f.Layers, Heads: f.Heads,
			KVHeads: f.KVHeads, HeadDim: f.HeadDim, FFN: f.FFN, Positions: f.Context, Theta: float(f.Theta), Untied: f.Untied}.with(words)
		return cfg, nil, err
	}
	return cfg, notes, err
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
	data, err := os.ReadFile(filepath.Join(b.dir, tokenizerName))
	if err != nil {
		return nil, err
	}
	return data, nil
}

var _ = hex.EncodeToString
var _ = shard.Verify
