package docker

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
)

// PublishVariable is the environment variable that names the address on which containers' ports are published, where it
// is not the one that DOCKER_HOST names.
const PublishVariable = "CROSSCHECK_PUBLISH"

// HostVariable is testcontainers' environment variable that names the Engine's machine as it is reached from here,
// where it is not the one that the Engine's address names. Ports are published on that machine's address.
const HostVariable = "TESTCONTAINERS_HOST_OVERRIDE"

// reach is where ports are published on the Engine's machine, and where they are found from here. On this machine both
// are loopback. Another machine's loopback is out of reach: there it is the one address by which DOCKER_HOST reaches
// the Engine.
type reach struct {
	bind netip.Addr
	host string
}

func reachOf(ctx context.Context, daemonHost, publish, override string) (reach, error) {
	if unspecified(override) {
		return reach{}, &SettingError{Name: HostVariable, Value: override, Problem: "is every address, and no machine's",
			Remedy: "give the name or the address of the Engine's machine, or unset it"}
	}
	host, remote := machineOf(daemonHost)
	// Beside a socket of this machine the override alone, which other projects may want, must not move the ports of
	// clusters from loopback to an address that others reach.
	overridden := override != "" && (remote || publish != "")
	if overridden {
		host, remote = override, true
	}
	if publish != "" {
		return publishedAt(publish, host, remote, overridden)
	}
	if bind, err := netip.ParseAddr(host); err == nil {
		return reach{bind, host}, nil
	}
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip4", host)
	switch {
	case err != nil && overridden:
		return reach{}, &SettingError{Name: HostVariable, Value: override, Problem: err.Error(),
			Remedy: "give the name or the address of the Engine's machine, or unset it"}
	case err != nil:
		return reach{}, fmt.Errorf("find the address of the Engine's machine: %w", err)
	}
	bind := found[0].Unmap()
	return reach{bind, bind.String()}, nil
}

// machineOf is the host of the Engine's machine, and whether it may be another machine than this one.
func machineOf(daemonHost string) (host string, remote bool) {
	engine, err := url.Parse(daemonHost)
	if err != nil || engine.Scheme != "tcp" && engine.Scheme != "http" && engine.Scheme != "https" {
		return loopback, false
	}
	if unspecified(engine.Hostname()) {
		return loopback, true
	}
	return engine.Hostname(), true
}

const loopback = "127.0.0.1"

// publishedAt is where ports are found that the user has published at an address. overridden says that host is what the
// user named for the Engine's machine.
func publishedAt(publish, host string, remote, overridden bool) (reach, error) {
	bind, err := netip.ParseAddr(publish)
	switch {
	case err != nil:
		return reach{}, &SettingError{Name: PublishVariable, Value: publish, Problem: "no IP address",
			Remedy: "give one of the Engine's machine, such as 10.0.0.5"}
	case !overridden && !bind.IsUnspecified():
		host = bind.String()
	case !remote:
		return reach{}, &SettingError{Name: PublishVariable, Value: publish, Problem: "does not say where ports are found",
			Remedy: "give one address of the Engine's machine, or a DOCKER_HOST with tcp://"}
	}
	return reach{bind, host}, nil
}

// unspecified reports whether a host is the address that stands for all of a machine, 0.0.0.0 or ::.
func unspecified(host string) bool {
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsUnspecified()
}
