package plain

import (
	"os/exec"
	"syscall"
)

// isolate gives a program a process group of its own, and ends it when graft ends
// in any way.
func isolate(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// end kills the program's group.
func end(c *exec.Cmd) { syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
