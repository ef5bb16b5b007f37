package main

import (
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// timeout(1) sends its signal to the program and to its process group: the second one must not cut the clean-up short.
func TestASignalThatComesTwiceAtOnceCountsOnce(t *testing.T) {
	ctx, stop := interruptible()
	defer stop()
	require.NoError(t, syscall.Kill(syscall.Getpid(), syscall.SIGTERM))
	<-ctx.Done()
	require.NoError(t, syscall.Kill(syscall.Getpid(), syscall.SIGTERM))
	<-time.After(50 * time.Millisecond) // the process is still there

}
