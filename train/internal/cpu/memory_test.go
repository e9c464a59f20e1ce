package cpu

import (
	"strings"
	"testing"
)

// TestReserveTooMuch: an arena that the machine has no memory for is an error;
// Go itself would end the program.
func TestReserveTooMuch(t *testing.T) {
	total := physical()
	if total == 0 {
		t.Skip("the memory of this machine is not known")
	}
	d := New(1)
	defer d.Close()
	if err := d.Reserve(int(total) + 1<<20); err == nil || !strings.Contains(err.Error(), "this machine has") {
		t.Errorf("got %v, want an error that says what this machine has", err)
	}
	if err := d.Reserve(1 << 20); err != nil {
		t.Errorf("after it, a small arena: %v", err)
	}
}
