// Package remotes holds the remote clusters that a scenario adds to the local cluster: their settings, what
// _remote/info shows of them, and searches across.
package remotes

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// Remotes are the remote clusters of one scenario.
type Remotes struct {
	// Expand puts values in the place of placeholders that another noun knows, such as those of Elastic Cloud; nil: there
	// are none.
	Expand func(ctx context.Context, text string) (string, error)
	// Explain is what else there is to say of a connection that is not there, for a hint; nil: nothing.
	Explain func(ctx context.Context) string

	world  *world.World
	known  map[string]*Remote // by the alias as the clusters know it
	its    string             // the alias, as the feature names it, that "its" stands for: the last one added or looked at
	shapes []reports.RemoteInfo
}

// New are the remote clusters of a scenario that has added none.
func New(w *world.World) *Remotes {
	return &Remotes{world: w, known: map[string]*Remote{}}
}

// Steps are the steps that add, change and remove remote clusters, and those that look at them.
func (r *Remotes) Steps() []gherkin.Definition {
	return slices.Concat(r.settingsSteps(), gherkin.Controlling("their elasticsearch.yml", r.fileSteps()),
		r.connectionSteps(), r.existingSteps())
}

func (r *Remotes) settingsSteps() []gherkin.Definition {
	return []gherkin.Definition{
		{Expression: "the local cluster adds {string} in proxy mode on port {int}", Handler: r.AddInProxyMode,
			Needs: []string{proxyMode, serverName}, NeedsOf: ofPort(1),
			Doc: "PUT _cluster/settings with mode proxy, proxy_address = the load balancer at that port, " +
				"and the remote cluster's server_name."},
		{Expression: "the local cluster adds {string} in proxy mode on port {int} without a server name",
			Handler: r.addWithoutServerName, Needs: []string{proxyMode}, NeedsOf: ofPort(1),
			Doc: "The same without server_name."},
		{Expression: "the local cluster adds {string} in proxy mode on port {int} with the server name {string}",
			Handler: r.addWithServerName, Needs: []string{proxyMode, serverName}, NeedsOf: ofPort(1),
			Doc: "The same with another server_name."},
		{Expression: "the local cluster adds {string} in proxy mode at {string}", Handler: r.AddAtAddress,
			Needs: []string{proxyMode}, Doc: "mode proxy and that proxy_address, which need not be the load balancer's."},
		{Expression: "the local cluster sets for {string}", Handler: r.putSettingsOfAlias,
			NeedsOf: ofSettings,
			Doc: "PUT _cluster/settings with the names and values below, each value a piece of YAML; <address:9443> is the " +
				"load balancer at that port, <server name> the remote cluster's, <IPv6 address> the load balancer's without " +
				"brackets and port, <address of node 1> that of a remote node which is on the local cluster's network, " +
				"<address of nobody> an address there at which no machine is."},
		{Expression: "the local cluster puts the settings", Handler: r.putRawSettings,
			NeedsOf: ofRawSettings, Doc: "PUT _cluster/settings with the JSON below, as it is."},
		{Expression: "the local cluster removes {string}", Handler: r.remove,
			Doc: "Every setting of the alias becomes null."},
		{Expression: "{string} is not in the remote info", Handler: r.expectAbsent,
			Doc: "_remote/info does not know the alias."},
		{Expression: "the local cluster adds {string} in sniff mode with the proxy on port {int}",
			Handler: r.addInSniffModeWithProxy,
			Doc: "PUT _cluster/settings with one seed <server name>:1 and proxy = the load balancer at that port: " +
				"for remote clusters above 6.7 and below 7.6."},
		{Expression: "the local cluster adds {string} in sniff mode with the seed on port {int}", Handler: r.addWithSeed,
			Doc: "PUT _cluster/settings with one seed, the load balancer at that port."},
	}
}

// AddInProxyMode adds the remote cluster as documented: through the load balancer at that port, with its server name,
// where it has one.
func (r *Remotes) AddInProxyMode(ctx context.Context, name string, port int) error {
	return r.addAtPort(ctx, name, port, func(address string) map[string]any {
		settings := map[string]any{"mode": "proxy", "proxy_address": address}
		if server := r.world.Remote().ServerName; server != "" {
			settings["server_name"] = server
		}
		return settings
	})
}

func (r *Remotes) addWithoutServerName(ctx context.Context, name string, port int) error {
	return r.addAtPort(ctx, name, port, func(address string) map[string]any {
		return map[string]any{"mode": "proxy", "proxy_address": address}
	})
}

func (r *Remotes) addWithServerName(ctx context.Context, name string, port int, server string) error {
	return r.addAtPort(ctx, name, port, func(address string) map[string]any {
		return map[string]any{"mode": "proxy", "proxy_address": address, "server_name": server}
	})
}

// AddAtAddress adds a remote cluster in proxy mode at any address, without a server name.
func (r *Remotes) AddAtAddress(ctx context.Context, name, address string) error {
	return r.Add(ctx, name, map[string]any{"mode": "proxy", "proxy_address": address})
}

func (r *Remotes) addInSniffModeWithProxy(ctx context.Context, name string, port int) error {
	return r.addAtPort(ctx, name, port, func(address string) map[string]any {
		return map[string]any{"seeds": []string{r.world.Remote().ServerName + ":1"}, "proxy": address}
	})
}

func (r *Remotes) addWithSeed(ctx context.Context, name string, port int) error {
	return r.addAtPort(ctx, name, port, func(address string) map[string]any {
		return map[string]any{"seeds": []string{address}}
	})
}

// addAtPort is Add with settings that hold the load balancer's address at a port.
func (r *Remotes) addAtPort(
	ctx context.Context, name string, port int, settings func(address string) map[string]any,
) error {
	if err := r.ready(ctx); err != nil {
		return err
	}
	address, err := r.world.Remote().Balancer.Address(port)
	if err != nil {
		return err
	}
	return r.Add(ctx, name, settings(address))
}

func (r *Remotes) putSettingsOfAlias(ctx context.Context, name string, table gherkin.Table) error {
	if err := r.world.Ready(ctx); err != nil {
		return err
	}
	values, err := r.values(ctx, table)
	if err != nil {
		return err
	}
	return r.Add(ctx, name, values)
}

// values reads a table of names and values, each value a piece of YAML with placeholders.
func (r *Remotes) values(ctx context.Context, table gherkin.Table) (map[string]any, error) {
	values := map[string]any{}
	for _, row := range table {
		if len(row) != 2 {
			return nil, fmt.Errorf("the table wants two columns, name and value, and has %d", len(row))
		}
		text, err := r.fill(ctx, row[1])
		if err != nil {
			return nil, err
		}
		var value any
		if err := yaml.Unmarshal([]byte(text), &value); err != nil {
			return nil, fmt.Errorf("read the value of %s: %w", row[0], err)
		}
		values[row[0]] = value
	}
	return values, nil
}

var (
	addressOf     = regexp.MustCompile(`<address:(\d+)>`)
	addressOfNode = regexp.MustCompile(`<address of node (\d+)>`)
)

const (
	ipv6Placeholder   = "<IPv6 address>"
	serverPlaceholder = "<server name>"
	nobodyPlaceholder = "<address of nobody>"
)

// fill puts the addresses and names of this pair in the place of placeholders.
func (r *Remotes) fill(ctx context.Context, text string) (string, error) {
	remote := r.world.Remote()
	text, err := replaceNumbered(text, addressOf, remote.Balancer.Address)
	if err != nil {
		return "", err
	}
	if text, err = replaceNumbered(text, addressOfNode, remote.DirectAddress); err != nil {
		return "", err
	}
	if strings.Contains(text, ipv6Placeholder) {
		address, err := remote.Balancer.IPv6()
		if err != nil {
			return "", err
		}
		text = strings.ReplaceAll(text, ipv6Placeholder, address.String())
	}
	if strings.Contains(text, nobodyPlaceholder) {
		address, err := r.world.Local().UnusedAddress(ctx)
		if err != nil {
			return "", err
		}
		text = strings.ReplaceAll(text, nobodyPlaceholder, address.String())
	}
	if r.Expand != nil {
		if text, err = r.Expand(ctx, text); err != nil {
			return "", err
		}
	}
	if strings.Contains(text, serverPlaceholder) && remote.ServerName == "" {
		return "", &lab.UncontrolledError{Fact: "server-name",
			Reason: "the remote cluster's server name is not known; --server-name NAME says it"}
	}
	return strings.ReplaceAll(text, serverPlaceholder, remote.ServerName), nil
}

// replaceNumbered replaces placeholders with a number in them, such as <address:9443>, with what value knows of it.
func replaceNumbered(text string, placeholder *regexp.Regexp, value func(int) (string, error)) (string, error) {
	for _, found := range placeholder.FindAllStringSubmatch(text, -1) {
		number, err := strconv.Atoi(found[1])
		if err != nil {
			return "", fmt.Errorf("%s: %w", found[0], err)
		}
		with, err := value(number)
		if err != nil {
			return "", err
		}
		text = strings.ReplaceAll(text, found[0], with)
	}
	return text, nil
}

func (r *Remotes) putRawSettings(ctx context.Context, body string) error {
	if err := r.world.Ready(ctx); err != nil {
		return err
	}
	res, err := r.world.Local().API().Do(ctx, http.MethodPut, "/_cluster/settings", body)
	if err != nil {
		return fmt.Errorf("put the settings: %w", err)
	}
	if res.Status == http.StatusOK {
		r.world.Undo.Spoil() // whatever it was is not undone
	}
	r.world.Answer = res
	return nil
}

func (r *Remotes) remove(ctx context.Context, name string) error {
	alias := r.world.Names.Alias(name)
	if err := r.world.Local().API().RemoveRemote(ctx, alias); err != nil {
		return fmt.Errorf("remove remote cluster %q: %w", alias, err)
	}
	r.world.Timeline.Mark(fmt.Sprintf("the local cluster has removed %q", name))
	return nil
}

func (r *Remotes) expectAbsent(ctx context.Context, name string) error {
	alias := r.world.Names.Alias(name)
	limit := r.world.Env.Timeouts.Connect
	return world.Await(ctx, alias+" is not there", limit, func(ctx context.Context) error {
		info, err := r.Info(ctx, alias)
		if err != nil {
			return err
		}
		if info != nil {
			return &verdict.Mismatch{What: "_remote/info", Wanted: alias + " absent", Got: verdict.Text(info)}
		}
		return nil
	})
}

// ready makes both clusters run. On ECK each takes a manifest.
func (r *Remotes) ready(ctx context.Context) error {
	if err := r.world.Ready(ctx); err != nil {
		return err
	}
	if r.world.Local() == nil || r.world.Remote() == nil {
		return errors.New("apply an Elasticsearch to both sides first")
	}
	return nil
}

// Add puts the settings of a remote cluster. The answer is kept and not judged: a settings update that is accepted
// proves nothing, and one that is refused may be what the scenario is about.
func (r *Remotes) Add(ctx context.Context, name string, values map[string]any) error {
	if err := r.ready(ctx); err != nil {
		return err
	}
	remote := r.AddOwned(name)
	res, err := r.world.Local().API().PutRemote(ctx, remote.Alias, values)
	if err != nil {
		return fmt.Errorf("add remote cluster %q: %w", remote.Alias, err)
	}
	maps.Copy(remote.Settings, values)
	r.world.Answer, r.its = res, name
	r.world.Timeline.Mark(fmt.Sprintf("the local cluster has added %q", name))
	return nil
}

// AddOwned makes name a remote cluster of the scenario whose settings are removed at its end. It sends nothing.
func (r *Remotes) AddOwned(name string) *Remote {
	alias := r.world.Names.Alias(name)
	if r.known[alias] == nil {
		r.world.Undo.Later("remove remote cluster "+alias, func(ctx context.Context) error {
			return r.world.Local().API().RemoveRemote(ctx, alias)
		})
	}
	return r.note(alias)
}

// AddForeign makes name a remote cluster of the scenario that somebody else adds and removes, and the one that "its"
// stands for. It sends nothing.
func (r *Remotes) AddForeign(name string) *Remote {
	r.its = name
	return r.note(r.world.Names.Alias(name))
}

func (r *Remotes) note(alias string) *Remote {
	if r.known[alias] == nil {
		r.known[alias] = &Remote{Alias: alias, Settings: map[string]any{}}
	}
	return r.known[alias]
}

// Of is the remote cluster of an alias as the clusters know it, and whether the scenario has added it. One that was not
// added has no settings.
func (r *Remotes) Of(alias string) (remote *Remote, added bool) {
	if known := r.known[alias]; known != nil {
		return known, true
	}
	return &Remote{Alias: alias}, false
}

// Its is the remote cluster that "its" stands for; ok is false before one was added or looked at.
func (r *Remotes) Its() (remote *Remote, ok bool) {
	remote, _ = r.Of(r.world.Names.Alias(r.its))
	return remote, r.its != ""
}

// Any reports whether the scenario has added a remote cluster.
func (r *Remotes) Any() bool { return len(r.known) > 0 }
