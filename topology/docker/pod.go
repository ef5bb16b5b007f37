package docker

import (
	"context"
	"fmt"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// Pod is what a container needs beside the usual to be one of a pod. The zero value changes nothing.
type Pod struct {
	Hostname   string
	User       string
	Entrypoint []string   // instead of the image's
	Binds      []string   // source:destination, with :ro for read only; the Engine must see the source
	ReadOnly   bool       // the root file system
	Memory     int64      // bytes; 0: no limit
	NetworkOf  *Container // whose network it shares, instead of networks and ports of its own
}

func (p Pod) configure(config *container.Config) {
	config.Hostname, config.User = p.Hostname, p.User
}

func (p Pod) configureHost(host *container.HostConfig) {
	host.Binds, host.ReadonlyRootfs, host.Memory = p.Binds, p.ReadOnly, p.Memory
	if p.NetworkOf != nil {
		host.NetworkMode = container.NetworkMode("container:" + p.NetworkOf.ID)
	}
}

// Wait waits until the container has ended, and answers its exit code.
func (c *Container) Wait(ctx context.Context) (int, error) {
	wait := c.engine.cli.ContainerWait(ctx, c.ID, client.ContainerWaitOptions{})
	select {
	case end := <-wait.Result:
		return int(end.StatusCode), nil
	case err := <-wait.Error:
		return 0, fmt.Errorf("wait for the end of container %s: %w", c.Name, err)
	}
}
