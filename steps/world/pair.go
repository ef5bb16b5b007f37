package world

import (
	"fmt"

	"github.com/Masterminds/semver/v3"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/topology"
)

// Pair is the versions under test.
type Pair = facts.Pair

// Side is one of the two clusters of a connection: topology.Local or topology.Remote.
type Side string

// ParseSide reads the side that a step names. kind is what there are two of, such as "cluster" or "ECK".
func ParseSide(text, kind string) (Side, error) {
	if text != topology.Local && text != topology.Remote {
		return "", fmt.Errorf("there is a local and a remote %s, and no %q one", kind, text)
	}
	return Side(text), nil
}

// Of is the version of the side's cluster.
func (s Side) Of(p Pair) *semver.Version {
	if s == topology.Local {
		return p.Local
	}
	return p.Remote
}

// Upgraded is the pair after the side's cluster was given another version.
func (s Side) Upgraded(p Pair, to *semver.Version) Pair {
	if s == topology.Local {
		p.Local = to
	} else {
		p.Remote = to
	}
	return p
}

// Version is the version that the cluster of a side has by now, as it was asked for.
func (w *World) Version(side Side) string { return side.Of(w.Pair).Original() }
