package train

import (
	"fmt"

	"github.com/seed-cdf14512/graft/train/internal/cpu"
	"github.com/seed-cdf14512/graft/train/internal/device"
)

// openDevice opens the backend that a run file names; auto is the fastest that
// there is.
func openDevice(name string, threads int) (device.Device, error) {
	if name != "auto" && name != "cpu" {
		return nil, fmt.Errorf("unknown device %q; there are auto and cpu", name)
	}
	return cpu.New(threads), nil
}
