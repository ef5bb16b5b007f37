package cloud

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"slices"

	"github.com/elastic/cloud-sdk-go/pkg/models"
)

// admit brings every proxy to what the policies say. The caller holds the turn.
func (p *Plane) admit(ctx context.Context) error {
	p.mu.RLock()
	all := map[string]Deployment{}
	for _, d := range p.deployments {
		all[d.ClusterID] = d
	}
	applied := map[string][]Ruleset{}
	for _, r := range p.rulesets {
		for _, id := range r.Deployments {
			applied[id] = append(applied[id], r)
		}
	}
	p.mu.RUnlock()
	for _, d := range all {
		err := p.Driver.Admit(ctx, d.ClusterID, func(source string) bool {
			from, known := all[source]
			return known && admits(applied[d.ID], from)
		})
		if err != nil {
			return fmt.Errorf("apply the network security policies: %w", err)
		}
	}
	return nil
}

// checkRuleset refuses a policy that does not make sense, and the kinds that are not simulated.
func (p *Plane) checkRuleset(info models.TrafficFilterRulesetRequest) error {
	if !slices.Contains(p.Regions, *info.Region) {
		return malformed(fmt.Sprintf("there is no region [%s]", *info.Region), "region")
	}
	if *info.Type != TypeIP && *info.Type != TypeRemoteCluster {
		return notSimulated(fmt.Sprintf("a network security policy of type [%s]", *info.Type))
	}
	for i, rule := range info.Rules {
		field := fmt.Sprintf("rules[%d]", i)
		switch {
		case rule == nil:
			return malformed(field+" is null", field)
		case *info.Type == TypeIP:
			_, err := netip.ParsePrefix(rule.Source)
			if _, addrErr := netip.ParseAddr(rule.Source); err != nil && addrErr != nil {
				return malformed(fmt.Sprintf("[%s] is neither an IP address nor a CIDR mask", rule.Source), field+".source")
			}
		case rule.RemoteClusterOrgID == "" && rule.RemoteClusterID == "":
			return malformed("a rule names an organization ID, an Elasticsearch cluster ID or both", field)
		}
	}
	return nil
}

// putRuleset creates a policy, or with an ID replaces the rules of one.
func (p *Plane) putRuleset(ctx context.Context, u User, id string, info models.TrafficFilterRulesetRequest,
) (string, error) {
	if err := p.checkRuleset(info); err != nil {
		return "", err
	}
	err := p.change(ctx, func() error {
		r := Ruleset{ID: newID(), Organization: u.Organization}
		if id != "" {
			var err error
			if r, err = p.ruleset(u, id); err != nil {
				return err
			}
			if *r.Info.Region != *info.Region || *r.Info.Type != *info.Type {
				return malformed("the region and the type of a network security policy cannot change", "region", "type")
			}
		}
		before := r
		r.Info, id = info, r.ID
		return p.swap(ctx, before, r)
	})
	return id, err
}

// associate applies a policy to a deployment, or no longer does.
func (p *Plane) associate(ctx context.Context, u User, id, deployment string, apply bool) error {
	return p.change(ctx, func() error {
		r, err := p.ruleset(u, id)
		if err != nil {
			return err
		}
		d, err := p.deployment(u, deployment)
		if err != nil {
			return err
		}
		if apply && d.Region != *r.Info.Region {
			return &Error{http.StatusBadRequest, "traffic_filter.wrong_region", fmt.Sprintf(
				"the network security policy is bound to the region [%s], and the deployment is in [%s]",
				*r.Info.Region, d.Region), nil}
		}
		before := r
		r.Deployments = slices.DeleteFunc(slices.Clone(r.Deployments), func(other string) bool { return other == d.ID })
		if apply {
			r.Deployments = append(r.Deployments, d.ID)
		}
		return p.swap(ctx, before, r)
	})
}

// swap puts a policy in force, or leaves everything as it was.
func (p *Plane) swap(ctx context.Context, before, after Ruleset) error {
	set := func(r Ruleset, keep bool) {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.rulesets, after.ID)
		if keep {
			p.rulesets[after.ID] = r
		}
	}
	set(after, true)
	err := p.admit(ctx)
	if err != nil {
		set(before, before.Info.Type != nil)
	}
	return err
}

// deleteRuleset removes a policy that is applied to nothing.
func (p *Plane) deleteRuleset(ctx context.Context, u User, id string) error {
	return p.change(ctx, func() error {
		r, err := p.ruleset(u, id)
		if err != nil {
			return err
		}
		if len(r.Deployments) > 0 {
			return &Error{http.StatusBadRequest, "traffic_filter.in_use",
				"the network security policy is applied to deployments: remove its associations first", nil}
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.rulesets, id)
		return nil
	})
}

// ruleset is a policy that the user may see.
func (p *Plane) ruleset(u User, id string) (Ruleset, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	r, ok := p.rulesets[id]
	switch {
	case !ok:
		return Ruleset{}, noRuleset(id)
	case r.Organization != u.Organization:
		return Ruleset{}, unauthorized()
	}
	return r, nil
}

// listRulesets is the organization's policies by name.
func (p *Plane) listRulesets(organization string) []Ruleset {
	p.mu.RLock()
	defer p.mu.RUnlock()
	var all []Ruleset
	for _, r := range p.rulesets {
		if r.Organization == organization {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b Ruleset) int {
		return cmp.Or(cmp.Compare(*a.Info.Name, *b.Info.Name), cmp.Compare(a.ID, b.ID))
	})
	return all
}
