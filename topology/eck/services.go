package eck

import (
	"context"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/crosscheck-dev/crosscheck/topology/await"
	"github.com/crosscheck-dev/crosscheck/topology/eck/kube"
)

// RenewServices has the operator make those services of an Elasticsearch again whose target ports are not their own. A
// manifest that says nothing of a target port leaves a service the one that it has, so that a scenario would see what
// another scenario applied.
func (s *Side) RenewServices(ctx context.Context, name string) error {
	if _, err := s.Revision(ctx, name); err != nil {
		return err
	}
	all, err := kube.List[corev1.Service](ctx, s.env.kube, kube.Services, s.Namespace)
	if err != nil {
		return err
	}
	for i := range all {
		old := &all[i]
		if len(old.OwnerReferences) == 0 || old.OwnerReferences[0].Name != name || !redirected(old) {
			continue
		}
		if err := s.env.kube.Remove(ctx, kube.Services, s.Namespace, old.Name); err != nil {
			return err
		}
		what, limit := "the operator makes service "+old.Name+" again", s.env.options.Lab.Timeouts().Request
		err := await.Until(ctx, what, limit, func(ctx context.Context) error {
			var made corev1.Service
			found, err := s.env.kube.Get(ctx, kube.Services, s.Namespace, old.Name, &made)
			if err == nil && (!found || made.UID == old.UID) {
				err = errors.New("it is not there")
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// redirected reports whether a port of a service leads to another port than its own number.
func redirected(s *corev1.Service) bool {
	for _, p := range s.Spec.Ports {
		if p.TargetPort.IntVal != 0 && p.TargetPort.IntVal != p.Port {
			return true
		}
	}
	return false
}

// Forwarding says where the exposed services of an Elasticsearch lead, for a hint.
func (s *Side) Forwarding(ctx context.Context, name string) string {
	all, err := s.env.kube.Exposed(ctx, s.Namespace, name)
	if err != nil {
		return err.Error()
	}
	var lines []string
	for _, service := range all {
		for _, p := range service.Spec.Ports {
			lines = append(lines, fmt.Sprintf("service %s forwards port %d to target port %s",
				service.Name, p.Port, p.TargetPort.String()))
		}
	}
	if len(lines) == 0 {
		return "no service of type LoadBalancer leads to " + name
	}
	return strings.Join(lines, "\n")
}
