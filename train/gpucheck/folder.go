package gpucheck

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/seed-cdf14512/graft/train/internal/cpu"
	"github.com/seed-cdf14512/graft/train/internal/device"
	"github.com/seed-cdf14512/graft/train/internal/model"
	"github.com/seed-cdf14512/graft/train/internal/weights"
)

// A Folder is where the weights stand that every measurement begins with, and the
// tokens: graft and PyTorch read the same files.
//
//	MODEL/weights/      config.json and model.safetensors, float32
//	MODEL/load.json     the Load, its costs, and the optimizer
//	MODEL/docs.ids      int32, little-endian: the tokens of all steps, one after the other
//	MODEL/docs.lengths  likewise: the tokens of each document; rows.* for the other kind
//	MODEL/prompts.ids   likewise: the prompts of decoding, and of GRPO at their head
//	torch/              the programs, and what they say
type Folder string

// config is the shape of a load's model.
func (l Load) config() (model.Config, error) { return Shapes()[l.Model].Config() }

// weights writes the weights of a load's model where they are not there yet, and is
// the folder of them. They follow from the model's name alone.
func (f Folder) weights(l Load) (string, error) {
	dir := filepath.Join(string(f), l.Model, "weights")
	if _, err := os.Stat(filepath.Join(dir, "config.json")); !errors.Is(err, fs.ErrNotExist) {
		return dir, err
	}
	cfg, err := l.config()
	if err != nil {
		return "", err
	}
	dev := cpu.New(0)
	defer dev.Close()
	m, err := model.New(cfg, dev, model.Plan{Tokens: 1})
	if err != nil {
		return "", err
	}
	m.Init(1)
	if err := os.MkdirAll(filepath.Dir(dir), 0o777); err != nil {
		return "", err
	}
	return dir, m.Save(dir, model.Export{Type: weights.F32})
}

// data writes everything else that PyTorch reads, and is the folder of the load.
// load.json is written last, and says that the rest is whole.
func (f Folder) data(l Load) (string, error) {
	dir := filepath.Join(string(f), l.Model)
	cfg, err := l.config()
	if err != nil {
		return "", err
	}
	said, err := json.MarshalIndent(map[string]any{
		"load": l, "costs": costsOf(cfg), "vocab": cfg.Vocab, "stops": len(l.stops(cfg.Vocab)), "peak_flops": peakFLOPs,
		"optimizer": map[string]float32{"lr": adam.LR, "beta1": adam.Beta1, "beta2": adam.Beta2, "eps": adam.Eps, "decay": adam.Decay, "clip": clip},
	}, "", "  ")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "load.json")
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, said) {
		return dir, nil
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	os.Remove(path)
	for _, k := range kinds() {
		var ids, lengths []int32
		for number := range l.Warm + l.Steps {
			for _, row := range l.step(cfg.Vocab, k, number) {
				for _, doc := range row {
					ids, lengths = append(ids, doc...), append(lengths, int32(len(doc)))
				}
			}
		}
		if err := errors.Join(writeInts(filepath.Join(dir, k.name+".ids"), ids), writeInts(filepath.Join(dir, k.name+".lengths"), lengths)); err != nil {
			return "", err
		}
	}
	var all []int32
	for _, p := range l.prompts(cfg.Vocab, max(l.Seqs*l.Batches, l.Prompts)) {
		all = append(all, p...)
	}
	if err := writeInts(filepath.Join(dir, "prompts.ids"), all); err != nil {
		return "", err
	}
	return dir, os.WriteFile(path, said, 0o666)
}

func writeInts(path string, x []int32) error {
	b := make([]byte, 0, 4*len(x))
	for _, v := range x {
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	return os.WriteFile(path, b, 0o666)
}

// place makes the load's model on a new device, with its weights. The second result
// is the bytes that were planned.
func (f Folder) place(d Device, l Load, plan model.Plan, more func(*model.Model, *device.Arena) error) (*model.Model, int, error) {
	cfg, err := l.config()
	if err != nil {
		return nil, 0, err
	}
	dir, err := f.weights(l)
	if err != nil {
		return nil, 0, err
	}
	dev, err := d.open()
	if err != nil {
		return nil, 0, err
	}
	var a device.Arena
	m, err := model.Place(cfg, dev, plan, &a)
	if err == nil && more != nil {
		err = more(m, &a)
	}
	if err == nil {
		err = dev.Reserve(a.Bytes())
	}
	planned := a.Bytes()
	if p, ok := dev.(device.Planner); ok && err == nil {
		var wrong error
		beside, e := p.Rehearse(func() { wrong = m.Rehearse() })
		planned, err = planned+beside, errors.Join(wrong, e)
	}
	if err == nil {
		err = m.Load(dir)
	}
	if err != nil {
		dev.Close()
		return nil, 0, err
	}
	return m, planned, nil
}

// again puts a model back to where it began: weights, and moments of 0.
func again(m *model.Model, dir string) error {
	for _, p := range m.Trained() {
		m.Device().Zero(p.M)
		m.Device().Zero(p.V)
	}
	return m.Load(dir)
}
