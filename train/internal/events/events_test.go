package events

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func clock() func() time.Time {
	t := time.Unix(1_700_000_000, 0)
	return func() time.Time { t = t.Add(time.Second); return t }
}

// writeSome writes a file with a curve and a text, as the second session of a run.
func writeSome(t *testing.T) string {
	dir := t.TempDir()
	w, err := create(dir, 3, clock())
	if err != nil {
		t.Fatal(err)
	}
	for step, v := range []float64{1.5, -0.25} {
		if err := w.Scalar(int64(step+3), "loss", v); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Text(4, "samples", "2+2 = **4**"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "events.out.tfevents.*"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	return files[0]
}

// These bytes were read by tensorboard 2.21.0 (testdata/read.py) as the two
// points, the text and the start of a session that writeSome wrote.
const recorded = "" +
	"1800000000000000a37f4b220900004040fc54d9411a0d627261696e2e4576656e743a321b852ede0f000000000000006d53" +
	"2b090900004040fc54d94110033a0208017958b47b1a00000000000000129bd82d0900008040fc54d94110032a0d0a0b0a04" +
	"6c6f7373150000c03fb83e817e1a00000000000000129bd82d090000c040fc54d94110042a0d0a0b0a046c6f737315000080" +
	"bedfb3edea39000000000000008b0737f10900000041fc54d94110042a2c0a2a0a0773616d706c6573421508071204120208" +
	"01420b322b32203d202a2a342a2a4a080a060a04746578748d054624"

func TestBytesThatTensorBoardRead(t *testing.T) {
	b, err := os.ReadFile(writeSome(t))
	if err != nil {
		t.Fatal(err)
	}
	got := hex.EncodeToString(b)
	if got != recorded {
		t.Errorf("the file is\n%s\nwant\n%s", got, recorded)
	}
}

// A record is its length, the checksum of that, the data and its checksum; a
// reader that knows nothing else finds every byte accounted for.
func TestFraming(t *testing.T) {
	b, err := os.ReadFile(writeSome(t))
	if err != nil {
		t.Fatal(err)
	}
	var records []string
	for len(b) > 0 {
		n := binary.LittleEndian.Uint64(b)
		if uint64(len(b)) < n+16 {
			t.Fatalf("a record of %d bytes in a file that has %d left", n, len(b))
		}
		data := b[12 : 12+n]
		if got, want := binary.LittleEndian.Uint32(b[8:]), masked(b[:8]); got != want {
			t.Errorf("checksum of the length %08x, want %08x", got, want)
		}
		if got, want := binary.LittleEndian.Uint32(b[12+n:]), masked(data); got != want {
			t.Errorf("checksum of the data %08x, want %08x", got, want)
		}
		records, b = append(records, string(data)), b[16+n:]
	}
	if len(records) != 5 {
		t.Fatalf("%d records, want version, session, two points and a text", len(records))
	}
	point := string(binary.LittleEndian.AppendUint32(nil, math.Float32bits(-0.25)))
	for i, want := range []string{"brain.Event:2", "", "loss", "loss", "2+2 = **4**"} {
		if !strings.Contains(records[i], want) {
			t.Errorf("record %d has no %q: %q", i, want, records[i])
		}
	}
	if !strings.HasSuffix(records[3], point) {
		t.Errorf("the second point is %q, want its value %q at the end", records[3], point)
	}
}

// The checksum is that of the record format: CRC-32C of "123456789" is the
// published check value e3069283.
func TestMaskedChecksum(t *testing.T) {
	const crc = 0xe3069283
	want := uint32(crc>>15|crc<<17&0xffffffff) + 0xa282ead8
	if got := masked([]byte("123456789")); got != want {
		t.Errorf("got %08x, want %08x", got, want)
	}
}

// TensorBoard itself, where Python has it.
func TestTensorBoardReads(t *testing.T) {
	python := os.Getenv("GRAFT_PYTHON")
	if python == "" || exec.Command(python, "-c", "import tensorboard").Run() != nil {
		t.Skip("needs GRAFT_PYTHON with tensorboard")
	}
	out, err := exec.Command(python, "testdata/read.py", writeSome(t)).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	const want = "version brain.Event:2\nstart 3\n3 loss 1.5\n4 loss -0.25\n4 samples 2+2 = **4**\n"
	if string(out) != want {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
}
