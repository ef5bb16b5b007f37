package judge

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWarningsKeepTheCausesOf7x(t *testing.T) {
	lines := []string{
		`{"type": "server", "level": "INFO", "component": "o.e.n.Node", "message": "started" }`,
		`{"type": "server", "level": "WARN", "component": "r.suppressed", "message": "path: /a:b/_search" , `,
		`"stacktrace": ["org.elasticsearch.transport.RemoteTransportException: [error while communicating]",`,
		`"at org.elasticsearch.action.ActionListener.onFailure(ActionListener.java:98)",`,
		`"Caused by: org.elasticsearch.transport.NoSeedNodeLeftException: Unable to open any connection",`,
		`"... 7 more"] }`,
	}
	require.Equal(t, []string{lines[1], lines[2], lines[4]}, warnings(lines))
}
