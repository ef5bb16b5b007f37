package kube

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func TestALoadBalancerLeadsWhereKubernetesSays(t *testing.T) {
	name, number := "rcs", int32(443)
	all := []discoveryv1.EndpointSlice{
		{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{discoveryv1.LabelServiceName: "lb"}},
			Ports:     []discoveryv1.EndpointPort{{Name: &name, Port: &number}},
			Endpoints: []discoveryv1.Endpoint{{Addresses: []string{"10.0.0.2"}}, {Addresses: []string{"10.0.0.1"}}}},
		{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{discoveryv1.LabelServiceName: "other"}},
			Ports:     []discoveryv1.EndpointPort{{Name: &name, Port: &number}},
			Endpoints: []discoveryv1.Endpoint{{Addresses: []string{"10.0.0.9"}}}},
	}
	port := func(target int32) corev1.ServicePort {
		return corev1.ServicePort{Name: "rcs", Port: 443, TargetPort: intstr.FromInt32(target)}
	}
	require.Equal(t, []string{"10.0.0.1:443", "10.0.0.2:443"}, Addresses(all, "lb", port(443)))
	require.Empty(t, Addresses(all, "lb", port(9443)), "the endpoints are still those of the port as it was")
	require.Empty(t, Addresses(all, "gone", port(443)))
}

func TestOnlyServicesOfTheElasticsearchAreExposed(t *testing.T) {
	selector := labels.SelectorFromSet(map[string]string{LabelCluster: "a", "x": "y"})
	require.True(t, selects(selector, "a"))
	require.False(t, selects(selector, "b"))
	require.False(t, selects(labels.Everything(), "a"), "a service without a selector leads nowhere")
}
