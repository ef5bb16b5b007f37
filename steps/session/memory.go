package session

import (
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/preflight"
)

// defaultLanes is one more than there are cores, since scenarios also wait, and at most one for each pair.
func defaultLanes(cores, pairs int) int { return max(1, min(cores+1, pairs)) }

// maxNodes is how many nodes may run at once: as many as fit into the free memory, leaving 2 GB to everything else, and
// no more than eight a core, since an idle node uses some of it too. A scenario takes three, so there are at least as
// many.
func maxNodes(freeBytes int64, cores int) int {
	return max(3, min(8*cores, int((freeBytes-2_000_000_000)/preflight.MemoryPerNode)))
}

// eckNodes is how many nodes the ECK environment may have beside three for each lane, leaving 3.5 GB to Kubernetes, the
// operators and everything else. A scenario takes up to four, so there are at least as many.
func eckNodes(freeBytes int64, lanes int) int {
	return max(4, int((freeBytes-3_500_000_000)/preflight.MemoryPerNode)-3*lanes)
}

// freeMemory is what programs on the Engine's machine could still take, in bytes. Of another machine only its whole
// memory is known. The engine may be nil.
func freeMemory(engine *docker.Engine, info docker.Info) int64 {
	if engine != nil && engine.Local() {
		if available, err := preflight.AvailableMemory(); err == nil {
			return int64(available)
		}
	}
	return info.Memory
}
