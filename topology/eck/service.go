package eck

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/crosscheck-dev/crosscheck/topology/await"
)

// RenewServices has the operator make the services of an Elasticsearch again whose ports lead elsewhere than to themselves:
// a manifest that says nothing of a target port leaves a service the one that it has, so that a scenario would see what
// another one applied.
func (s *Side) RenewServices(ctx context.Context, name string) error {
	if _, err := s.Revision(ctx, name); err != nil {
		return err
	}
	all, err := list[corev1.Service](ctx, s.env.kube, services, s.Namespace)
	if err != nil {
		return err
	}
	for i := range all {
		old := &all[i]
		if len(old.OwnerReferences) == 0 || old.OwnerReferences[0].Name != name || !redirected(old) {
			continue
		}
		if err := s.env.kube.remove(ctx, services, s.Namespace, old.Name); err != nil {
			return err
		}
		err := await.Until(ctx, "the operator makes service "+old.Name+" again", s.env.options.Lab.Timeouts().Request, func(ctx context.Context) error {
			var made corev1.Service
			found, err := s.env.kube.get(ctx, services, s.Namespace, old.Name, &made)
			if err == nil && (!found || made.UID == old.UID) {
				err = fmt.Errorf("it is not there")
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

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
	all, err := s.exposedServices(ctx, name)
	if err != nil {
		return err.Error()
	}
	var lines []string
	for _, service := range all {
		for _, p := range service.Spec.Ports {
			lines = append(lines, fmt.Sprintf("service %s forwards port %d to target port %s", service.Name, p.Port, p.TargetPort.String()))
		}
	}
	if len(lines) == 0 {
		return "no service of type LoadBalancer leads to " + name
	}
	return strings.Join(lines, "\n")
}
