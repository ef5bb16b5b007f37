// Package ownfeatures runs features of a team's own on real clusters, with crosscheck's steps and steps of its own.
package ownfeatures

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/cucumber/godog"

	"github.com/crosscheck-dev/crosscheck/steps"
	"github.com/crosscheck-dev/crosscheck/steps/session"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
)

var (
	local    = flag.String("local", "9.3.2", "version of the local cluster")
	remote   = flag.String("remote", "9.3.2", "version of the remote cluster")
	patience = flag.Float64("patience", 1, "what to multiply every time limit by, on a slow machine")
)

func TestFeatures(t *testing.T) {
	// Ctrl-C ends the scenario that runs, and what was started is removed.
	ctx, stop := signal.NotifyContext(t.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s := open(ctx, t)
	scenarios := 0
	suite := godog.TestSuite{
		ScenarioInitializer: func(sc *godog.ScenarioContext) {
			scenarios++
			own := &counting{clusters: steps.Initialize(sc, s.Env(), s.Pairs[0])}
			sc.Step(`^counting "([^"]*)" finds (\d+) documents$`, own.findDocuments)
		},
		Options: &godog.Options{
			Format: "pretty", Paths: []string{"features"}, Strict: true, TestingT: t, DefaultContext: ctx,
		},
	}
	if code := suite.Run(); code != 0 {
		t.Errorf("godog ended with code %d", code)
	}
	if scenarios == 0 {
		t.Error("there is no scenario in features/") // godog takes that for a success
	}
}

// open prepares the clusters' images and networks. The clusters themselves start with the first step that needs them.
func open(ctx context.Context, t *testing.T) *session.Session {
	t.Helper()
	limits := topology.DefaultTimeouts()
	limits.Scale(*patience)
	s, err := session.Open(ctx, session.Options{
		Local: []string{*local}, Remote: []string{*remote}, Timeouts: limits, Note: func(text string) { t.Log(text) },
	})
	if unreachable, ok := errors.AsType[*docker.UnreachableError](err); ok {
		t.Skipf("these features need a Docker Engine: %v", unreachable)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.WithoutCancel(ctx)); err != nil {
			t.Errorf("remove what was started: %v", err)
		}
	})
	return s
}

// counting is the team's own noun: what it needs of the clusters, and its steps.
type counting struct{ clusters *steps.Scenario }

// findDocuments compares what the local cluster counts in the target, such as alias:index, with what is wanted.
func (c *counting) findDocuments(ctx context.Context, target string, want int) error {
	if err := c.clusters.Ready(ctx); err != nil {
		return err
	}
	answer, err := c.clusters.Local().API().Do(ctx, "GET", "/"+c.clusters.Target(target)+"/_count", nil)
	if err != nil {
		return err
	}
	var got struct {
		Count *int `json:"count"`
	}
	if err := json.Unmarshal(answer.Body, &got); err != nil || got.Count == nil {
		return fmt.Errorf("counting %s: status %d and no count: %s", target, answer.Status, answer.Body)
	}
	if *got.Count != want {
		return fmt.Errorf("counting %s: wanted %d documents, got %d", target, want, *got.Count)
	}
	return nil
}
