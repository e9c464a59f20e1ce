package shard

import (
	"sync"

	"github.com/klauspost/compress/zstd"
	pqzstd "github.com/parquet-go/parquet-go/compress/zstd"
)

// A codec is the Parquet library's zstd at its fastest. The library's encoders look
// back 4 MiB and hold twice that, though a page has 256 KiB: pages that fit a small
// window are compressed by encoders that have no larger one, to the same bytes.
type codec struct {
	pqzstd.Codec
	encoders sync.Pool
}

const smallWindow = 2 * pageBytes

// pageCodec compresses the pages of all tables.
var pageCodec = &codec{Codec: pqzstd.Codec{Level: pqzstd.SpeedFastest}}

// Encode compresses src into dst, which it overwrites.
func (c *codec) Encode(dst, src []byte) ([]byte, error) {
	if len(src) > smallWindow {
		return c.Codec.Encode(dst, src)
	}
	e, _ := c.encoders.Get().(*zstd.Encoder)
	if e == nil {
		var err error
		e, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(smallWindow),
			zstd.WithEncoderConcurrency(1), zstd.WithZeroFrames(true), zstd.WithEncoderCRC(false))
		if err != nil {
			return dst, err
		}
	}
	defer c.encoders.Put(e)
	return e.EncodeAll(src, dst[:0]), nil
}
