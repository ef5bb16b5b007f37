package world

import (
	"fmt"

	"github.com/Masterminds/semver/v3"

	"github.com/crosscheck-dev/crosscheck/topology"
)

// Pair is the versions under test.
type Pair struct {
	Local, Remote *semver.Version
}

// String reads "9.3.2 -> 8.19.4", local first.
func (p Pair) String() string { return p.Local.Original() + " -> " + p.Remote.Original() }

// With is the pair after the cluster of a side was given another version.
func (p Pair) With(side Side, to *semver.Version) Pair {
	if side == topology.Local {
		p.Local = to
	} else {
		p.Remote = to
	}
	return p
}

// Side is one of the two clusters of a connection: topology.Local or topology.Remote.
type Side string

// ParseSide reads the side that a step names. kind is what there are two of, such as "cluster" or "ECK".
func ParseSide(text, kind string) (Side, error) {
	if text != topology.Local && text != topology.Remote {
		return "", fmt.Errorf("there is a local and a remote %s, and no %q one", kind, text)
	}
	return Side(text), nil
}

// of is the version of the side's cluster.
func (s Side) of(p Pair) *semver.Version {
	if s == topology.Local {
		return p.Local
	}
	return p.Remote
}

// Version is the version of the cluster of a side, as it was asked for.
func (p Pair) Version(side Side) string { return side.of(p).Original() }
