package own

import "syscall"

// childAttributes puts a child into a process group of its own, because Ctrl-C reaches the whole foreground group of a
// terminal and the child is to live until stop; and has the kernel kill it when its parent ends.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
