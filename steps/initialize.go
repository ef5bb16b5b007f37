package steps

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/cucumber/godog"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
)

// Initialize makes every step of the vocabulary known to one of godog's scenarios, so that features of other teams can
// use them beside steps of their own. It is called from a godog.TestSuite's ScenarioInitializer; env is what a session
// lends, and pair says which versions the clusters have.
//
// The answered Scenario gives the team's own steps the clusters and the names on them. When the scenario ends, what it
// made is removed and its clusters are given back; trouble with that fails the scenario. A scenario may take as long
// as one of crosscheck's own. When it fails, what explains the failure is attached (godog.Attachments) to the step
// that failed, without secrets, before anything is removed.
//
// A step that does not apply to the versions or to this machine fails the scenario and says why: godog would count a
// skip as passed. What the vocabulary's steps need of the versions is looked at before the first step.
func Initialize(sc *godog.ScenarioContext, env *Env, pair Pair) *Scenario {
	r := &registration{env: env, pair: pair, scenario: New(env, pair)}
	if r.vocabulary, r.err = compiled(); r.err == nil {
		r.err = r.vocabulary.Register(sc, r.scenario.Definitions(), r.redact)
	}
	sc.Before(r.before)
	sc.After(r.after)
	return r.scenario
}

// compiled is the vocabulary, compiled once for all scenarios of a program.
var compiled = sync.OnceValues(func() (*gherkin.Vocabulary, error) { return gherkin.NewVocabulary(Vocabulary()) })

// registration is a Scenario in the hands of somebody else's godog.TestSuite.
type registration struct {
	env        *Env
	pair       Pair
	scenario   *Scenario
	vocabulary *gherkin.Vocabulary
	err        error              // why the vocabulary could not be registered
	run        context.Context    // of the whole run, which clean-up is bound to
	cancel     context.CancelFunc // ends the limit of this scenario
}

// before checks what stands below the steps, which godog does not, and what they need of the versions, and sets the
// limit for the scenario.
func (r *registration) before(ctx context.Context, pickle *godog.Scenario) (context.Context, error) {
	r.run = ctx
	if r.err != nil {
		return ctx, r.err
	}
	limit := r.env.Timeouts.Scenario + r.env.Timeouts.ClusterStart
	ctx, r.cancel = context.WithTimeoutCause(ctx, limit, fmt.Errorf("the scenario took longer than %s", limit))
	bound, err := r.vocabulary.Check(pickle)
	if err != nil {
		return ctx, err
	}
	unmet, err := Unmet(r.env.Facts, bound, r.pair)
	if err == nil && unmet != nil {
		err = unmet
	}
	return ctx, err
}

// after keeps what explains a failure and cleans up. godog lets a panic in a hook end the program, so it is an error
// here.
func (r *registration) after(ctx context.Context, _ *godog.Scenario, failure error) (_ context.Context, err error) {
	kept := ctx
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("clean up: panic: %v\n%s", p, debug.Stack())
		}
		if r.cancel != nil {
			r.cancel()
		}
	}()
	if failure != nil && !errors.Is(failure, godog.ErrSkip) {
		kept = r.attach(ctx)
	}
	if err := r.scenario.Close(r.run); err != nil {
		return kept, r.redact(fmt.Errorf("clean up: %w", err))
	}
	return kept, nil
}

// attach adds the evidence to the step that failed. Where nothing takes the secrets out of it, it stays away.
func (r *registration) attach(ctx context.Context) context.Context {
	secrets, ok := r.env.Secrets.(redactor)
	if !ok {
		return ctx
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.env.Timeouts.Request)
	defer cancel()
	files := r.scenario.Evidence(limited)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		ctx = godog.Attach(ctx, godog.Attachment{FileName: name, MediaType: "text/plain", Body: secrets.Bytes(files[name])})
	}
	return ctx
}

// redactor takes secrets out of texts; *redact.Redactor is one.
type redactor interface {
	String(text string) string
	Bytes(data []byte) []byte
}

// redact hides the secrets in an error's message, which godog prints.
func (r *registration) redact(err error) error {
	secrets, ok := r.env.Secrets.(redactor)
	if err == nil || !ok {
		return err
	}
	return &redactedError{err: err, text: secrets.String(err.Error())}
}

// redactedError is an error with a message that shows no secrets.
type redactedError struct {
	err  error
	text string
}

// Error is the message without secrets.
func (e *redactedError) Error() string { return e.text }

// Unwrap is the error as the step returned it.
func (e *redactedError) Unwrap() error { return e.err }
