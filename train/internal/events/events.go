// Package events writes event files that TensorBoard reads: records of the
// TFRecord framing, each a protocol buffer of the message tensorflow.Event. Both
// are small enough to be written by hand.
//
//	record   = length uint64, crc(length) uint32, data, crc(data) uint32; little-endian
//	crc(b)   = rotate right by 15 of CRC-32C(b), plus 0xa282ead8
//	Event    = 1 wall_time double, 2 step int64, 3 file_version, 5 summary, 7 session_log
//	Summary  = 1 value: 1 tag, 2 simple_value float, 8 tensor, 9 metadata
//
// Sources: tensorflow/core/util/event.proto, framework/summary.proto and
// lib/io/record_writer.h of TensorFlow.
package events

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"time"
)

// A Writer writes one event file.
type Writer struct {
	file *os.File
	buf  *bufio.Writer
	now  func() time.Time
}

// Create begins a new event file in dir. What files begun earlier say of steps
// from step on, TensorBoard forgets: a resumed run draws one curve. step is
// the first that will be written.
func Create(dir string, step int64) (*Writer, error) {
	return create(dir, step, time.Now)
}

func create(dir string, step int64, now func() time.Time) (*Writer, error) {
	t := now()
	// Readers go through the files in the order of their names.
	name := fmt.Sprintf("events.out.tfevents.%010d.graft.%09d", t.Unix(), t.Nanosecond())
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, err
	}
	w := &Writer{file: f, buf: bufio.NewWriter(f), now: now}
	err = w.write(event(t, 0, text(nil, 3, "brain.Event:2")))
	if err == nil && step > 1 {
		const start = 1 // SessionLog.status
		err = w.write(event(t, step, message(nil, 7, varint(nil, 1, start))))
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return w, nil
}

// Scalar adds one point of a curve.
func (w *Writer) Scalar(step int64, tag string, value float64) error {
	v := text(nil, 1, tag)
	v = binary.LittleEndian.AppendUint32(append(v, 2<<3|5), math.Float32bits(float32(value)))
	return w.write(event(w.now(), step, message(nil, 5, message(nil, 1, v))))
}

// Text adds a text, which TensorBoard shows as Markdown.
func (w *Writer) Text(step int64, tag, markdown string) error {
	const dtString = 7
	shape := message(nil, 2, varint(nil, 1, 1)) // one dimension of size 1
	tensor := text(message(varint(nil, 1, dtString), 2, shape), 8, markdown)
	plugin := message(nil, 1, text(nil, 1, "text"))
	v := message(message(text(nil, 1, tag), 8, tensor), 9, plugin)
	return w.write(event(w.now(), step, message(nil, 5, message(nil, 1, v))))
}

// Flush hands everything to the operating system.
func (w *Writer) Flush() error { return w.buf.Flush() }

// Close flushes and closes the file.
func (w *Writer) Close() error {
	if err := w.buf.Flush(); err != nil {
		w.file.Close()
		return err
	}
	return w.file.Close()
}

// write frames one record.
func (w *Writer) write(data []byte) error {
	head := binary.LittleEndian.AppendUint64(nil, uint64(len(data)))
	head = binary.LittleEndian.AppendUint32(head, masked(head))
	w.buf.Write(head) // errors stay in the buffer
	w.buf.Write(data)
	_, err := w.buf.Write(binary.LittleEndian.AppendUint32(nil, masked(data)))
	return err
}

func masked(b []byte) uint32 {
	c := crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))
	return (c>>15 | c<<17) + 0xa282ead8
}

// event begins with its time and step, and goes on with what.
func event(t time.Time, step int64, what []byte) []byte {
	seconds := float64(t.UnixNano()) / 1e9
	b := binary.LittleEndian.AppendUint64([]byte{1<<3 | 1}, math.Float64bits(seconds))
	if step != 0 {
		b = varint(b, 2, uint64(step))
	}
	return append(b, what...)
}

// varint, text and message append a field of a protocol buffer.
func varint(b []byte, field int, v uint64) []byte {
	return binary.AppendUvarint(append(b, byte(field<<3)), v)
}

func text(b []byte, field int, s string) []byte {
	b = binary.AppendUvarint(append(b, byte(field<<3|2)), uint64(len(s)))
	return append(b, s...)
}

func message(b []byte, field int, m []byte) []byte { return text(b, field, string(m)) }
