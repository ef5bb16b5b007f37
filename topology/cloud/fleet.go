package cloud

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// Fleet is the Driver of real clusters, hosted ones of a lab.
type Fleet struct {
	provide func(ctx context.Context, o Order) (*lab.Cluster, error)
	discard func(ctx context.Context, c *lab.Cluster) error

	mu      sync.Mutex
	members map[string]*member
}

type member struct {
	*lab.Cluster
	keystore lab.Keystores // before the first change; nil without one
	reloads  bool          // whether a change of the keystore was taken up
	trust    bool          // whether its trust has changed
}

// NewFleet is a fleet without clusters: provide brings one up for a new deployment, discard ends it.
func NewFleet(provide func(context.Context, Order) (*lab.Cluster, error),
	discard func(context.Context, *lab.Cluster) error) *Fleet {
	return &Fleet{provide: provide, discard: discard, members: map[string]*member{}}
}

func (f *Fleet) member(id string) (*member, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if m, ok := f.members[id]; ok {
		return m, nil
	}
	return nil, fmt.Errorf("there is no cluster %s", id)
}

// Create implements Driver.
func (f *Fleet) Create(ctx context.Context, o Order) (Placement, error) {
	c, err := f.provide(ctx, o)
	if err != nil {
		return Placement{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.members[c.ID] = &member{Cluster: c}
	return Placement{ClusterID: c.ID, Endpoint: c.Endpoint}, nil
}

// Delete implements Driver.
func (f *Fleet) Delete(ctx context.Context, id string) error {
	m, err := f.member(id)
	if err != nil {
		return err
	}
	if err := f.discard(ctx, m.Cluster); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.members, id)
	return nil
}

// Restart implements Driver.
func (f *Fleet) Restart(ctx context.Context, id string) error {
	m, err := f.member(id)
	if err != nil {
		return err
	}
	return m.Restart(ctx)
}

// Trust implements Driver.
func (f *Fleet) Trust(ctx context.Context, id string, patterns []string) error {
	m, err := f.member(id)
	if err != nil {
		return err
	}
	if !m.Spec.Security {
		return fmt.Errorf("%s has no security", m.Name)
	}
	m.trust = true
	return m.SetTrust(ctx, patterns)
}

// Store implements Driver.
func (f *Fleet) Store(ctx context.Context, id string, secrets map[string]*string, reload bool) error {
	m, err := f.member(id)
	if err != nil {
		return err
	}
	if m.keystore == nil {
		if m.keystore, err = m.SaveKeystore(ctx); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		if value := secrets[name]; value != nil {
			err = m.AddSecureSetting(ctx, name, *value)
		} else {
			err = m.RemoveSecureSetting(ctx, name)
		}
		if err != nil {
			return err
		}
	}
	m.reloads = reload
	if !reload {
		return nil
	}
	return m.API().ReloadSecureSettings(ctx)
}

// Remotes implements Driver. What is not a string or a list in the answer stands for an address of another kind.
func (f *Fleet) Remotes(ctx context.Context, id string) ([]Remote, error) {
	m, err := f.member(id)
	if err != nil {
		return nil, err
	}
	info, err := m.API().RemoteInfo(ctx)
	if err != nil {
		return nil, err
	}
	var all []Remote
	for _, alias := range slices.Sorted(maps.Keys(info)) {
		fields := info[alias]
		r := Remote{Alias: alias}
		r.Address, _ = fields["proxy_address"].(string)
		r.ServerName, _ = fields["server_name"].(string)
		r.Connected, _ = fields["connected"].(bool)
		r.SkipUnavailable, _ = fields["skip_unavailable"].(bool)
		if r.Address == "" { // sniff mode: only the settings name the proxy
			if r.Address, err = m.proxyOf(ctx, alias); err != nil {
				return nil, err
			}
			r.Sniff = true
		}
		all = append(all, r)
	}
	return all, nil
}

// proxyOf reads the proxy of a remote cluster in sniff mode, which _remote/info does not show.
func (m *member) proxyOf(ctx context.Context, alias string) (string, error) {
	settings, err := m.API().PersistentSettings(ctx)
	if err != nil {
		return "", err
	}
	proxy, _ := settings["cluster.remote."+alias+".proxy"].(string)
	return proxy, nil
}

// SetRemotes implements Driver.
func (f *Fleet) SetRemotes(ctx context.Context, id string, remove []string, add []Remote) error {
	m, err := f.member(id)
	if err != nil {
		return err
	}
	settings := map[string]any{}
	for _, alias := range remove {
		if !slices.ContainsFunc(add, func(r Remote) bool { return r.Alias == alias }) {
			settings["cluster.remote."+alias+".*"] = nil
		}
	}
	for _, r := range add {
		prefix := "cluster.remote." + r.Alias + "."
		settings[prefix+"skip_unavailable"] = r.SkipUnavailable
		if r.Sniff {
			host, _, _ := strings.Cut(r.Address, ":")
			settings[prefix+"seeds"], settings[prefix+"proxy"] = []string{host + ":1"}, r.Address
			continue
		}
		settings[prefix+"mode"], settings[prefix+"proxy_address"], settings[prefix+"server_name"] =
			"proxy", r.Address, r.ServerName
		if slices.Contains(remove, r.Alias) { // it may have been in sniff mode
			settings[prefix+"seeds"], settings[prefix+"proxy"] = nil, nil
		}
	}
	return m.persist(ctx, settings)
}

func (m *member) persist(ctx context.Context, settings map[string]any) error {
	if len(settings) == 0 {
		return nil
	}
	res, err := m.API().Do(ctx, http.MethodPut, "/_cluster/settings", map[string]any{"persistent": settings})
	if err != nil {
		return err
	}
	if res.Status != http.StatusOK {
		return fmt.Errorf("update the settings of %s: %d %s", m.Name, res.Status, res.Body)
	}
	return nil
}

// Admit implements Driver. The proxy cannot tell its clients apart, as TLS passes through it unread: so it is closed or
// open for all local clusters of the fleet alike, and an admission that would divide them is an error.
func (f *Fleet) Admit(ctx context.Context, id string, admits func(source string) bool) error {
	m, err := f.member(id)
	if err != nil || m.Balancer == nil || !m.Spec.Security {
		return err
	}
	open, closed := 0, 0
	f.mu.Lock()
	for source, other := range f.members {
		switch {
		case source == id || other.Spec.Role != topology.Local:
		case admits(source):
			open++
		default:
			closed++
		}
	}
	f.mu.Unlock()
	if open > 0 && closed > 0 {
		return errors.New("network security policies that admit some local clusters and block others cannot be simulated")
	}
	return m.Block(ctx, closed > 0)
}

// Restore brings every cluster back to how it started, apart from its remote clusters. An error is a cluster that is
// not clean: one whose keystore needs a restart, for example.
func (f *Fleet) Restore(ctx context.Context) error {
	f.mu.Lock()
	members := slices.Collect(maps.Values(f.members))
	f.mu.Unlock()
	var errs []error
	for _, m := range members {
		if m.Balancer != nil && m.Spec.Security {
			errs = append(errs, m.Block(ctx, false))
		}
		if m.trust {
			errs = append(errs, m.SetTrust(ctx, []string{certificateName("*", m.Spec.Hosted.Organization)}))
		}
		if m.keystore != nil {
			errs = append(errs, m.RestoreKeystore(ctx, m.keystore))
		}
		if m.keystore != nil && m.reloads {
			errs = append(errs, m.API().ReloadSecureSettings(ctx))
		}
	}
	return errors.Join(errs...)
}

// Unclean reports whether a cluster has taken up, or will at its next start, what Restore cannot take back.
func (f *Fleet) Unclean() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range f.members {
		if m.keystore != nil && !m.reloads {
			return true
		}
	}
	return false
}
