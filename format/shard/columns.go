package shard

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unsafe"
)

// A column is one leaf of a row type: where its values lie in a row, and what the
// file says of it. A row type has strings, int32, int64 and bool, in structs and
// in lists of them; the number of lists on the way is the greatest repetition
// level, and the greatest definition level too, because nothing else is optional.
type column struct {
	path  []string
	kind  reflect.Kind
	hops  []hop
	lists byte
}

// A hop leads to the field at an offset: to a list with items of so many bytes, or
// where size is 0, to the value.
type hop struct{ offset, size uintptr }

// columnsOf lists the leaves of a row type in the order of its fields.
func columnsOf(t reflect.Type) []column { return leaves(nil, t, column{hops: []hop{{}}}) }

func leaves(all []column, t reflect.Type, c column) []column {
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("parquet"), ",")
			in := c.child(name)
			in.hops[len(in.hops)-1].offset += f.Offset
			all = leaves(all, f.Type, in)
		}
		return all
	case reflect.Slice:
		in := c.child("list", "element")
		in.hops[len(in.hops)-1].size = t.Elem().Size()
		in.hops = append(in.hops, hop{})
		in.lists++
		return leaves(all, t.Elem(), in)
	case reflect.String, reflect.Int32, reflect.Int64, reflect.Bool:
		c.kind = t.Kind()
		return append(all, c)
	}
	panic(fmt.Sprintf("shard: no column holds a %s", t)) // a row type is part of this package
}

func (c column) child(names ...string) column {
	c.path = append(slices.Clone(c.path), names...)
	c.hops = slices.Clone(c.hops)
	return c
}

// A page holds the values of one column in a run of rows, as they are gathered:
// numbers little-endian, booleans a byte each, strings one behind the other.
type page struct {
	rows     int
	count    int // values, without those of empty lists
	values   []byte
	offsets  []uint32 // of strings: where each begins, and where the last one ends
	rep, def []byte   // levels; none where there is no list
}

func (p *page) reset() {
	*p = page{values: p.values[:0], offsets: p.offsets[:0], rep: p.rep[:0], def: p.def[:0]}
}

// size is what a page counts as when it is cut: the bytes that the Parquet library
// holds for it, whose cuts these are.
func (p *page) size(c *column) int {
	n := len(p.values)
	switch c.kind {
	case reflect.String:
		n += 4 * p.count
	case reflect.Bool:
		n = (n + 7) / 8
	}
	if c.lists > 0 {
		n += 8*p.rows + 2*len(p.def)
	}
	return n
}

// add copies a row's values into the page.
func (p *page) add(c *column, row unsafe.Pointer) {
	p.rows++
	if c.lists == 0 {
		p.take(c.kind, unsafe.Add(row, c.hops[0].offset), 0, 1)
		return
	}
	p.list(c.kind, row, c.hops, 0, 0)
}

// list copies the values below a list; depth is the number of lists around it, rep
// the repetition level of the first of them.
func (p *page) list(kind reflect.Kind, at unsafe.Pointer, hops []hop, rep, depth byte) {
	items := *(*[]byte)(unsafe.Add(at, hops[0].offset)) // whatever the items are: pointer and length lie where a []byte has them
	n, first, size := len(items), unsafe.Pointer(unsafe.SliceData(items)), hops[0].size
	switch {
	case n == 0:
		p.levels(rep, rep, depth, 1)
	case len(hops) == 2:
		p.levels(rep, depth+1, depth+1, n)
		p.take(kind, unsafe.Add(first, hops[1].offset), size, n)
	default:
		for i := range n {
			p.list(kind, unsafe.Add(first, uintptr(i)*size), hops[1:], rep, depth+1)
			rep = depth + 1
		}
	}
}

// levels appends n definition levels, and repetition levels of which the first may
// differ from the rest.
func (p *page) levels(first, rest, def byte, n int) {
	p.rep = run(append(p.rep, first), rest, n-1)
	p.def = run(p.def, def, n)
}

// run appends n equal levels.
func run(to []byte, level byte, n int) []byte {
	at := len(to)
	to = slices.Grow(to, n)[:at+n]
	if n > 0 {
		to[at] = level
	}
	for done := 1; done < n; done *= 2 {
		copy(to[at+done:], to[at:at+done])
	}
	return to
}

// take appends n values that lie so many bytes apart.
func (p *page) take(kind reflect.Kind, at unsafe.Pointer, apart uintptr, n int) {
	p.count += n
	switch kind {
	case reflect.Int32:
		to := p.room(4 * n)
		for i := range n {
			binary.LittleEndian.PutUint32(to[4*i:], *(*uint32)(unsafe.Add(at, uintptr(i)*apart)))
		}
	case reflect.Int64:
		to := p.room(8 * n)
		for i := range n {
			binary.LittleEndian.PutUint64(to[8*i:], *(*uint64)(unsafe.Add(at, uintptr(i)*apart)))
		}
	case reflect.Bool:
		for i := range n {
			p.values = append(p.values, *(*byte)(unsafe.Add(at, uintptr(i)*apart)))
		}
	default:
		for i := range n {
			p.offsets = append(p.offsets, uint32(len(p.values)))
			p.values = append(p.values, *(*string)(unsafe.Add(at, uintptr(i)*apart))...)
		}
	}
}

// room appends n bytes to the values, which the caller fills.
func (p *page) room(n int) []byte {
	at := len(p.values)
	p.values = slices.Grow(p.values, n)[:at+n]
	return p.values[at:]
}
