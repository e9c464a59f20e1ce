package decode

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/seed-cdf14512/graft/train/internal/device"
)

// Decoding on a device that draws by itself (device.Resident): a step needs no word
// from the host, and is one graph.
//
//	host    admit, prefill each prompt but for its last token, write the rows' numbers
//	device  for every row, by one launch a token: embed, layers over the cache, logits,
//	        Sample, Advance, which writes down the token and what the next step reads
//	host    every few launches: read the board; a row of length 0 has ended: take its
//	        response, give its blocks back
//
// A graph is captured once for each number of rows (bucket) and settings, and then
// serves every step and every refill: prompts come and go by numbers in buffers. A row
// that has ended rests until it is filled.

// every is the number of steps between two looks at the board. A look costs the GPU
// about 40 µs of rest, and a step takes 0.5 to 2 ms: 8 steps make that 1% at most,
// while a row that has ended rests for 4 steps in the mean.
const every = 8

// stopRoom is how many tokens may end a response on a device.
const stopRoom = 1024

// The columns of a board, each [Seqs], named as in device.Drawn. The first two are
// one, the seeds.
const (
	colCount = 2 + iota
	colLimit
	colIDs
	colAt
	colSlots
	colLengths
	colToken
	columns
)

// A resident is the memory of a batch that lives on the device.
type resident struct {
	*Engine
	dev                device.Resident
	board              device.Buf // I32 [columns, Seqs]
	hostBoard          []int32    // what was read last, and is to be written
	slotsOf            device.Buf // I32 [Seqs*Longest], of the prompts of a prefill
	drawn              device.Buf // F32 [Seqs]: the log-probabilities drawn last
	record, recordLogP device.Buf // I32, F32 [Seqs, Longest]
	stops              device.Buf // I32 [stopRoom]
	graphs             map[program]device.Graph
	rows               []*sequence // [Seqs]; nil is free
}

// A program is what a graph was captured with.
type program struct {
	Settings
	rows, stops int
}

func placeResident(e *Engine, dev device.Resident, a *device.Arena) *resident {
	n, longest := e.shape.Seqs, e.shape.Longest
	return &resident{
		Engine: e, dev: dev, graphs: map[program]device.Graph{}, rows: make([]*sequence, n),
		board: a.New(device.I32, columns*n), hostBoard: make([]int32, columns*n), slotsOf: a.New(device.I32, n*longest), drawn: a.New(device.F32, n),
		record: a.New(device.I32, n*longest), recordLogP: a.New(device.F32, n*longest), stops: a.New(device.I32, stopRoom),
	}
}

// column is a column of the board as the host has it.
func (b *resident) column(c int) []int32 { return b.hostBoard[c*len(b.rows):][:len(b.rows)] }

// onDevice is the loop of Run where the device draws.
func (r *run) onDevice(ctx context.Context) error {
	b := r.e.resident
	if err := b.begin(r); err != nil {
		return err
	}
	var ended []*sequence
	free := 0 // rows that were freed since the last prefill
	for len(r.active) > 0 || r.next < len(r.reqs) {
		if err := ctx.Err(); err != nil {
			return errors.Join(err, r.tell(ended)) // what is whole is not lost
		}
		// A prefill costs a step or so, however few prompts it has: it waits for a
		// sixteenth of the rows. With Seqs·sqrt(2/tokens) of them the cost is least, which
		// is a sixteenth for responses of 500 tokens.
		if r.next < len(r.reqs) && (len(r.active) == 0 || free >= max(1, len(b.rows)/16)) {
			free = 0
			if err := b.fill(r); err != nil {
				return err
			}
		}
		if err := b.steps(r); err != nil {
			return err
		}
		if err := r.tell(ended); err != nil { // while the device works
			return err
		}
		var err error
		if ended, err = b.look(r); err != nil {
			return err
		}
		free += len(ended)
	}
	return r.tell(ended)
}

// begin frees all rows, those of a Run that was broken off too.
func (b *resident) begin(r *run) error {
	if len(r.lim.Stop) > stopRoom {
		return fmt.Errorf("%d tokens end a response; on %s at most %d can", len(r.lim.Stop), b.dev.Name(), stopRoom)
	}
	for i, q := range r.reqs { // a device looks at none of them
		for k, id := range q.Prompt {
			if id < 0 || int(id) >= b.vocab {
				return fmt.Errorf("token %d of prompt %d has id %d: the model has %d words", k, i, id, b.vocab)
			}
		}
	}
	clear(b.rows)
	clear(b.hostBoard)
	clear(b.hostTable)
	free := b.column(colSlots)
	for i := range free {
		free[i] = -1
	}
	b.dev.UploadInts(b.stops.Slice(0, len(r.lim.Stop)), r.lim.Stop)
	return nil
}

// fill admits what there is room for and writes its rows.
func (b *resident) fill(r *run) error {
	for {
		fresh := r.admit()
		if len(fresh) == 0 {
			break
		}
		if err := b.prefill(fresh); err != nil {
			return err
		}
		for _, s := range fresh {
			b.put(slices.Index(b.rows, nil), s, r.lim.MaxNew)
		}
	}
	b.write()
	return nil
}

// put makes a row of a sequence whose next step reads the last token of its prompt.
func (b *resident) put(row int, s *sequence, most int) {
	b.rows[row] = s
	last := len(s.prompt) - 1
	b.hostBoard[2*row], b.hostBoard[2*row+1] = int32(s.seed), int32(s.seed>>32)
	for c, x := range map[int]int32{
		colCount: 0, colLimit: int32(most), colIDs: s.prompt[last], colAt: int32(last), colSlots: s.slot(last, b.shape.Block), colLengths: int32(len(s.prompt)),
	} {
		b.column(c)[row] = x
	}
	per := b.shape.perSeq()
	table := b.hostTable[row*per : (row+1)*per]
	clear(table[copy(table, s.blocks):])
}

// write sends the board and the table to the device.
func (b *resident) write() {
	b.dev.UploadInts(b.board, b.hostBoard)
	b.dev.UploadInts(b.table, b.hostTable)
}

// bucket is the number of rows of the graph that serves n.
func (b *resident) bucket(n int) int {
	rows := 1
	for rows < n {
		rows *= 2
	}
	return min(rows, len(b.rows))
}

// shrink moves the last rows to the place of free ones where nothing is left to
// fill them and a smaller graph then serves, and is the rows of the graph.
func (b *resident) shrink(r *run) int {
	used := len(b.rows)
	for used > 1 && b.rows[used-1] == nil {
		used--
	}
	small := b.bucket(len(r.active))
	if r.next < len(r.reqs) || small == b.bucket(used) {
		return b.bucket(used)
	}
	for from := used - 1; from >= small; from-- {
		if b.rows[from] != nil {
			b.move(slices.Index(b.rows, nil), from)
		}
	}
	b.write()
	return small
}

// move puts a sequence under way into a free row. Its old one is beyond the rows of
// all graphs that follow.
func (b *resident) move(to, from int) {
	b.rows[to], b.rows[from] = b.rows[from], nil
	for c := colCount; c < columns; c++ {
		b.column(c)[to] = b.column(c)[from]
	}
	copy(b.hostBoard[2*to:2*to+2], b.hostBoard[2*from:])
	per, room := b.shape.perSeq(), b.shape.Longest
	copy(b.hostTable[to*per:(to+1)*per], b.hostTable[from*per:])
	for _, record := range []device.Buf{b.record, b.recordLogP} {
		b.dev.Copy(record.Slice(to*room, room), record.Slice(from*room, room))
	}
}

// look reads the board and takes the responses that have ended.
func (b *resident) look(r *run) (ended []*sequence, err error) {
	b.dev.DownloadInts(b.hostBoard, b.board)
	if err := b.dev.Sync(); err != nil {
		return nil, err
	}
	room := b.shape.Longest
	for row, s := range b.rows {
		if s == nil || b.column(colLengths)[row] != 0 {
			continue
		}
		n := int(b.column(colCount)[row])
		if n < 1 || n > r.lim.MaxNew {
			return nil, fmt.Errorf("sequence %d of the batch: the device gave %d tokens, of at most %d", s.index, n, r.lim.MaxNew)
		}
		s.out.IDs, s.out.LogProbs = make([]int32, n), make([]float32, n)
		b.dev.DownloadInts(s.out.IDs, b.record.Slice(row*room, n))
		b.dev.Download(s.out.LogProbs, b.recordLogP.Slice(row*room, n))
		if err := b.dev.Sync(); err != nil {
			return nil, err
		}
		if s.out.Finish, err = r.finish(s); err != nil {
			return nil, err
		}
		b.rows[row] = nil
		b.free.give(s.blocks)
		s.blocks = nil
		r.stats.Tokens += n
		ended = append(ended, s)
	}
	r.active = slices.DeleteFunc(r.active, func(s *sequence) bool { return s.out.Finish != "" })
	return ended, nil
}

// finish is how a response ended that the device has ended.
func (r *run) finish(s *sequence) (string, error) {
	n := len(s.out.IDs)
	switch last := s.out.IDs[n-1]; {
	case last < 0:
		return "", fmt.Errorf("sequence %d of the batch, token %d of its response: %w", s.index, n-1, ErrNotNumbers)
	case slices.Contains(r.lim.Stop, last):
		return Stop, nil
	case n == r.lim.MaxNew:
		return Length, nil
	}
	return "", fmt.Errorf("sequence %d of the batch: the device ended it after %d of %d tokens and no stop token", s.index, n, r.lim.MaxNew)
}

// tell hands over what has ended.
func (r *run) tell(ended []*sequence) error {
	for _, s := range ended {
		if err := r.done(s.index, s.out); err != nil {
			return err
		}
	}
	return nil
}
