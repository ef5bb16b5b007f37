package diagnose

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
)

func engine(t *testing.T) *Engine {
	t.Helper()
	c, err := catalogue.Default()
	require.NoError(t, err)
	return New(c)
}

func diagnosed(t *testing.T, hints evidence.Hints, pieces ...evidence.Piece) *Diagnosis {
	t.Helper()
	d, err := engine(t).Diagnose(evidence.Input{Pieces: pieces}, hints)
	require.NoError(t, err)
	return d
}

func localLog(texts ...string) evidence.Piece {
	return evidence.Piece{Kind: evidence.Log, Side: evidence.Local, Source: "es.log", Line: 1, Shown: texts[0],
		Texts: texts}
}

func answer(status int, errorType, reason string) evidence.Piece {
	return evidence.Piece{Kind: evidence.Answer, Source: "search.json", Line: 1, Shown: reason, Texts: []string{reason},
		Status: status, Types: []string{errorType}, Reasons: []string{reason}}
}

func info(fields map[string]any) evidence.Piece {
	return evidence.Piece{Kind: evidence.RemoteInfo, Source: "info.json", Line: 1, Alias: "partner", Fields: fields}
}

func TestALineThatOneFailureHasNamesIt(t *testing.T) {
	d := diagnosed(t, evidence.Hints{}, localLog("failed to update remote cluster connection [b]",
		"java.lang.IllegalArgumentException: unknown host [b.example.com]"))
	require.False(t, d.Unknown)
	require.Equal(t, "unknown-host", d.Causes[0].ID)
	require.GreaterOrEqual(t, d.Causes[0].Confidence, Threshold)
	require.Equal(t, 1, d.Causes[0].Evidence[0].Line)
}

func TestWhatManyFailuresSayNamesNone(t *testing.T) {
	d := diagnosed(t, evidence.Hints{}, localLog("failed to open any proxy connections to cluster [b]"))
	require.True(t, d.Unknown, "named %v", d.Causes)
	require.Empty(t, d.Causes)
	require.NotEmpty(t, d.Next, "no question is asked")
}

func TestNoEvidenceIsUnknownAndAsksForSome(t *testing.T) {
	d := diagnosed(t, evidence.Hints{}, localLog("started"))
	require.True(t, d.Unknown)
	require.Empty(t, d.Possible)
	require.Len(t, d.Next, 3)
}

func TestAConnectedRemoteClusterIsHealthy(t *testing.T) {
	d := diagnosed(t, evidence.Hints{}, info(map[string]any{"connected": true, "mode": "proxy",
		"num_proxy_sockets_connected": 18.0, "max_proxy_socket_connections": 18.0}))
	require.True(t, d.Healthy)
	require.Empty(t, d.Causes)
}

func TestAVersionOutsideOfTheRangeLowersOnce(t *testing.T) {
	weight := func(local string) float64 {
		line := localLog("received plaintext traffic on an encrypted channel, closing connection " +
			"Netty4TcpChannel{profile=default}")
		line.Side = evidence.Remote
		d := diagnosed(t, evidence.Hints{LocalVersion: local}, line)
		for _, c := range append(d.Causes, d.Possible...) {
			if c.ID == "plain-text-to-the-transport-port" {
				return c.Evidence[0].Weight
			}
		}
		t.Fatalf("plain-text-to-the-transport-port is not among the causes with %s", local)
		return 0
	}
	require.InDelta(t, weight("9.3.2"), weight("8.1.0"), 0.05, "the line counts less, beside the entry")
}

func TestAVersionOutsideOfTheRangeLowersAndDoesNotExclude(t *testing.T) {
	seen := answer(401, "security_exception", "unable to find apikey")
	in := diagnosed(t, evidence.Hints{LocalVersion: "9.3.2"}, seen)
	outside := diagnosed(t, evidence.Hints{LocalVersion: "7.17.0"}, seen)
	require.Equal(t, "unknown-api-key", in.Causes[0].ID)
	require.Equal(t, "unknown-api-key", outside.Causes[0].ID)
	require.Less(t, outside.Causes[0].Confidence, in.Causes[0].Confidence)
}

func TestTheNextQuestionSplitsWhatTheAnswerLeaves(t *testing.T) {
	// An invalidated and an expired key answer alike; the remote log tells them apart.
	d := diagnosed(t, evidence.Hints{Alias: "partner"}, answer(401, "security_exception",
		"unable to authenticate user [x] for action [cluster:internal/remote_cluster/handshake]"))
	ids := []string{}
	for _, c := range append(d.Causes, d.Possible...) {
		ids = append(ids, c.ID)
		for _, s := range c.SameAs {
			ids = append(ids, s.ID)
		}
	}
	require.Contains(t, ids, "api-key-expired")
	require.Contains(t, ids, "api-key-invalidated")
	var places []string
	for _, q := range d.Next {
		places = append(places, q.Where)
		require.NotContains(t, q.Console+q.Shell, "ALIAS", "the alias is known")
	}
	require.Contains(t, places, string(catalogue.RemoteLog))
}

func TestARepeatedLineIsOneObservation(t *testing.T) {
	line := localLog("java.lang.IllegalArgumentException: unknown host [b.example.com]")
	again := line
	again.Line = 20
	once, twice := diagnosed(t, evidence.Hints{}, line), diagnosed(t, evidence.Hints{}, line, again)
	require.Equal(t, once.Causes[0].Confidence, twice.Causes[0].Confidence)
}

func TestBadHintsAreNamed(t *testing.T) {
	for want, hints := range map[string]evidence.Hints{
		`--local-version nine: no such version`: {LocalVersion: "nine"},
		`--remote-version x: no such version`:   {RemoteVersion: "x"},
		`--model tls: no such model`:            {Model: "tls"},
	} {
		_, err := engine(t).Diagnose(evidence.Input{}, hints)
		require.ErrorContains(t, err, want)
	}
}

func BenchmarkDiagnose(b *testing.B) {
	c, err := catalogue.Default()
	require.NoError(b, err)
	e := New(c)
	var in evidence.Input
	for range 50 {
		in.Pieces = append(in.Pieces, localLog("failed to open any proxy connections to cluster [b]",
			"javax.net.ssl.SSLHandshakeException: unable to find valid certification path to requested target"))
	}
	for b.Loop() {
		if _, err := e.Diagnose(in, evidence.Hints{}); err != nil {
			b.Fatal(err)
		}
	}
}
