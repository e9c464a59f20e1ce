package train

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/seed-cdf14512/graft/format"
	"github.com/seed-cdf14512/graft/format/strict"
	"github.com/seed-cdf14512/graft/train/internal/model"
	"github.com/seed-cdf14512/graft/train/internal/weights"
)

// A LoRARun trains adapters of low rank beside a frozen model (Hu et al. 2021). The
// model that the run leaves has them merged into its weights; the adapters alone
// stand beside it, as PEFT reads them.
type LoRARun struct {
	Rank    int        `json:"rank" range:"1,65536" jsonschema:"rank of the adapters: A is [rank, in], B [out, rank]"`
	Alpha   format.Num `json:"alpha,omitzero" range:"0," jsonschema:"what they add is multiplied by alpha / rank; 0, or left out, is twice the rank"`
	Targets []string   `json:"targets,omitempty" enum:"q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj,down_proj" jsonschema:"linear layers that get adapters; left out, all of them"`
	Whole   []string   `json:"whole,omitempty" enum:"embed_tokens,lm_head,norm" jsonschema:"layers that are trained as they are, beside the adapters: the embedding, the output layer, all norms. New control tokens want the first two"`
}

// check applies the rules between values and fills in the defaults.
func (l *LoRARun) check(d *strict.Decoder, m *ModelRun) {
	if l == nil {
		return
	}
	if m.Fresh != nil {
		d.At("lora", strict.BadValue, "a fresh model is random numbers, which adapters would leave as they are: name the path of a trained one")
	}
	if l.Alpha.Sign() == 0 {
		l.Alpha = format.Int(int64(2 * l.Rank))
	}
	if len(l.Targets) == 0 {
		l.Targets = model.Targets()
	}
	for key, names := range map[string][]string{"targets": l.Targets, "whole": l.Whole} {
		seen := map[string]bool{}
		for i, n := range names {
			if seen[n] {
				d.At(fmt.Sprintf("lora.%s[%d]", key, i), strict.BadValue, "%s is named twice", n)
			}
			seen[n] = true
		}
	}
}

// plan is what the model is told; nil without adapters.
func (l *LoRARun) plan() *model.LoRA {
	if l == nil {
		return nil
	}
	return &model.LoRA{Rank: l.Rank, Alpha: float(l.Alpha), Targets: l.Targets, Whole: l.Whole}
}

// adapterName is the folder of a run that holds its adapters, beside its model.
const adapterName = "adapter"

// restore gives m the weights and moments of a checkpoint that newest returned: all
// of them, or those of the base in path and the adapters of the checkpoint.
func restore(m *model.Model, dir, path string) error {
	kept := filepath.Join(dir, modelName)
	if m.Plan().LoRA == nil {
		return errors.Join(m.Load(kept), m.LoadOptimizer(kept))
	}
	if err := m.Load(path); err != nil {
		return err
	}
	return errors.Join(m.LoadAdapter(kept), m.LoadOptimizer(kept))
}

// of refuses a checkpoint of adapters on other weights than those of the run.
func (s state) of(base, dir string) error {
	if s.Base != base {
		return fmt.Errorf("checkpoint %s belongs to the base %.12s; what lies in model.path is %.12s", dir, orNone(s.Base), orNone(base))
	}
	return nil
}

func orNone(digest string) string {
	if digest == "" {
		return "none"
	}
	return digest
}

// exportModel writes the model folder of a run, and the adapters beside it where it
// has some. The model comes last: where it is, all is there.
func exportModel(m *model.Model, out, base string, x model.Export) (adapter string, err error) {
	if m.Plan().LoRA != nil {
		adapter = filepath.Join(out, adapterName)
	}
	if exists(filepath.Join(out, modelName)) {
		return adapter, nil
	}
	if adapter != "" && !exists(adapter) {
		a := x
		a.Type, a.Adapter, a.Base = weights.F32, true, base
		if err := m.Save(adapter, a); err != nil {
			return adapter, err
		}
	}
	return adapter, m.Save(filepath.Join(out, modelName), x)
}
