package cloud

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/crosscheck-dev/crosscheck/topology"
)

// setTrust replaces the trust settings of a deployment.
func (p *Plane) setTrust(ctx context.Context, u User, id string, accounts []Account) error {
	return p.change(ctx, func() error {
		d, err := p.deployment(u, id)
		if err != nil {
			return err
		}
		d.Trust = accounts
		if err := p.Driver.Trust(ctx, d.ClusterID, d.patterns()); err != nil {
			return fmt.Errorf("apply the trust settings: %w", err)
		}
		p.save(d)
		return nil
	})
}

// setSecrets stores and removes keystore entries. Nodes that can take them up are told to; older ones wait for a
// restart.
func (p *Plane) setSecrets(ctx context.Context, u User, id string, secrets map[string]*string) error {
	for name := range secrets {
		if !settingName.MatchString(name) {
			return malformed(fmt.Sprintf("[%s] is not the name of a setting", name), "secrets")
		}
		if found := credentials.FindStringSubmatch(name); len(found) == 2 && !keyAlias.MatchString(found[1]) {
			return badAlias(found[1], "must be lowercase and only contain letters, numbers, dashes and underscores")
		}
	}
	return p.change(ctx, func() error {
		d, err := p.deployment(u, id)
		if err != nil {
			return err
		}
		if err := p.Driver.Store(ctx, d.ClusterID, secrets, p.Reloads(d.Version)); err != nil {
			return fmt.Errorf("change the keystore: %w", err)
		}
		names := map[string]bool{}
		for _, name := range d.Secrets {
			names[name] = true
		}
		for name, value := range secrets {
			names[name] = value != nil
		}
		maps.DeleteFunc(names, func(_ string, there bool) bool { return !there })
		d.Secrets = slices.Sorted(maps.Keys(names))
		p.save(d)
		return nil
	})
}

// remoteRef asks for a remote cluster through the API: one of the same organization, in the certificate model.
type remoteRef struct {
	Alias, Deployment, RefID string
	SkipUnavailable          bool
}

// setRemotes replaces the remote clusters that this API looks after; those that others added stay.
func (p *Plane) setRemotes(ctx context.Context, u User, id string, refs []remoteRef) error {
	return p.change(ctx, func() error {
		d, err := p.deployment(u, id)
		if err != nil {
			return err
		}
		all, err := p.Driver.Remotes(ctx, d.ClusterID)
		if err != nil {
			return fmt.Errorf("read the remote clusters: %w", err)
		}
		ours, taken := []string{}, map[string]bool{}
		for _, r := range all {
			if _, own := p.behind(r, d.Organization); own {
				ours = append(ours, r.Alias)
			} else {
				taken[r.Alias] = true
			}
		}
		var add []Remote
		for i, ref := range refs {
			r, err := p.resolve(d, ref)
			if err != nil {
				return err
			}
			if taken[r.Alias] {
				return &Error{http.StatusBadRequest, "deployments.elasticsearch.alias_in_use", fmt.Sprintf(
					"the alias [%s] is in use by a remote cluster outside of this organization, or twice: "+
						"use the Elasticsearch API for that one", r.Alias),
					[]string{fmt.Sprintf("resources[%d].alias", i)}}
			}
			taken[r.Alias] = true
			add = append(add, r)
		}
		if err := p.Driver.SetRemotes(ctx, d.ClusterID, ours, add); err != nil {
			return fmt.Errorf("set the remote clusters: %w", err)
		}
		p.save(d)
		return nil
	})
}

// resolve finds the deployment that ref means. One of another organization is as unknown as one that does not exist.
func (p *Plane) resolve(local Deployment, ref remoteRef) (Remote, error) {
	if !remoteAlias.MatchString(ref.Alias) {
		return Remote{}, badAlias(ref.Alias, "must contain only letters, digits, dashes and underscores")
	}
	if slices.Contains(local.Secrets, "cluster.remote."+ref.Alias+".credentials") {
		return Remote{}, &Error{http.StatusBadRequest, "deployments.elasticsearch.alias_has_api_key", fmt.Sprintf(
			"the alias [%s] has an API key, and this API sets certificate based remote clusters: use the Elasticsearch API",
			ref.Alias), []string{"alias"}}
	}
	p.mu.RLock()
	remote, ok := p.deployments[ref.Deployment]
	p.mu.RUnlock()
	if !ok || remote.Organization != local.Organization || ref.RefID != remote.RefID && ref.RefID != "_main" {
		return Remote{}, noRemoteResource(ref.Deployment, ref.RefID)
	}
	return Remote{
		Alias: ref.Alias, Address: net.JoinHostPort(remote.Endpoint, strconv.Itoa(topology.TransportPassthrough)),
		ServerName: remote.Endpoint,
		Sniff:      p.Sniffs(remote.Version), SkipUnavailable: ref.SkipUnavailable,
	}, nil
}

// behind finds the deployment of the organization that r leads to in the certificate model.
func (p *Plane) behind(r Remote, organization string) (Deployment, bool) {
	host, port, err := net.SplitHostPort(r.Address)
	if err != nil || port != strconv.Itoa(topology.TransportPassthrough) {
		return Deployment{}, false
	}
	for _, d := range p.list(organization) {
		if strings.EqualFold(d.Endpoint, host) {
			return d, true
		}
	}
	return Deployment{}, false
}

// remotes lists the deployment's remote clusters of its own organization, with the deployments behind them.
func (p *Plane) remotes(ctx context.Context, d Deployment) ([]Remote, []Deployment, error) {
	all, err := p.Driver.Remotes(ctx, d.ClusterID)
	if err != nil {
		return nil, nil, fmt.Errorf("read the remote clusters: %w", err)
	}
	var own []Remote
	var behind []Deployment
	for _, r := range all {
		if remote, ok := p.behind(r, d.Organization); ok {
			own, behind = append(own, r), append(behind, remote)
		}
	}
	return own, behind, nil
}
