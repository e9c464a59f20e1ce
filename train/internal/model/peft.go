package model

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/train/internal/weights"
)

// The files of an adapter, and what stands before the names of its tensors, as
// PEFT writes and reads them (github.com/huggingface/peft, PeftModel.save_pretrained).
const (
	adapterConfig  = "adapter_config.json"
	adapterWeights = "adapter_model.safetensors"
	adapterPrefix  = "base_model.model."
)

// peftConfig is what adapter_config.json says; PEFT has defaults for the rest.
type peftConfig struct {
	Type     string   `json:"peft_type"`
	Task     string   `json:"task_type"`
	Base     string   `json:"base_model_name_or_path"`
	Rank     int      `json:"r"`
	Alpha    float64  `json:"lora_alpha"`
	Dropout  float64  `json:"lora_dropout"`
	Bias     string   `json:"bias"`
	Targets  []string `json:"target_modules"`
	Whole    []string `json:"modules_to_save"`
	InitLoRA bool     `json:"init_lora_weights"`
	FanInOut bool     `json:"fan_in_fan_out"`
	Infer    bool     `json:"inference_mode"`
}

// peftConfig is that of the model's plan. PEFT copies a module that is trained
// whole, and so unties a tied output layer: it is named, and stored, beside the
// embedding.
func (m *Model) peftConfig(base string) peftConfig {
	l := m.plan.LoRA
	whole := slices.Clone(l.Whole)
	if m.cfg.Tied && slices.Contains(whole, "embed_tokens") {
		whole = append(whole, "lm_head")
	}
	return peftConfig{Type: "LORA", Task: "CAUSAL_LM", Base: base, Rank: l.Rank, Alpha: l.Alpha, Bias: "none",
		Targets: l.Targets, Whole: whole, InitLoRA: true, Infer: true}
}

// adapterTensors are those of the adapter file: the trained ones.
func (m *Model) adapterTensors() []weights.Tensor {
	tensors := m.tensors(m.trained, Param.master)
	if m.cfg.Tied && !m.embed.Frozen {
		head := m.tensors([]Param{m.embed}, Param.master)[0]
		head.Name = "lm_head.weight"
		tensors = append(tensors, head)
	}
	for i := range tensors {
		tensors[i].Name = adapterPrefix + tensors[i].Name
	}
	return tensors
}

func (m *Model) writeAdapter(dir string, x Export) error {
	if m.plan.LoRA == nil || !m.plan.Train {
		return fmt.Errorf("a model that is trained without LoRA has no adapter to save")
	}
	if err := weights.WriteFile(filepath.Join(dir, adapterWeights), m.adapterTensors(), x.Type); err != nil {
		return err
	}
	text, err := json.MarshalIndent(m.peftConfig(x.Base), "", "  ")
	if err != nil {
		return err
	}
	return weights.WriteText(filepath.Join(dir, adapterConfig), append(text, '\n'))
}

// LoadAdapter reads what Save wrote with Adapter, after Load has read the base. An
// adapter of another rank, alpha or list of layers than the plan's is refused, and
// then nothing has changed.
func (m *Model) LoadAdapter(dir string) error {
	path := filepath.Join(dir, adapterConfig)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var got peftConfig
	if err := json.Unmarshal(text, &got); err != nil {
		return fmt.Errorf("%s: %w: %w", path, weights.ErrFormat, err)
	}
	if want := m.peftConfig(got.Base); got.String() != want.String() {
		return fmt.Errorf("%s: %w: an adapter of %s; the model is to have %s", path, weights.ErrFormat, got, want)
	}
	path = filepath.Join(dir, adapterWeights)
	c, err := weights.OpenFile(path)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := exactly(c, m.adapterTensors()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, p := range m.trained {
		err := m.pour(p.W, func(dst []float32, from int) error { return c.Read(adapterPrefix+p.Name, from, dst) })
		if err != nil {
			return err
		}
	}
	m.SyncAct()
	return m.dev.Sync()
}

// String tells what two adapters must have in common.
func (c peftConfig) String() string {
	text := fmt.Sprintf("type %s, rank %d, alpha %g, on %s", c.Type, c.Rank, c.Alpha, strings.Join(c.Targets, ", "))
	if len(c.Whole) > 0 {
		text += ", with " + strings.Join(c.Whole, ", ")
	}
	return text
}

// exactly refuses a file that holds other tensors than those of a list.
func exactly(c *weights.Checkpoint, want []weights.Tensor) error {
	if n := len(c.Names()); n != len(want) {
		return fmt.Errorf("%w: %d tensors, where this model has %d", weights.ErrFormat, n, len(want))
	}
	for _, t := range want {
		if e, ok := c.Entry(t.Name); !ok || !slices.Equal(e.Shape, t.Shape) {
			return fmt.Errorf("%w: tensor %q of shape %d is not there", weights.ErrFormat, t.Name, t.Shape)
		}
	}
	return nil
}
