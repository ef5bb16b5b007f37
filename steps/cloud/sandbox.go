package cloud

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"

	"golang.org/x/sync/errgroup"

	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology"
	platform "github.com/crosscheck-dev/crosscheck/topology/cloud"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// Sandbox is a simulated Elastic Cloud that stays: two organizations, with the local and the other deployment in one of
// them and the remote deployment in the other. As JSON it holds secrets.
type Sandbox struct {
	API         string              `json:"api"`  // the URL
	CA          string              `json:"ca"`   // PEM: the authority of the API's certificate
	Keys        map[string]string   `json:"keys"` // organization ID -> API key of the control plane
	Deployments []SandboxDeployment `json:"deployments"`
	server      *platform.Server
}

// SandboxDeployment is a deployment of a sandbox, with the way to its Elasticsearch.
type SandboxDeployment struct {
	Name          string     `json:"name"` // local, other or remote
	Organization  string     `json:"organization"`
	ID            string     `json:"id"`
	ClusterID     string     `json:"cluster_id"`
	Endpoint      string     `json:"endpoint"`
	Version       string     `json:"version"`
	Elasticsearch lab.Access `json:"elasticsearch"`
}

// OpenSandbox starts the clusters and the control plane, and creates the deployments through its API.
func OpenSandbox(ctx context.Context, l *lab.Lab, pair world.Pair, facts *facts.Facts, secrets topology.Secrets,
	log *slog.Logger) (_ *Sandbox, err error) {
	w := world.New(&world.Env{Facts: facts, Secrets: secrets, Timeouts: l.Timeouts()}, pair)
	describe(w)
	describeAnother(w)
	names := []string{topology.Local, other, topology.Remote}
	specs := []lab.ClusterSpec{
		w.Clusters.LocalSpec, w.Clusters.Another(w.Clusters.RemoteSpec.Clone()), w.Clusters.RemoteSpec,
	}
	clusters := make([]*lab.Cluster, len(specs))
	group, groupCtx := errgroup.WithContext(ctx)
	for i, spec := range specs {
		group.Go(func() (err error) {
			clusters[i], err = l.Start(groupCtx, spec)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	authority, err := l.Authority("control-plane")
	if err != nil {
		return nil, err
	}
	plane, err := openPlane(ctx, w, authority, clusters, log)
	if err != nil {
		return nil, err
	}
	out := &Sandbox{
		API: plane.server.URL, CA: string(plane.server.CA), Keys: map[string]string{}, server: plane.server,
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, out.Close())
		}
	}()
	for who, client := range plane.clients {
		out.Keys[organizationID(who)] = client.key
	}
	for i, name := range names {
		if err := plane.create(ctx, name); err != nil {
			return nil, err
		}
		access, err := clusters[i].Access(ctx)
		if err != nil {
			return nil, fmt.Errorf("find the %s cluster: %w", name, err)
		}
		out.Deployments = append(out.Deployments, SandboxDeployment{
			Name: name, Organization: specs[i].Hosted.Organization, ID: plane.deployments[name],
			ClusterID: clusters[i].ID, Endpoint: clusters[i].Endpoint, Version: clusters[i].Version, Elasticsearch: access,
		})
	}
	return out, nil
}

// Close ends the control plane; the clusters are the lab's.
func (s *Sandbox) Close() error { return s.server.Close() }
