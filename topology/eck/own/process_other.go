//go:build !linux

package own

import "syscall"

// childAttributes puts a child into a process group of its own, because Ctrl-C reaches the whole foreground group of a
// terminal and the child is to live until stop. Only Linux also ends a child with its parent; package build says that
// crosscheck's own Kubernetes is not available here, so nothing is started.
func childAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
