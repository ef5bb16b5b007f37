package eck

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"

	"github.com/crosscheck-dev/crosscheck/steps/access"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology"
	platform "github.com/crosscheck-dev/crosscheck/topology/eck"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
)

// errNothingApplied is a step about a remote cluster before there is one.
var errNothingApplied = errors.New("apply an Elasticsearch to the remote ECK first")

func (s *Sides) administratorSteps() []gherkin.Definition {
	return []gherkin.Definition{
		{Expression: "the administrator of the {word} ECK runs", Handler: s.runCommands,
			Doc: "The commands below in a shell, with kubectl in that side's namespace; both sides' administrators share a " +
				"working folder. <local namespace> and <remote namespace> are filled in."},
		{Expression: "the administrator of the {word} ECK runs what is refused with {string}",
			Handler: s.expectCommandsRefused,
			Doc:     "The commands below fail, and their output contains the text."},
		{Expression: "a lasting cross-cluster API key with search access to {string}", Handler: s.createLastingKey,
			Needs: []string{"cross-cluster-api-keys"},
			Doc: "Created on the remote cluster once for all scenarios that use its pod: a new key would be a new local " +
				"pod."},
	}
}

func (s *Sides) runCommands(ctx context.Context, role, script string) error {
	side, err := s.Side(ctx, role)
	if err != nil {
		return err
	}
	out, err := side.Shell(ctx, s.fillIn(script))
	if failed, ok := refusedCommands(err); ok {
		return &verdict.Mismatch{What: "the commands", Wanted: "exit code 0", Got: failed.Error()}
	}
	if err != nil {
		return fmt.Errorf("run the commands: %w: %s", err, out)
	}
	return nil
}

func (s *Sides) expectCommandsRefused(ctx context.Context, role, text, script string) error {
	side, err := s.Side(ctx, role)
	if err != nil {
		return err
	}
	out, err := side.Shell(ctx, s.fillIn(script))
	if _, failed := errors.AsType[*platform.CommandError](err); failed && strings.Contains(out, text) {
		return nil
	}
	if _, ok := refusedCommands(err); err != nil && !ok {
		return fmt.Errorf("run the commands: %w", err)
	}
	return &verdict.Mismatch{What: "the commands", Wanted: fmt.Sprintf("refused with %q", text),
		Got: strings.TrimSpace(out)}
}

// noAnswer is what kubectl says when the API server did not answer, or did not get to the request: it cannot be
// reached, is overloaded or stops, or somebody else has changed the object meanwhile.
var noAnswer = regexp.MustCompile(`(?m)^(error: )?Unable to connect to the server: |` +
	`^The connection to the server .* was refused|` +
	`^Error from server \((Conflict|Timeout|ServerTimeout|ServiceUnavailable|TooManyRequests|InternalError)\): |` +
	`: net/http: TLS handshake timeout$|: dial tcp .*: (connect: connection refused|i/o timeout)$`)

// killed are the exit codes of a shell that was ended by a signal, -1, or whose command was: 128 with SIGINT, with
// SIGKILL, which is what a machine without memory sends, or with SIGTERM.
var killed = map[int]bool{-1: true, 130: true, 137: true, 143: true}

// RefusedCommand is an administrator's command that failed by what it, or the API server, said. ok is false where err
// is none, and where it is the trouble of a machine, which says nothing about the command: the API server could not
// be reached or did not get to it, or the command was killed.
func RefusedCommand(err error) (failed *platform.CommandError, ok bool) {
	if failed, ok = errors.AsType[*platform.CommandError](err); !ok {
		return nil, false
	}
	if code, exited := exitCode(failed); !exited || killed[code] || noAnswer.MatchString(failed.Output) {
		return nil, false
	}
	return failed, true
}

// refusedCommands is RefusedCommand for the commands of a feature, which are known to be right: a program that the
// shell does not find, or must not run, is one that this machine lacks.
func refusedCommands(err error) (failed *platform.CommandError, ok bool) {
	if failed, ok = RefusedCommand(err); !ok {
		return nil, false
	}
	code, _ := exitCode(failed)
	return failed, code != 126 && code != 127
}

// exitCode is that of the shell; ok is false for one that did not run at all.
func exitCode(failed *platform.CommandError) (code int, ok bool) {
	exit, ok := errors.AsType[*exec.ExitError](failed.Err)
	if !ok {
		return 0, false
	}
	return exit.ExitCode(), true
}

// fillIn puts the API key and the namespaces of both sides in the place of their placeholders.
func (s *Sides) fillIn(script string) string {
	known := []string{"<encoded value>", s.keys.Last().Encoded}
	for role, side := range s.known {
		known = append(known, "<"+string(role)+" namespace>", side.Namespace)
	}
	return strings.NewReplacer(known...).Replace(script)
}

func (s *Sides) createLastingKey(ctx context.Context, index string) error {
	if err := s.world.Ready(ctx); err != nil {
		return err
	}
	side, remote := s.known[topology.Remote], s.world.Remote()
	if side == nil || remote == nil {
		return errNothingApplied
	}
	key, err := side.Key(remote, index, func() (elastic.Key, error) {
		request := map[string]any{"name": "crosscheck-" + index, "access": access.SearchAccess(index)}
		return remote.API().CreateCrossClusterKey(ctx, request)
	})
	if err != nil {
		return fmt.Errorf("create a cross-cluster API key: %w", err)
	}
	s.keys.Hold(key)
	return nil
}
