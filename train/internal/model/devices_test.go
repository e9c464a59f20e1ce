package model

import (
	"testing"

	"github.com/seed-cdf14512/graft/train/internal/cpu"
	"github.com/seed-cdf14512/graft/train/internal/device"
)

// A backend is a device that the tests of the model run on.
type backend struct {
	name string
	make func() device.Device
}

func devices(t *testing.T) []backend {
	t.Helper()
	return []backend{
		{"reference", func() device.Device { return new(reference) }},
		{"reference/bf16", func() device.Device { return &reference{act: device.BF16} }},
		{"cpu", func() device.Device { return onCPU(t, 2) }},
	}
}

// ways are how a model is trained: as it is, through adapters beside every linear
// layer, and through some with other layers trained whole.
var ways = map[string]*LoRA{
	"whole":    nil,
	"adapters": {Rank: 3, Alpha: 4, Targets: Targets()},
	"some":     {Rank: 2, Alpha: 1, Targets: []string{"q_proj", "down_proj"}, Whole: []string{"embed_tokens", "norm"}},
}

// everyWay runs f on each device in each way of training.
func everyWay(t *testing.T, f func(t *testing.T, dev func() device.Device, lora *LoRA)) {
	t.Helper()
	for _, dev := range devices(t) {
		for name, lora := range ways {
			t.Run(dev.name+"/"+name, func(t *testing.T) { f(t, dev.make, lora) })
		}
	}
}

func onCPU(t *testing.T, threads int) device.Device {
	t.Helper()
	d := cpu.New(threads)
	t.Cleanup(func() { d.Close() })
	return d
}
