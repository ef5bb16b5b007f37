package eck

import (
	"fmt"
	"runtime"
)

// PlatformError says that crosscheck cannot stand up an ECK environment of its own on this operating system.
type PlatformError struct {
	OS string // as Go names it: darwin, for example
}

func (e *PlatformError) Error() string {
	return fmt.Sprintf("an ECK environment of crosscheck's own needs Linux, and this is %s: its control plane and its "+
		"operator are processes beside the Docker Engine that reach containers by their own addresses, and that the kernel "+
		"ends with crosscheck; run on a Kubernetes cluster with ECK instead (--kubeconfig FILE)", e.OS)
}

// OwnEnvironment is a *PlatformError where no environment of crosscheck's own can be stood up. A user's cluster needs
// none.
func OwnEnvironment() error { return ownEnvironment(runtime.GOOS) }

func ownEnvironment(system string) error {
	if system != "linux" {
		return &PlatformError{OS: system}
	}
	return nil
}
