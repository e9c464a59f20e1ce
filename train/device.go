package train

import (
	"errors"
	"fmt"
	"strings"

	"github.com/seed-cdf14512/graft/train/internal/cpu"
	"github.com/seed-cdf14512/graft/train/internal/cuda"
	"github.com/seed-cdf14512/graft/train/internal/device"
	"github.com/seed-cdf14512/graft/train/internal/model"
)

// Devices are the names that a run file and --device know.
func Devices() []string { return []string{"auto", "cuda", "cpu"} }

// fits is nil where the kernels of a GPU can run a model of a shape.
func fits(c model.Config) error {
	return cuda.CheckHeads(device.Heads{H: c.Heads, G: c.KVHeads, D: c.HeadDim})
}

// checkDevice refuses a model, whose shape stands in file, where the run names the GPU
// and its kernels do not fit: before anything is read that takes long.
func checkDevice(name, file string, c model.Config) error {
	if name != "cuda" {
		return nil
	}
	if err := fits(c); err != nil {
		return fmt.Errorf("%s: %w; device cpu takes any", file, err)
	}
	return nil
}

// openDevice opens the backend that a run file names, for a model of a shape. auto
// is the GPU where there is one that can run the model, and otherwise the CPU; a
// GPU that is there and cannot be opened is an error, not a run that is a hundred
// times slower than it could be.
func openDevice(name string, threads int, c model.Config) (device.Device, error) {
	switch name {
	case "cpu":
		return cpu.New(threads), nil
	case "auto", "cuda":
		err := fits(c)
		if err != nil && name == "auto" {
			return cpu.New(threads), nil
		}
		var d device.Device
		if err == nil {
			d, err = cuda.Open()
		}
		switch {
		case err == nil:
			return d, nil
		case name == "cuda":
			return nil, fmt.Errorf("device cuda: %w", err)
		case errors.Is(err, cuda.ErrNoGPU):
			return cpu.New(threads), nil
		}
		return nil, fmt.Errorf("there is a GPU, but: %w; device cpu does without it", err)
	}
	return nil, fmt.Errorf("unknown device %q; there are %s", name, strings.Join(Devices(), ", "))
}
