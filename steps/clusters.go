package steps

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

var clusterSteps = []gherkin.Definition{
	{Expression: "a remote cluster with the remote cluster server enabled", Handler: (*Scenario).remoteWithServer,
		Doc: "The remote cluster listens on 9443 with a certificate of its own authority."},
	{Expression: "a local cluster that trusts its certificate", Handler: (*Scenario).localTrustsServer,
		Doc: "The local cluster trusts the authority of the remote cluster server; their transport interfaces have nothing in common."},
	{Expression: "a local and a remote cluster whose transport certificates trust each other", Handler: (*Scenario).mutualTrust,
		Doc: "Each side trusts the authority of the other side's transport interface."},
	{Expression: "a remote cluster without the remote cluster server", Handler: (*Scenario).remoteWithoutServer,
		Doc: "remote_cluster_server.enabled is not set, as by default."},
	{Expression: "the {word} cluster has the setting {string} with the value {string}", Handler: (*Scenario).nodeSetting,
		Doc: "In elasticsearch.yml of the local or remote cluster; the value is a piece of YAML."},
	{Expression: "the {word} cluster has a {word} license", Handler: (*Scenario).license,
		Doc: "basic instead of trial, on the local or remote cluster."},
	{Expression: "the {word} cluster's license becomes basic", Handler: (*Scenario).downgrade,
		Doc: "POST _license/start_basic on the running cluster: as when a trial ends."},
	{Expression: "a local and a remote cluster without security", Handler: (*Scenario).plain,
		Doc: "Plain text on the transport interface."},
	{Expression: "{string} on the remote cluster holds {int} document(s)", Handler: (*Scenario).documents,
		Doc: "Creates an index with that many documents on the remote cluster."},
	{Expression: "{string} on the remote cluster is closed", Handler: (*Scenario).closeIndex,
		Doc: "POST <index>/_close on the remote cluster."},
}

func (s *Scenario) describe() error {
	if s.lease != nil {
		return errors.New("the clusters are running already: describe them before the first step that uses them")
	}
	return nil
}

func (s *Scenario) remoteWithServer(context.Context) error {
	if s.remoteSpec.ServerCA == "" {
		return fmt.Errorf("%s has no remote cluster server; tag the scenario with the fact that it requires", s.pair.Remote.Original())
	}
	return s.describe()
}

func (s *Scenario) remoteWithoutServer(context.Context) error {
	s.remoteSpec.ServerCA = ""
	return s.describe()
}

func (s *Scenario) nodeSetting(_ context.Context, role, name, value string) error {
	spec, err := s.side(role)
	if err != nil {
		return err
	}
	set(&spec.Settings, name, value)
	return s.describe()
}

func (s *Scenario) license(_ context.Context, role, license string) error {
	spec, err := s.side(role)
	if err != nil {
		return err
	}
	spec.License = license
	return s.describe()
}

func (s *Scenario) downgrade(ctx context.Context, role string) error {
	if _, err := s.side(role); err != nil {
		return err
	}
	if err := s.ready(ctx); err != nil {
		return err
	}
	s.dirty = true // a cluster has one trial only
	res, err := s.clusterOf(role).API().Do(ctx, http.MethodPost, "/_license/start_basic?acknowledge=true", nil)
	if err != nil {
		return fmt.Errorf("start a basic license: %w", err)
	}
	if res.Status != http.StatusOK {
		return fmt.Errorf("start a basic license: %d %s", res.Status, res.Body)
	}
	return nil
}

func (s *Scenario) localTrustsServer(context.Context) error {
	s.localSpec.TrustedServers = []string{"remote-server"}
	return s.describe()
}

func (s *Scenario) mutualTrust(context.Context) error {
	s.localSpec.TransportCA = "partner-transport"
	s.localSpec.TrustedTransport = []string{"partner-transport", "remote-transport"}
	return s.describe()
}

func (s *Scenario) plain(context.Context) error {
	plain := func(spec lab.ClusterSpec) lab.ClusterSpec {
		return lab.ClusterSpec{Role: spec.Role, Version: spec.Version}
	}
	s.localSpec, s.remoteSpec = plain(s.localSpec), plain(s.remoteSpec)
	return s.describe()
}

func (s *Scenario) documents(ctx context.Context, index string, n int) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	name := s.unique(index)
	remote := s.remote // a later manifest may put another one in its place
	s.later("delete index "+name, func(ctx context.Context) error { return remote.API().DeleteIndex(ctx, name) })
	replicas := 0
	if s.remoteSpec.Nodes > 1 {
		replicas = 1
	}
	if err := s.remote.API().AddDocuments(ctx, name, n, replicas); err != nil {
		return fmt.Errorf("add documents to %s: %w", name, err)
	}
	s.indices, s.documented = append(s.indices, name), n
	return nil
}

func (s *Scenario) closeIndex(ctx context.Context, index string) error {
	name := s.unique(index)
	res, err := s.remote.API().Do(ctx, http.MethodPost, "/"+name+"/_close", nil)
	if err != nil {
		return fmt.Errorf("close %s: %w", name, err)
	}
	if res.Status != http.StatusOK {
		return fmt.Errorf("close %s: %d %s", name, res.Status, res.Body)
	}
	return nil
}
