package device

import (
	"fmt"
	"math"
)

// A Sampling says how tokens are drawn from logits.
type Sampling struct {
	Temperature float64 // logits are divided by it; 0 takes the likeliest token
	TopK        int     // the k likeliest tokens stay; 0: all
	TopP        float64 // the likeliest that together have this share of those stay; 0 or 1: all
}

// Check reports settings that mean nothing.
func (s Sampling) Check() error {
	switch {
	case !(s.Temperature >= 0) || math.IsInf(s.Temperature, 0):
		return fmt.Errorf("temperature is %v; it must be 0 (greedy) or above", s.Temperature)
	case s.TopK < 0:
		return fmt.Errorf("top-k is %d; it must be 0 (all) or above", s.TopK)
	case !(s.TopP >= 0 && s.TopP <= 1):
		return fmt.Errorf("top-p is %v; it must be between 0 and 1", s.TopP)
	}
	return nil
}

// A Drawn is the state of a decoding batch on the device: with it, and with the
// table and lengths of its Pages, a step and all its successors need no word from
// the host. A row of length 0 is free; who fills one writes all of its numbers.
type Drawn struct {
	Logits       Buf // F32 [B,V]
	Seeds        Buf // I32 [2B]: 64 bits a sequence, the low half first; at a multiple of 8 bytes
	Count, Limit Buf // I32 [B]: tokens of the response, and how many it may have
	Token, LogP  Buf // I32, F32 [B]: what was drawn last; -1 where the logits are not numbers
	IDs, At      Buf // I32 [B]: token and position that the next step reads
	Slots        Buf // I32 [B]: where its keys go; -1 for a free row
	Record       Buf // I32 [B, room]: the responses
	RecordLogP   Buf // F32 [B, room]
	Stops        Buf // I32: tokens that end a response
	B, Words     int
	Lengths      Buf // I32 [B]: those of the pages
}

// A Resident is a Device on which a batch can be decoded without the host: it
// draws tokens itself, and repeats operations that it has written down. The
// numbers that operations read and write lie in buffers, so that the same graph
// serves every step, every refill of a row, and weights that were updated in place.
type Resident interface {
	Device

	// Sample draws a token for every row and writes Token and LogP, the
	// log-probability at the temperature (1 for greedy) among all words. The same
	// seed, count and logits give the token that package decode picks, but where the
	// chance falls within rounding (1e-12) of the border of two tokens.
	Sample(b Drawn, s Sampling)
	// Advance writes down what Sample drew and makes every row ready to be fed it, or
	// frees it where its response has ended: with a stop token, at its limit, or with
	// token -1. A row that was freed stays as it is.
	Advance(b Drawn, p Pages, room int)
	// Capture records the operations that f calls, without doing them, as one
	// graph. Each must have been done before with the same shapes, so that kernels
	// are loaded, algorithms chosen and scratch allocated. f may not transfer
	// numbers to or from the host.
	Capture(f func()) (Graph, error)
	// DownloadInts waits for all before it and copies src, I32. After an error, which
	// Sync tells, it gives zeros.
	DownloadInts(dst []int32, src Buf)
}

// A Graph is operations that are launched together, with the buffers and shapes
// that they were captured with. What stands in the buffers may change.
type Graph interface {
	// Launch does them, and need not wait. An error is told by Sync.
	Launch()
	// Stale reports that the device has moved what the graph points to, its scratch,
	// since it was captured: it must be captured anew.
	Stale() bool
	Close()
}
