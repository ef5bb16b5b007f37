package preflight

// AvailableMemory is how many bytes programs on this machine could still take without swapping (MemAvailable).
func AvailableMemory() (uint64, error) { return thisMachine().memAvailable() }
