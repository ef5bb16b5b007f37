package docker

import (
	"fmt"
	"os"
)

// owner names this process, so that a later run can tell whether the maker of a left-over object still lives.
func owner() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s/%d", host, os.Getpid())
}
