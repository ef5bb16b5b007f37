package judge

import (
	"fmt"
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

func TestALateWarningIsKeptBesideManyOfOneKind(t *testing.T) {
	var lines []string
	for id := range maxWarnings {
		lines = append(lines, fmt.Sprintf(`{"@timestamp":"2026-11-28T17:52:16.%03dZ", "log.level": "WARN", "message":`+
			`"Transport response handler not found of id [%d]", `+
			`"process.thread.name":"elasticsearch[local-1-1][transport_worker][T#%d]"}`,
			id, id, id%3+1))
	}
	last := `{"@timestamp":"2026-11-28T17:52:17.000Z", "log.level": "WARN", "message":"path: /partner:logs/_search"}`
	require.Equal(t, []string{lines[0], last}, warnings(append(lines, last)))
}
