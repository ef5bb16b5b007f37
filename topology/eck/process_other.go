//go:build !linux

package eck

import "syscall"

// childAttributes puts a child process into a process group of its own, as on Linux. No other kernel kills a child when
// its parent has ended; that is one of the reasons why OwnEnvironment is an error there.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
