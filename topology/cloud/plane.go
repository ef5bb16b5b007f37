package cloud

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Options of a plane.
type Options struct {
	Driver  Driver
	Regions []string
	Rules
}

// Rules are what the control plane knows of versions.
type Rules struct {
	// Reloads reports whether a version takes up new remote cluster credentials without a restart.
	Reloads func(version string) bool
	// Compatible reports whether a local and a remote version speak with each other.
	Compatible func(local, remote string) bool
	// Sniffs reports whether a remote cluster of that version takes sniff mode with a proxy instead of proxy mode.
	Sniffs func(remote string) bool
}

// Plane is the control plane: its state, and the one place that changes it. A change that the driver could not carry
// out leaves the state as it was.
type Plane struct {
	Options
	turn chan struct{} // held by the change under way: changes come one after the other, as two of one deployment must

	mu            sync.RWMutex // guards what follows
	organizations map[string]Organization
	users         map[string]User
	keys          map[[sha256.Size]byte]string // the hash of an API key -> its user's ID
	deployments   map[string]Deployment
	rulesets      map[string]Ruleset
}

// New is a plane without organizations.
func New(o Options) *Plane {
	return &Plane{Options: o, turn: make(chan struct{}, 1), organizations: map[string]Organization{},
		users: map[string]User{},
		keys:  map[[sha256.Size]byte]string{}, deployments: map[string]Deployment{}, rulesets: map[string]Ruleset{}}
}

// AddOrganization signs an organization up. IDs have 10 digits.
func (p *Plane) AddOrganization(id, name string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(id) != 10 || strings.Trim(id, "0123456789") != "" {
		return fmt.Errorf("organization ID %q: it has 10 digits", id)
	}
	if _, taken := p.organizations[id]; taken {
		return fmt.Errorf("organization ID %s: it is taken", id)
	}
	p.organizations[id] = Organization{ID: id, Name: name}
	return nil
}

// AddUser makes a user of an organization with one API key for the control plane, a secret.
func (p *Plane) AddUser(organization, email string) (User, string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.organizations[organization]; !ok {
		return User{}, "", fmt.Errorf("there is no organization %s", organization)
	}
	user := User{ID: strconv.Itoa(1_000_000_000 + len(p.users)), Email: email, Organization: organization}
	key := "essu_" + rand.Text() + rand.Text()
	p.users[user.ID] = user
	p.keys[sha256.Sum256([]byte(key))] = user.ID
	return user, key, nil
}

// user is whose API key it is.
func (p *Plane) user(key string) (User, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	id, ok := p.keys[sha256.Sum256([]byte(key))]
	return p.users[id], ok
}

// change runs do while no other change is under way.
func (p *Plane) change(ctx context.Context, do func() error) error {
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("wait for the change under way: %w", context.Cause(ctx))
	}
	defer func() { <-p.turn }()
	return do()
}

// deployment is one that the user may see; another organization's is refused whatever is asked of it.
func (p *Plane) deployment(u User, id string) (Deployment, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	d, ok := p.deployments[id]
	switch {
	case !ok:
		return Deployment{}, noDeployment(id)
	case d.Organization != u.Organization:
		return Deployment{}, unauthorized()
	}
	return d, nil
}

// resource is a deployment by the ID of its Elasticsearch resource as well; _main is whichever it has.
func (p *Plane) resource(u User, id, ref string) (Deployment, error) {
	d, err := p.deployment(u, id)
	if err != nil {
		return Deployment{}, err
	}
	if ref != d.RefID && ref != "_main" {
		return Deployment{}, noResource(id, ref)
	}
	return d, nil
}

// list is the organization's deployments, oldest first.
func (p *Plane) list(organization string) []Deployment {
	p.mu.RLock()
	defer p.mu.RUnlock()
	var all []Deployment
	for _, d := range p.deployments {
		if d.Organization == organization {
			all = append(all, d)
		}
	}
	slices.SortFunc(all, func(a, b Deployment) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// save replaces a deployment; its revision counts up.
func (p *Plane) save(d Deployment) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d.Revision++
	p.deployments[d.ID] = d
}

// create brings up a cluster for a new deployment. It trusts its own organization.
func (p *Plane) create(ctx context.Context, u User, d Deployment) (Deployment, error) {
	err := p.change(ctx, func() error {
		if !slices.Contains(p.Regions, d.Region) {
			return malformed(fmt.Sprintf("there is no region [%s]", d.Region), "resources.elasticsearch[0].region")
		}
		placed, err := p.Driver.Create(ctx, Order{Organization: u.Organization, Region: d.Region, Version: d.Version})
		if errors.Is(err, ErrNoCluster) {
			return &Error{http.StatusBadRequest, "deployments.no_cluster", err.Error(), nil}
		}
		if err != nil {
			return fmt.Errorf("create the cluster: %w", err)
		}
		d.ID, d.Organization, d.ClusterID, d.Endpoint = newID(), u.Organization, placed.ClusterID, placed.Endpoint
		d.Created, d.Name = time.Now().UTC(), cmp.Or(d.Name, d.ID)
		d.Trust = []Account{{ID: u.Organization, All: true}}
		p.save(d)
		p.mu.Lock()
		for id, r := range p.rulesets {
			if r.Organization == u.Organization && *r.Info.IncludeByDefault && *r.Info.Region == d.Region {
				r.Deployments = append(slices.Clone(r.Deployments), d.ID)
				p.rulesets[id] = r
			}
		}
		p.mu.Unlock()
		return p.admit(ctx)
	})
	return d, err
}

// remove ends a deployment and its cluster.
func (p *Plane) remove(ctx context.Context, d Deployment) error {
	return p.change(ctx, func() error {
		if err := p.Driver.Delete(ctx, d.ClusterID); err != nil {
			return fmt.Errorf("delete the cluster: %w", err)
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.deployments, d.ID)
		for id, r := range p.rulesets {
			r.Deployments = slices.DeleteFunc(slices.Clone(r.Deployments), func(other string) bool { return other == d.ID })
			p.rulesets[id] = r
		}
		return nil
	})
}

// restart restarts every node of the deployment.
func (p *Plane) restart(ctx context.Context, d Deployment) error {
	return p.change(ctx, func() error {
		if err := p.Driver.Restart(ctx, d.ClusterID); err != nil {
			return fmt.Errorf("restart the cluster: %w", err)
		}
		return nil
	})
}

func newID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return hex.EncodeToString(b)
}
