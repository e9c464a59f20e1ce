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

func onCPU(t *testing.T, threads int) device.Device {
	t.Helper()
	d := cpu.New(threads)
	t.Cleanup(func() { d.Close() })
	return d
}
