package own

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crosscheck-dev/crosscheck/topology/eck/kube"
)

func TestPodsOfAnotherRevisionAreOutdated(t *testing.T) {
	wanted := map[string]string{"ns/set": "r2"}
	pod := func(owner, revision string) *corev1.Pod {
		return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
			Namespace: "ns", Labels: map[string]string{kube.LabelRevision: revision},
			OwnerReferences: []metav1.OwnerReference{{Name: owner}}}}
	}
	require.True(t, outdated(pod("set", "r1"), wanted))
	require.False(t, outdated(pod("set", "r2"), wanted))
	require.False(t, outdated(pod("another", "r1"), wanted), "it is not the operator's")
	require.False(t, outdated(&corev1.Pod{}, wanted), "nobody would make it again")
	leaving := pod("set", "r1")
	leaving.DeletionTimestamp = &metav1.Time{}
	require.False(t, outdated(leaving, wanted))
}
