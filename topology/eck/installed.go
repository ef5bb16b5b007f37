package eck

import (
	"context"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/eck/guest"
)

// Installed is a Kubernetes cluster of the user's, with the ECK that it has.
type Installed = guest.Installed

// KubeconfigError is a kubeconfig that cannot be used.
type KubeconfigError = guest.KubeconfigError

// NotInstalledError is a cluster without ECK.
type NotInstalledError = guest.NotInstalledError

// LacksError is something that a scenario takes and that the cluster does not have.
type LacksError = guest.LacksError

// Inspect reads from the cluster of a kubeconfig what it knows of ECK, and changes nothing. An empty path is what
// kubectl would take: $KUBECONFIG, or the one in the home folder.
func Inspect(ctx context.Context, kubeconfig string) (*Installed, error) {
	return guest.Inspect(ctx, kubeconfig)
}

// SweepNamespaces removes the namespaces that runs of this machine left in the user's cluster and whose process is
// gone, and returns their names. Those that were kept on purpose stay, unless kept is set. Nothing else is touched.
func SweepNamespaces(ctx context.Context, in *Installed, timeouts topology.Timeouts, kept bool) ([]string, error) {
	return guest.SweepNamespaces(ctx, in, timeouts, kept)
}
