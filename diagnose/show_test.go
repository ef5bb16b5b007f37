package diagnose

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
)

func TestAPatternReadsLikeAText(t *testing.T) {
	for pattern, want := range map[string]string{
		`unable to find valid certification path`:         "unable to find valid certification path",
		`(?i)license \[expired\] on \[`:                   "license [expired] on [",
		`No subject alternative (DNS name|names)`:         "No subject alternative DNS name",
		`(^|[^\]])\[\]\[[^\]]+\] connect_timeout\[\d+\w`:  "[][…] connect_timeout[",
		`profile=default.*certificate_(unknown|required)`: "profile=default … certificate_unknown",
		`to (remote )?cluster \[[^\s\[\]:"',]+\]`:         "to cluster […]",
		`a.* .*b`:          "a … b",
		`-http\b|security`: "-http",
	} {
		require.Equal(t, want, sample(regexp.MustCompile(pattern)), "of %s", pattern)
	}
}

func TestEvidenceNamesTheLineThatFits(t *testing.T) {
	p := localLog("failed to update remote cluster connection [b]",
		"java.lang.IllegalArgumentException: unknown host [b.example.com]")
	p.Lines = []int{1, 7}
	d := diagnosed(t, evidence.Hints{}, p)
	require.Equal(t, "unknown-host", d.Causes[0].ID)
	require.Equal(t, 7, d.Causes[0].Evidence[0].Line)
}

func TestADiagnosisSaysWhatWasNotThere(t *testing.T) {
	d := diagnosed(t, evidence.Hints{}, localLog("started"),
		answer(404, "no_such_remote_cluster_exception", "no such remote cluster: [b]"))
	require.Contains(t, d.NotSeen, "the remote cluster's log")
	require.Contains(t, d.NotSeen, "GET /_remote/info")
	require.NotContains(t, d.NotSeen, "the local cluster's log")
}
