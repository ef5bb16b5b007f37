package steps

import (
	"context"
	"fmt"
	"strings"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
)

var ipv6Steps = []gherkin.Definition{
	{Expression: "an IPv6 network joins the local cluster and the load balancer", Handler: (*Scenario).wantsIPv6,
		Doc: "One more network, from which both have an IPv6 address beside the other one; <IPv6 address> in settings is the load balancer's."},
}

func (s *Scenario) wantsIPv6(context.Context) error {
	s.localSpec.IPv6 = true
	return s.describe()
}

// joinIPv6 gives the load balancer, which other scenarios share, its IPv6 address for the time of this one. The local
// cluster has had its own since it started.
func (s *Scenario) joinIPv6(ctx context.Context) error {
	if err := s.remote.Balancer.JoinIPv6(ctx); err != nil {
		s.dirty = true
		return lacking(fmt.Errorf("give the load balancer an IPv6 address: %w", err))
	}
	s.later("take the IPv6 address from the load balancer", s.remote.Balancer.LeaveIPv6)
	return nil
}

const ipv6Placeholder = "<IPv6 address>"

// withIPv6 puts the load balancer's IPv6 address, without brackets, in the place of its placeholder.
func (s *Scenario) withIPv6(text string) (string, error) {
	if !strings.Contains(text, ipv6Placeholder) {
		return text, nil
	}
	address, err := s.remote.Balancer.IPv6()
	return strings.ReplaceAll(text, ipv6Placeholder, address.String()), err
}
