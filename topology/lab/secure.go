package lab

import (
	"context"
	"fmt"
	"strings"

	"github.com/crosscheck-dev/crosscheck/topology/keystore"
)

// AddSecureSetting stores a secure setting in every node's keystore. It takes effect when secure settings are reloaded.
// The file is written without Elasticsearch's own tool, which starts a JVM for every setting and takes seconds of a
// core; the tool has the last word where it would refuse the name, or where the file is of a format not known here.
func (c *Cluster) AddSecureSetting(ctx context.Context, name, value string) error {
	return c.changeKeystores(ctx, func(ctx context.Context, n *node) error {
		return c.rewrite(ctx, n, []string{"add", "--stdin", "--force", name}, value,
			func(k *keystore.Keystore) error { return k.Put(name, value) })
	})
}

// AddSecureSettingWithTool does it by `elasticsearch-keystore add`, as the documents say.
func (c *Cluster) AddSecureSettingWithTool(ctx context.Context, name, value string) error {
	return c.changeKeystores(ctx, func(ctx context.Context, n *node) error {
		return n.tool(ctx, value, "add", "--stdin", "--force", name)
	})
}

// RemoveSecureSetting takes a secure setting out of every node's keystore. One that is not there is an error of
// Elasticsearch's own tool.
func (c *Cluster) RemoveSecureSetting(ctx context.Context, name string) error {
	return c.changeKeystores(ctx, func(ctx context.Context, n *node) error {
		return c.rewrite(ctx, n, []string{"remove", name}, "", func(k *keystore.Keystore) error { return k.Remove(name) })
	})
}

func (c *Cluster) changeKeystores(ctx context.Context, change func(context.Context, *node) error) error {
	c.keys.Lock()
	defer c.keys.Unlock()
	return c.each(ctx, change)
}

// Keystores are the keystores of a cluster's nodes by name.
type Keystores map[string][]byte

// SaveKeystore answers the nodes' keystores as they are, for RestoreKeystore.
func (c *Cluster) SaveKeystore(ctx context.Context) (Keystores, error) {
	c.keys.Lock()
	defer c.keys.Unlock()
	all := Keystores{}
	for _, n := range c.nodes {
		content, err := n.keystore(ctx)
		if err != nil {
			return nil, err
		}
		all[n.name] = content
	}
	return all, nil
}

// RestoreKeystore puts keystores back; they take effect when secure settings are reloaded. Elasticsearch's own tool
// needs three seconds of a core to remove a setting, so cleaning up copies the file instead.
func (c *Cluster) RestoreKeystore(ctx context.Context, saved Keystores) error {
	c.keys.Lock()
	defer c.keys.Unlock()
	return c.each(ctx, func(ctx context.Context, n *node) error {
		return n.put(ctx, configFile(keystore.FileName, saved[n.name]))
	})
}

// KeystoreError is a call of elasticsearch-keystore that ended with another code than 0.
type KeystoreError struct {
	Arguments []string
	Node      string
	Code      int
	Output    string
}

// Error says what was called where, and all that it printed.
func (e *KeystoreError) Error() string {
	return fmt.Sprintf("elasticsearch-keystore %s on %s ended with code %d: %s",
		strings.Join(e.Arguments, " "), e.Node, e.Code, e.Output)
}

// rewrite changes a node's keystore as a file. What cannot be changed that way is left to Elasticsearch's own tool,
// with the arguments that would do the same.
func (c *Cluster) rewrite(ctx context.Context, n *node, args []string, stdin string,
	change func(*keystore.Keystore) error) error {
	if c.lab.keystoreTool {
		return n.tool(ctx, stdin, args...)
	}
	content, err := n.keystore(ctx)
	if err != nil {
		return err
	}
	k, err := n.keys.Read(content)
	if err == nil {
		err = change(k)
	}
	if err != nil {
		c.lab.log.DebugContext(ctx, "elasticsearch-keystore changes the keystore", "node", n.name, "reason", err)
		return n.tool(ctx, stdin, args...)
	}
	return n.put(ctx, configFile(keystore.FileName, k.File()))
}

// tool calls elasticsearch-keystore on the node.
func (n *node) tool(ctx context.Context, stdin string, args ...string) error {
	inside, err := n.inside()
	if err != nil {
		return err
	}
	res, err := inside.Exec(ctx, stdin, append([]string{home + "/bin/elasticsearch-keystore"}, args...)...)
	if err != nil {
		return err
	}
	if res.ExitCode != 0 {
		return &KeystoreError{Arguments: args, Node: n.name, Code: res.ExitCode, Output: res.Stdout + res.Stderr}
	}
	return nil
}

// keystore reads the node's keystore. The node must run.
func (n *node) keystore(ctx context.Context) ([]byte, error) {
	inside, err := n.inside()
	if err != nil {
		return nil, err
	}
	res, err := inside.Exec(ctx, "", "cat", configDir+"/"+keystore.FileName)
	if err != nil {
		return nil, err
	}
	if res.ExitCode != 0 {
		return nil, fmt.Errorf("read the keystore of %s: %s", n.name, res.Stderr)
	}
	return []byte(res.Stdout), nil
}
