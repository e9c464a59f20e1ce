package cpu

import "syscall"

// physical is the memory of this machine in bytes, 0 where it is not known.
func physical() uint64 {
	var info syscall.Sysinfo_t
	if syscall.Sysinfo(&info) != nil {
		return 0
	}
	return uint64(info.Totalram) * uint64(info.Unit)
}
