package main

import (
	"fmt"

	"github.com/crosscheck-dev/crosscheck/reports/words"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/eck"
)

// sweepOf is what `crosscheck clean --kubeconfig` does.
func sweepOf(s *streams, kubeconfig string, kept bool) error {
	in, err := eck.Inspect(s.ctx, kubeconfig)
	if err != nil {
		return err
	}
	removed, err := eck.SweepNamespaces(s.ctx, in, topology.DefaultTimeouts(), kept)
	if err != nil {
		return err
	}
	if len(removed) == 0 {
		fmt.Fprintf(s.out, "there was nothing to remove in the cluster at %s\n", in.Server)
		return nil
	}
	fmt.Fprintf(s.out, "removed %s in the cluster at %s\n", words.Named("namespace", removed), in.Server)
	return nil
}
