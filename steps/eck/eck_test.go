package eck

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"sync"
	"testing"

	"github.com/Masterminds/semver/v3"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/fixtures"
	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/steps/access"
	"github.com/crosscheck-dev/crosscheck/steps/remotes"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology"
	platform "github.com/crosscheck-dev/crosscheck/topology/eck"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
)

// recorder keeps the secrets that it is told.
type recorder struct{ secrets []string }

func (r *recorder) Add(secret string) { r.secrets = append(r.secrets, secret) }

// loadFacts reads the version facts once: their check takes a moment.
var loadFacts = sync.OnceValues(facts.Default)

func newSides(t *testing.T) *Sides {
	t.Helper()
	facts, err := loadFacts()
	require.NoError(t, err)
	v := semver.MustParse("9.3.2")
	env := &world.Env{Facts: facts, Secrets: &recorder{}, Timeouts: topology.DefaultTimeouts()}
	w := world.New(env, world.Pair{Local: v, Remote: v})
	return New(w, remotes.New(w), access.NewKeys(w, access.NewUsers(w)))
}

func TestWithoutAnEnvironmentNothingIsTaken(t *testing.T) {
	s := newSides(t)
	const missing = "there is no ECK environment in this run"
	require.ErrorContains(t, s.applyManifest(t.Context(), "local-dots.yaml", "remote"), missing)
	require.ErrorContains(t, s.putAuthority(t.Context(), "a", "a.crt"), missing)
	require.ErrorContains(t, s.runCommands(t.Context(), "other", "true"), `a local and a remote ECK, and no "other" one`)
	require.NotEqual(t, "logs", s.world.Names.Unique("logs"), "the clusters may be shared: names keep their suffix")
	require.Empty(t, s.Simulated())
	require.Empty(t, s.Evidence(t.Context()))
	require.Empty(t, s.Explain(t.Context()))
	s.Close()
}

func TestCloseGivesTheEnvironmentBackOnce(t *testing.T) {
	s, n := newSides(t), 0
	s.release = func() { n++ }
	s.Close()
	s.Close()
	require.Equal(t, 1, n)
}

func TestManifestsGetTheirKey(t *testing.T) {
	s := newSides(t)
	_, err := s.readManifests("nothing.yaml")
	require.EqualError(t, err, "fixtures/manifests/nothing.yaml: there is no such manifest")
	name := manifestWithKey(t)
	_, err = s.readManifests(name)
	require.ErrorContains(t, err, "there is no API key yet: create one first")
	s.keys.Hold(elastic.Key{Secret: "s3cret", Encoded: "aWQ6czNjcmV0"})
	manifests, err := s.readManifests(name)
	require.NoError(t, err)
	require.Contains(t, fmt.Sprint(manifests[0].Object.Object), "aWQ6czNjcmV0")
}

// manifestWithKey is a manifest of the fixtures that holds the API key.
func manifestWithKey(t *testing.T) string {
	t.Helper()
	entries, err := fixtures.FS.ReadDir("manifests")
	require.NoError(t, err)
	for _, e := range entries {
		data, err := fixtures.FS.ReadFile("manifests/" + e.Name())
		require.NoError(t, err)
		if bytes.Contains(data, []byte("${ENCODED_KEY}")) {
			return e.Name()
		}
	}
	t.Fatal("no manifest of the fixtures holds ${ENCODED_KEY}")
	return ""
}

// TestOnlyARefusalIsAMismatch tells what the API server said to a manifest from trouble on the way to it.
func TestOnlyARefusalIsAMismatch(t *testing.T) {
	refused := &platform.ManifestError{File: "fixtures/manifests/a.yaml", Line: 3, What: `unknown field "spec.x"`}
	for name, c := range map[string]struct {
		err error
		got string // of the Mismatch; empty: the error stays what it is
	}{
		"refused":             {refused, `fixtures/manifests/a.yaml:3: unknown field "spec.x"`},
		"no API server":       {errors.New("dial tcp 127.0.0.1:6443: connect: connection refused"), ""},
		"somebody else wrote": {errors.New("the object has been modified"), ""},
		"the user gives up":   {context.Canceled, ""},
		"unsupported":         {&verdict.UnsupportedError{Fact: "eck-service-override", Reason: "too old"}, ""},
	} {
		err := notAccepted("a.yaml", c.err)
		mismatch, failed := errors.AsType[*verdict.Mismatch](err)
		require.Equal(t, c.got != "", failed, name)
		if failed {
			require.Equal(t, &verdict.Mismatch{What: "applying a.yaml", Wanted: "accepted", Got: c.got}, mismatch, name)
		} else {
			require.Equal(t, c.err, err, name)
		}
	}
}

// TestWhoseFailureACommandIs runs commands that fail, and tells what was refused from a machine's trouble.
func TestWhoseFailureACommandIs(t *testing.T) {
	for name, c := range map[string]struct {
		script          string
		refused, lacked bool // lacked: of a page it counts as refused, of a feature the machine lacks a program
	}{
		"refused by the API server": {"echo 'Error from server (BadRequest): strict decoding error: unknown field'; exit 1",
			true, false},
		"refused by a webhook": {`echo 'Error from server (Forbidden): admission webhook "a" denied the request'; exit 1`,
			true, false},
		"refused by kubectl": {"echo 'error: resource name may not be empty'; exit 1", true, false},
		"not there":          {`echo 'Error from server (NotFound): secrets "a" not found'; exit 1`, true, false},
		"waited in vain":     {"echo 'error: timed out waiting for the condition on secrets/a'; exit 1", true, false},
		"silent":             {"exit 1", true, false},
		"no such program":    {"crosscheck-has-no-such-program", true, true},
		"API server gone": {"echo 'The connection to the server 127.0.0.1:6443 was refused - did you specify the right " +
			"host or port?'; exit 1", false, false},
		"API server unreachable": {"echo 'Unable to connect to the server: dial tcp 10.0.0.1:443: i/o timeout'; exit 1",
			false, false},
		"conflict": {`echo 'Error from server (Conflict): error when replacing "a": Operation cannot be fulfilled'; exit 1`,
			false, false},
		"API server overloaded": {"echo 'Error from server (TooManyRequests): slow down'; exit 1", false, false},
		"killed":                {"kill -9 $$", false, false},
		"its command killed":    {"bash -c 'kill -9 $$'", false, false},
	} {
		out, err := exec.CommandContext(t.Context(), "bash", "-eu", "-o", "pipefail", "-c", c.script).CombinedOutput()
		require.Error(t, err, name)
		err = &platform.CommandError{Output: string(out), Err: err}
		_, ofPage := RefusedCommand(err)
		require.Equal(t, c.refused, ofPage, "%s: %s", name, out)
		_, ofFeature := refusedCommands(err)
		require.Equal(t, c.refused && !c.lacked, ofFeature, "%s: %s", name, out)
	}
	_, ok := RefusedCommand(&platform.CommandError{Err: exec.ErrNotFound})
	require.False(t, ok, "no shell on this machine")
	_, ok = RefusedCommand(context.Canceled)
	require.False(t, ok)
	_, ok = RefusedCommand(nil)
	require.False(t, ok)
}

func TestScriptsGetNamespacesAndTheKey(t *testing.T) {
	s := newSides(t)
	s.keys.Hold(elastic.Key{Encoded: "aWQ6czNjcmV0"})
	s.known[topology.Local] = &Side{Side: &platform.Side{Namespace: "local-1"}}
	require.Equal(t, "local-1 <remote namespace> aWQ6czNjcmV0",
		s.fillIn("<local namespace> <remote namespace> <encoded value>"), "a side that is not there yet has no namespace")
}
