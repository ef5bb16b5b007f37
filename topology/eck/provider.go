package eck

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
	"github.com/crosscheck-dev/crosscheck/topology/pki"
)

// Provider starts the environment for the first scenario that wants it, and lends it to one at a time.
type Provider struct {
	options Options
	turn    chan struct{} // holds one token
	env     *Environment
	err     error // why it did not start; it is not tried again
}

// NewProvider starts nothing yet.
func NewProvider(o Options) *Provider {
	p := &Provider{options: o, turn: make(chan struct{}, 1)}
	p.turn <- struct{}{}
	return p
}

// Acquire waits for the environment's turn. release gives it back.
func (p *Provider) Acquire(ctx context.Context) (env *Environment, release func(), err error) {
	select {
	case <-p.turn:
	case <-ctx.Done():
		return nil, nil, fmt.Errorf("wait for the ECK environment: %w", context.Cause(ctx))
	}
	release = func() { p.turn <- struct{}{} }
	if p.env == nil && p.err == nil {
		env, err := Start(ctx, p.options)
		if err != nil {
			p.err = fmt.Errorf("start the ECK environment: %w", errors.Join(err, env.Close(ctx)))
			if ctx.Err() != nil {
				p.err, err = nil, p.err // it may be tried again
				release()
				return nil, nil, err
			}
		} else {
			p.env = env
		}
	}
	if p.err != nil {
		release()
		return nil, nil, p.err
	}
	return p.env, release, nil
}

// Close ends the environment, if it was started. Nobody may hold it any more.
func (p *Provider) Close(ctx context.Context) error {
	if p.env == nil {
		return nil
	}
	return p.env.Close(ctx)
}

// Left are the namespaces in the user's cluster that are kept for a look.
func (p *Provider) Left() []string {
	if p.env == nil {
		return nil
	}
	return p.env.left()
}

// CommandError is a command of the documents that failed.
type CommandError struct {
	Output string
	Err    error
}

func (e *CommandError) Error() string {
	return fmt.Sprintf("%v: %s", e.Err, strings.TrimSpace(e.Output))
}

func (e *CommandError) Unwrap() error { return e.Err }

// Shell runs commands of the documents as an administrator of this side would: the real kubectl works in the side's
// namespace, and files lie in a folder that both sides' administrators share. It answers all output.
func (s *Side) Shell(ctx context.Context, script string) (string, error) {
	cmd := exec.CommandContext(ctx, "bash", "-eu", "-o", "pipefail", "-c", script)
	cmd.Dir = filepath.Join(s.env.dir, "work")
	cmd.WaitDelay = stopGrace
	home := cmd.Dir
	if s.env.guest != nil {
		home = os.Getenv("HOME") // whatever signs in to the user's cluster may keep its own things there
	}
	cmd.Env = append(os.Environ(), "KUBECONFIG="+s.Kubeconfig, "HOME="+home,
		"PATH="+filepath.Join(s.env.dir, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return out.String(), fmt.Errorf("run the administrator's commands: %w", context.Cause(ctx))
		}
		return out.String(), &CommandError{Output: out.String(), Err: err}
	}
	return out.String(), nil
}

// Authority is the named authority of the run.
func (e *Environment) Authority(name string) (*pki.Authority, error) {
	return e.options.Lab.Authority(name)
}

// Put writes a file into the folder that the administrators share. The name has no folder.
func (e *Environment) Put(name string, content []byte) error {
	if !filepath.IsLocal(name) || filepath.Base(name) != name {
		return fmt.Errorf("%q is no name of a file", name)
	}
	if err := os.WriteFile(filepath.Join(e.dir, "work", name), content, 0o600); err != nil {
		return fmt.Errorf("write the administrators' file %s: %w", name, err)
	}
	return nil
}

// Evidence is what explains a failure on this side, by file name.
func (s *Side) Evidence(ctx context.Context, name string) map[string][]byte {
	files := map[string][]byte{}
	if s.operator != nil {
		files["operator-"+s.Role+".log"] = []byte(s.operator.tail(400))
	}
	out, err := s.Shell(ctx, "kubectl get elasticsearch,statefulset,pod,service,endpointslice,secret,configmap -o wide; kubectl get events --sort-by .lastTimestamp; kubectl get elasticsearch "+name+" -o yaml")
	if err != nil {
		out += "\n" + err.Error()
	}
	files["kubernetes-"+s.Role+".txt"] = []byte(out)
	return files
}

// Forget removes the pod of a cluster that a scenario left in disorder; it is made again from what was applied.
func (s *Side) Forget(ctx context.Context, c *lab.Cluster) error {
	for uid, known := range s.clusters {
		if known != c {
			continue
		}
		delete(s.clusters, uid)
		if s.env.guest != nil {
			return s.env.guest.forget(ctx, s, uid)
		}
		for _, p := range s.env.kubelet.known() {
			if p.uid == uid {
				return s.env.kube.remove(ctx, pods, s.Namespace, p.name)
			}
		}
	}
	return nil
}

// Owns reports whether the cluster is one of this side's.
func (s *Side) Owns(c *lab.Cluster) bool {
	for _, known := range s.clusters {
		if known == c {
			return true
		}
	}
	return false
}

// Names of the Elasticsearch resources of a manifest.
func Names(manifests []Manifest) []string {
	var names []string
	for _, m := range manifests {
		if m.Object.GetKind() == "Elasticsearch" && !slices.Contains(names, m.Object.GetName()) {
			names = append(names, m.Object.GetName())
		}
	}
	return names
}

// Key is the key for an index of a cluster; it is created once, for all scenarios that use the cluster.
func (s *Side) Key(c *lab.Cluster, index string, create func() (elastic.Key, error)) (elastic.Key, error) {
	id := keyID{c, index}
	if known, ok := s.keys[id]; ok {
		return known, nil
	}
	key, err := create()
	if err == nil {
		s.keys[id] = key
	}
	return key, err
}

type keyID struct {
	cluster *lab.Cluster
	index   string
}
