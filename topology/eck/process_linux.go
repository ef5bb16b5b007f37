package eck

import "syscall"

// childAttributes puts a child process into a process group of its own: Ctrl-C reaches the whole foreground group of a
// terminal, and the child has to live until stop ends it. When the thread ends that started the child, the kernel kills
// the child, so that it does not outlive a killed crosscheck.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
