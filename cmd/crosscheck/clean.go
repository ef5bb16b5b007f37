package main

import (
	"errors"
	"fmt"

	"github.com/crosscheck-dev/crosscheck/topology/docker"
)

type cleanCommand struct {
	Kept       bool   `help:"Also remove what crosscheck run --keep left for a look."`
	Kubeconfig string `help:"Remove the namespaces that ended runs of this machine left in the cluster of this kubeconfig, instead of what is in the Docker Engine." type:"path" placeholder:"FILE"`
}

// Run carries out `crosscheck clean`.
func (c *cleanCommand) Run(s *streams) (err error) {
	if c.Kubeconfig != "" {
		return sweepOf(s, c.Kubeconfig, c.Kept)
	}
	engine, err := docker.Connect(s.ctx, "clean", s.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	swept, err := engine.SweepDead(s.ctx, c.Kept)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "removed %d containers and %d networks\n", swept.Containers, swept.Networks)
	if swept.Living > 0 {
		fmt.Fprintf(s.out, "%d containers belong to runs that are still going on\n", swept.Living)
	}
	if swept.Kept > 0 {
		fmt.Fprintf(s.out, "%d containers were kept on purpose; crosscheck clean --kept removes them\n", swept.Kept)
	}
	return nil
}
