package gpucheck

import (
	"os/exec"
	"syscall"
)

// group makes what cmd starts end with it: compilers of kernels are processes of
// their own.
func group(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
