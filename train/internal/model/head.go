package model

import "github.com/seed-cdf14512/graft/train/internal/device"

// Head is the weight [V,C] of the output layer, for those who score rows of
// their own choice: decoding.
func (m *Model) Head() device.Buf { return m.head.Act }
