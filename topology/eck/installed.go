package eck

import (
	"context"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/eck/guest"
)

// What a caller needs to know of a Kubernetes cluster of the user's; package guest explains each.
type (
	Installed         = guest.Installed
	KubeconfigError   = guest.KubeconfigError
	NotInstalledError = guest.NotInstalledError
	LacksError        = guest.LacksError
)

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
