package lab

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/goccy/go-yaml"

	"github.com/crosscheck-dev/crosscheck/topology/docker"
)

// settingsFile is the node's own settings, in its config folder.
const settingsFile = "elasticsearch.yml"

// Restart stops the nodes and starts them on the same data, and waits until they are healthy.
func (c *Cluster) Restart(ctx context.Context) error {
	if err := c.owned(ctx, c.stopNode); err != nil {
		return err
	}
	return c.owned(ctx, c.startAgain)
}

// startAgain starts a node that was stopped, in its container, and waits until it is healthy.
func (c *Cluster) startAgain(ctx context.Context, n *node) error {
	if err := n.container.Restart(ctx); err != nil {
		return err
	}
	return c.connect(ctx, n)
}

// RestartWith is Restart with further settings in the nodes' elasticsearch.yml, which stay there. A node that ends by
// itself while it starts is no error: Ended knows of it.
func (c *Cluster) RestartWith(ctx context.Context, settings map[string]any) error {
	return c.owned(ctx, func(ctx context.Context, n *node) error {
		file, err := n.settings(settings)
		if err != nil {
			return err
		}
		if err := n.put(ctx, file); err != nil {
			return err
		}
		if err := c.stopNode(ctx, n); err != nil {
			return err
		}
		started := c.startAgain(ctx, n)
		if started == nil {
			return nil
		}
		state, err := n.container.State(ctx)
		if err != nil || !state.EndedByItself() {
			return errors.Join(started, err)
		}
		return nil
	})
}

// Ended is how the first node is that ended by itself; ok is false where none did.
func (c *Cluster) Ended(ctx context.Context) (state docker.State, ok bool, err error) {
	for _, n := range c.nodes {
		state, err := n.watched().State(ctx)
		if err != nil {
			return docker.State{}, false, fmt.Errorf("look how %s is: %w", n.name, err)
		}
		if state.EndedByItself() {
			return state, true, nil
		}
	}
	return docker.State{}, false, nil
}

// settings is the node's elasticsearch.yml with further settings.
func (n *node) settings(further map[string]any) (docker.File, error) {
	own := configFile(settingsFile, nil)
	i := slices.IndexFunc(n.files, func(f docker.File) bool { return f.Path == own.Path })
	if i < 0 {
		return docker.File{}, fmt.Errorf("%s has no %s of crosscheck's own", n.name, settingsFile)
	}
	all := map[string]any{}
	err := yaml.Unmarshal(n.files[i].Content, &all)
	if err != nil {
		return docker.File{}, fmt.Errorf("read %s of %s: %w", settingsFile, n.name, err)
	}
	maps.Copy(all, further)
	if own.Content, err = yaml.Marshal(all); err != nil {
		return docker.File{}, fmt.Errorf("write %s of %s: %w", settingsFile, n.name, err)
	}
	return own, nil
}
