package steps

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"

	"github.com/Masterminds/semver/v3"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// recorder keeps the secrets that it is told.
type recorder struct{ secrets []string }

func (r *recorder) Add(secret string) { r.secrets = append(r.secrets, secret) }

// loadFacts reads the version facts once: their check takes a moment.
var loadFacts = sync.OnceValues(facts.Default)

func scenario(t *testing.T, local, remote string) *Scenario {
	t.Helper()
	facts, err := loadFacts()
	require.NoError(t, err)
	env := &Env{Facts: facts, Secrets: &recorder{}, Timeouts: topology.DefaultTimeouts()}
	return New(env, Pair{Local: semver.MustParse(local), Remote: semver.MustParse(remote)})
}

func TestEveryFeatureBindsToTheVocabulary(t *testing.T) {
	vocabulary, err := gherkin.NewVocabulary(Vocabulary())
	require.NoError(t, err)
	scenarios, err := gherkin.Load(os.DirFS(".."), "features")
	require.NoError(t, err)
	require.NotEmpty(t, scenarios)
	for _, s := range scenarios {
		_, err := vocabulary.Bind(s)
		require.NoError(t, err, "undefined, ambiguous or misshapen steps")
	}
}

func TestEveryStepIsExplainedOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range Vocabulary() {
		require.NotEmpty(t, d.Doc, "the step %q has no sentence for `crosscheck list --steps`", d.Expression)
		require.False(t, seen[d.Expression], "the step %q is there twice", d.Expression)
		seen[d.Expression] = true
	}
}

func TestNamesOutcome(t *testing.T) {
	vocabulary, err := gherkin.NewVocabulary(Vocabulary())
	require.NoError(t, err)
	for text, want := range map[string]string{
		`"partner" fails as "credentials-missing"`: "credentials-missing",
		`"partner" is connected`:                   "",
	} {
		bound, err := vocabulary.Bind(gherkin.Scenario{Steps: []gherkin.Step{{Text: text}}})
		require.NoError(t, err)
		id, ok := NamesOutcome(bound[0])
		require.Equal(t, want, id, text)
		require.Equal(t, want != "", ok, text)
	}
}

func TestNamesBelongToOneScenario(t *testing.T) {
	s, other := scenario(t, "9.2.0", "9.2.0"), scenario(t, "9.2.0", "9.2.0")
	s.suffix, other.suffix = "abc123", "xyz789"
	for text, want := range map[string]string{
		"partner:logs":   "partner-abc123:logs-abc123",
		"partner:*":      "partner-abc123:*",
		"partner:logs-*": "partner-abc123:logs-*",
		"logs":           "logs-abc123",
		"*":              "*",
	} {
		require.Equal(t, want, s.target(text), "the target of %q", text)
	}
	require.Equal(t, "partner-abc123", s.alias("partner"))
	require.Equal(t, s.alias("partner"), s.alias("partner"), "an alias keeps its name")
	require.NotEqual(t, s.alias("partner"), other.alias("partner"), "scenarios share no names")
	require.NotEqual(t, scenario(t, "9.2.0", "9.2.0").suffix, scenario(t, "9.2.0", "9.2.0").suffix)
	require.Regexp(t, `^[a-z0-9]{6}$`, scenario(t, "9.2.0", "9.2.0").suffix, "index names are lower case")
}

func TestIndexIsTheLastOne(t *testing.T) {
	s := scenario(t, "9.2.0", "9.2.0")
	require.Equal(t, s.unique("logs"), s.index(), "without documents: one that does not exist")
	s.indices = []string{"a-1", "b-1"}
	require.Equal(t, "b-1", s.index())
}

func TestPortIsWhereTheAliasWasPointed(t *testing.T) {
	s := scenario(t, "9.2.0", "9.2.0")
	for name, c := range map[string]struct {
		settings map[string]any
		want     int
	}{
		"proxy mode":         {map[string]any{"mode": "proxy", "proxy_address": "lb.test:9443"}, 9443},
		"sniff with a proxy": {map[string]any{"seeds": []string{"remote.test:1"}, "proxy": "lb.test:9400"}, 9400},
		"sniff with a seed":  {map[string]any{"seeds": []string{"lb.test:9300"}}, 9300},
		"several seeds":      {map[string]any{"seeds": []any{"lb.test:9300", "lb.test:9400"}}, 9300},
		"IPv6":               {map[string]any{"proxy_address": "[::1]:9443"}, 9443},
		"without brackets":   {map[string]any{"proxy_address": "::1:9443"}, 9443},
		"brackets, no port":  {map[string]any{"proxy_address": "[::1]"}, 0},
		"no port":            {map[string]any{"proxy_address": "lb.test"}, 0},
		"not a number":       {map[string]any{"proxy_address": "lb.test:https"}, 0},
		"no address":         {map[string]any{"skip_unavailable": true}, 0},
		"never added":        {nil, 0},
		"only a server name": {map[string]any{"server_name": "remote.test"}, 0},
	} {
		s.remotes["a"] = c.settings
		require.Equal(t, c.want, s.port("a"), name)
	}
}

func TestSpecsFollowTheVersions(t *testing.T) {
	modern := scenario(t, "9.2.0", "8.19.4")
	require.Equal(t, lab.ClusterSpec{
		Role: topology.Remote, Version: "8.19.4", Security: true, License: "trial", ServerCA: "remote-server",
		TransportCA: "remote-transport", TrustedTransport: []string{"remote-transport", "partner-transport"},
	}, modern.remoteSpec)
	require.NotContains(t, modern.localSpec.TrustedTransport, "remote-transport", "nothing is trusted before a step says so")
	require.NoError(t, modern.remoteWithServer(t.Context()))
	require.NoError(t, modern.localTrustsServer(t.Context()))
	require.Equal(t, []string{"remote-server"}, modern.localSpec.TrustedServers)

	old := scenario(t, "7.17.24", "7.17.24")
	require.Empty(t, old.remoteSpec.ServerCA, "7.17 has no remote cluster server")
	require.ErrorContains(t, old.remoteWithServer(t.Context()), "7.17.24 has no remote cluster server")
	require.NoError(t, old.mutualTrust(t.Context()))
	require.Equal(t, "partner-transport", old.localSpec.TransportCA)
	require.Contains(t, old.localSpec.TrustedTransport, "remote-transport")
	require.Contains(t, old.remoteSpec.TrustedTransport, "partner-transport")

	plain := scenario(t, "7.5.2", "7.5.2")
	require.NoError(t, plain.plain(t.Context()))
	require.Equal(t, lab.ClusterSpec{Role: topology.Local, Version: "7.5.2"}, plain.localSpec)
	require.Equal(t, lab.ClusterSpec{Role: topology.Remote, Version: "7.5.2"}, plain.remoteSpec)
}

func TestCloseUndoesInReverseAndGoesOnAfterAnError(t *testing.T) {
	for name, c := range map[string]struct {
		interrupted bool
		want        []string
	}{
		"at its end":            {false, []string{"key", "index"}},
		"after an interruption": {true, nil}, // the clusters are stopped instead
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			s := scenario(t, "9.2.0", "9.2.0")
			var did []string
			s.later("delete the index", func(ctx context.Context) error {
				did = append(did, "index")
				_, bounded := ctx.Deadline()
				require.True(t, bounded, "cleaning up ends at some time")
				return nil
			})
			s.later("invalidate the key", func(context.Context) error {
				did = append(did, "key")
				return errors.New("no answer")
			})
			if c.interrupted {
				cancel()
			}
			err := s.Close(ctx)
			require.Equal(t, c.want, did)
			if !c.interrupted {
				require.EqualError(t, err, "invalidate the key: no answer")
			}
			require.NoError(t, s.Close(t.Context()), "there is nothing left to undo")
		})
	}
}

func TestAKeyIsHiddenAndInvalidated(t *testing.T) {
	s := scenario(t, "9.2.0", "9.2.0")
	require.ErrorContains(t, s.storeKey(t.Context(), "partner"), "create one first")
	s.keepKey(elastic.Key{ID: "id", Name: "k", Secret: "s3cret", Encoded: "aWQ6czNjcmV0"})
	require.Equal(t, []string{"s3cret", "aWQ6czNjcmV0"}, s.env.Secrets.(*recorder).secrets)
	require.Equal(t, "invalidate API key k", s.cleanup[0].what)
}

func TestARefusedSettingsUpdateIsAMismatch(t *testing.T) {
	s := scenario(t, "9.2.0", "9.2.0")
	s.request = elastic.Response{Status: 400, Body: []byte(`{"error":"unknown setting"}`)}
	var mismatch *verdict.Mismatch
	require.ErrorAs(t, s.connected(t.Context(), "partner"), &mismatch)
	require.Contains(t, mismatch.Got, `400: {"error":"unknown setting"}`)
}
