package lab

import (
	"context"
	"errors"
	"fmt"

	"github.com/crosscheck-dev/crosscheck/topology/await"
	"github.com/crosscheck-dev/crosscheck/topology/image"
	"github.com/crosscheck-dev/crosscheck/topology/keystore"
)

// Upgrade takes the cluster to another version as the documents say, node by node: replicas are no longer allocated, a
// node stops and starts with the new version on the same data, joins, replicas are allocated again, and the cluster
// becomes green. tell learns of each of these. After an error the cluster is neither of one version nor of the other.
func (c *Cluster) Upgrade(ctx context.Context, version string, tell func(event string)) error {
	img, err := c.lab.images.Resolve(ctx, version)
	if err != nil {
		return err
	}
	for _, n := range c.nodes {
		if err := c.allocate(ctx, "primaries"); err != nil {
			return err
		}
		if err := c.replace(ctx, n, img, tell); err != nil {
			return err
		}
		if err := c.connect(ctx, n); err != nil {
			return err
		}
		if err := c.joined(ctx, n, version); err != nil {
			return err
		}
		tell(fmt.Sprintf("%s has joined with %s", n.name, version))
		if err := c.allocate(ctx, nil); err != nil {
			return err
		}
		if err := c.green(ctx); err != nil {
			return err
		}
		tell(c.Name + " is green")
	}
	c.Before = append(c.Before, Build{c.Version, c.BuildHash, c.Image})
	c.Spec.Version, c.Image = version, img
	return c.identify(ctx)
}

// RefusesData stops the first node, starts it with another version on the same data, and reports whether it ended by
// itself.
func (c *Cluster) RefusesData(ctx context.Context, version string, tell func(event string)) (bool, error) {
	img, err := c.lab.images.Resolve(ctx, version)
	if err != nil {
		return false, err
	}
	n := c.nodes[0]
	if err := c.replace(ctx, n, img, tell); err != nil {
		return false, err
	}
	started := c.connect(ctx, n)
	if started == nil {
		return false, nil
	}
	state, err := n.container.State(ctx)
	if err != nil || !state.EndedByItself() {
		return false, errors.Join(started, err)
	}
	tell(fmt.Sprintf("%s with %s: %s", n.name, version, state.Text))
	return true, nil
}

// replace stops the node and starts it from img, with the same config folder and data.
func (c *Cluster) replace(ctx context.Context, n *node, img image.Image, tell func(event string)) error {
	secrets, err := n.keystore(ctx)
	if err != nil {
		return err
	}
	tell(fmt.Sprintf("%s stops (%s)", n.name, c.Version))
	if err := c.stopNode(ctx, n); err != nil {
		return err
	}
	tell(fmt.Sprintf("%s starts with %s on the same data", n.name, img.Version))
	return c.start(ctx, n, img, configFile(keystore.FileName, secrets))
}

// allocate sets cluster.routing.allocation.enable; nil is its default.
func (c *Cluster) allocate(ctx context.Context, shards any) error {
	err := c.API().PutSettings(ctx, map[string]any{"cluster.routing.allocation.enable": shards})
	if err != nil {
		return fmt.Errorf("set the allocation of shards on %s: %w", c.Name, err)
	}
	return nil
}

// joined waits until another node counts the node as one of the cluster, with its version.
func (c *Cluster) joined(ctx context.Context, n *node, version string) error {
	return await.Until(ctx, n.name+" joins", c.lab.timeouts.ClusterStart, func(ctx context.Context) error {
		nodes, err := c.API().Nodes(ctx)
		if err != nil {
			return err
		}
		for _, known := range nodes {
			if known.Name == n.name && len(nodes) == len(c.nodes) {
				if known.Version != version {
					return await.Permanent(fmt.Errorf("%s says that it is %s, not %s", n.name, known.Version, version))
				}
				return nil
			}
		}
		return fmt.Errorf("%d of %d nodes are in the cluster", len(nodes), len(c.nodes))
	})
}

func (c *Cluster) green(ctx context.Context) error {
	return await.Until(ctx, c.Name+" becomes green", c.lab.timeouts.ClusterStart, func(ctx context.Context) error {
		return c.API().Green(ctx)
	})
}

// licensed waits until the license of the spec is in force. Until then a node takes everything as licensed.
func (c *Cluster) licensed(ctx context.Context) error {
	if c.Spec.License == "" {
		return nil
	}
	return await.Until(ctx, c.Name+" has its license", c.lab.timeouts.ClusterStart, func(ctx context.Context) error {
		license, err := c.API().License(ctx)
		if err == nil && license != c.Spec.License {
			err = fmt.Errorf("the license is %s, and was to be %s", license, c.Spec.License)
		}
		return err
	})
}
