package docker

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
)

// PublishVariable is the environment variable that names the address on which containers' ports are published, where it is
// not the one that DOCKER_HOST names.
const PublishVariable = "CROSSCHECK_PUBLISH"

// SettingError is an environment variable that cannot be used.
type SettingError struct{ Name, Value, Problem, Remedy string }

func (e *SettingError) Error() string {
	return fmt.Sprintf("%s=%s: %s; %s", e.Name, e.Value, e.Problem, e.Remedy)
}

// reach is where ports are published on the Engine's machine, and where they are found from here. On this machine both are
// loopback. Another machine's loopback is out of reach: there it is the one address by which DOCKER_HOST reaches the Engine.
type reach struct {
	bind netip.Addr
	host string
}

func reachOf(ctx context.Context, daemonHost, setting string) (reach, error) {
	host := "127.0.0.1"
	engine, err := url.Parse(daemonHost)
	remote := err == nil && (engine.Scheme == "tcp" || engine.Scheme == "http" || engine.Scheme == "https")
	if remote {
		host = engine.Hostname()
	}
	if setting != "" {
		bind, err := netip.ParseAddr(setting)
		switch {
		case err != nil:
			return reach{}, &SettingError{PublishVariable, setting, "no IP address", "give one of the Engine's machine, such as 10.0.0.5"}
		case !bind.IsUnspecified():
			host = bind.String()
		case !remote:
			return reach{}, &SettingError{PublishVariable, setting, "does not say where ports are found", "give one address of the Engine's machine, or a DOCKER_HOST with tcp://"}
		}
		return reach{bind, host}, nil
	}
	if bind, err := netip.ParseAddr(host); err == nil {
		return reach{bind, host}, nil
	}
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip4", host)
	if err != nil {
		return reach{}, fmt.Errorf("find the address of the Engine's machine: %w", err)
	}
	bind := found[0].Unmap()
	return reach{bind, bind.String()}, nil
}
