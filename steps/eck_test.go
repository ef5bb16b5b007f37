package steps

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology/eck"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

func TestThroughALoadBalancerThatIsNotOurs(t *testing.T) {
	s := &Scenario{remote: &lab.Cluster{Balancer: lab.Foreign("10.0.0.7", map[int]string{443: "lb.example"})}}
	require.NoError(t, s.throughForeign("partner", 443, map[string]any{"proxy_address": "lb.example:443"}))
	require.NoError(t, s.throughForeign("partner", 9443, map[string]any{"proxy_address": "10.0.0.7:9443"}))
	err := s.throughForeign("partner", 443, map[string]any{"proxy_address": "10.0.0.7:443"})
	var mismatch *verdict.Mismatch
	require.ErrorAs(t, err, &mismatch)
	require.Equal(t, "proxy_address lb.example:443", mismatch.Wanted)
	require.Len(t, s.notes, 1, "the report says once that nothing could be counted")
}

func TestWhatAnInstalledECKLacksIsNoFailure(t *testing.T) {
	var unsupported *verdict.UnsupportedError
	require.ErrorAs(t, lacking(&eck.LacksError{Fact: "eck-service-override", Reason: "too old"}), &unsupported)
	require.Equal(t, &verdict.UnsupportedError{Fact: "eck-service-override", Reason: "too old"}, unsupported)
	require.NoError(t, lacking(nil))
}
