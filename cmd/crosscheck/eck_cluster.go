package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/eck"
)

// inspect is eck.Inspect, with a kubeconfig that cannot be used as wrong use.
func inspect(ctx context.Context, kubeconfig string) (*eck.Installed, error) {
	in, err := eck.Inspect(ctx, kubeconfig)
	if _, ok := errors.AsType[*eck.KubeconfigError](err); ok {
		return nil, usageError{err}
	}
	return in, err
}

// visit looks at the cluster that the scenarios with ECK are to run on, before anything is started.
func (c *runCommand) visit(s *streams, selected *selected) error {
	if c.Kubeconfig == "" {
		return nil
	}
	switch {
	case c.ECK:
		return usagef("--eck builds an environment of crosscheck's own, and --kubeconfig names a cluster instead; give one of them")
	case c.ECKTrial:
		return usagef("--eck-trial is for crosscheck's own environment; on a cluster of yours the license is yours to apply")
	case !selected.ofECK():
		return usagef("--kubeconfig: none of the selected scenarios is tagged @eck; add --tags @eck")
	}
	b, err := eckBuilder(nil)
	if err != nil {
		return err
	}
	if selected.installed, err = inspect(s.ctx, c.Kubeconfig); err != nil {
		return err
	}
	selected.noECK = ""
	return eck.Kubectl(b)
}

// sweepCluster removes what ended runs of this machine left in the user's cluster.
func (r *run) sweepCluster(ctx context.Context) error {
	if r.selected.installed == nil {
		return nil
	}
	removed, err := eck.SweepNamespaces(ctx, r.selected.installed, r.timeouts, false)
	if len(removed) > 0 {
		r.view.Note(fmt.Sprintf("an ended run had left %s in the cluster: removed", namespaces(removed)))
	}
	if err != nil {
		return fmt.Errorf("remove what earlier runs left in the cluster: %w", err)
	}
	return nil
}

// sweepOf is what `crosscheck clean --kubeconfig` does.
func sweepOf(s *streams, kubeconfig string, kept bool) error {
	in, err := inspect(s.ctx, kubeconfig)
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
	fmt.Fprintf(s.out, "removed %s in the cluster at %s\n", namespaces(removed), in.Server)
	return nil
}

func namespaces(names []string) string {
	if len(names) == 1 {
		return "namespace " + names[0]
	}
	return "namespaces " + strings.Join(names, ", ")
}
