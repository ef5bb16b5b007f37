package run

import (
	"context"
	"errors"
	"net"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/crosscheck-dev/crosscheck/steps/eck"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology/await"
	platform "github.com/crosscheck-dev/crosscheck/topology/eck"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// pageError is something of the page that cannot be carried out or compared as it stands.
type pageError struct{ error }

func (e *pageError) Unwrap() error { return e.error }

// stoodIn is why a step does not work as the page has it, where that does not keep the next steps from being carried
// out.
type stoodIn struct{ error }

func (e *stoodIn) Unwrap() error { return e.error }

// judge makes the step a failed one where err says something about the page. stops: the steps after it cannot be
// carried out. Any other error is answered as it is.
func (s *Step) judge(ctx context.Context, err error) (stops bool, broken error) {
	if err == nil {
		return false, nil
	}
	if ctx.Err() != nil || !ofPage(err) {
		return true, err
	}
	s.State, s.Got = Failed, err.Error()
	if mismatch, ok := errors.AsType[*verdict.Mismatch](err); ok {
		s.Wanted, s.Got = mismatch.Wanted, strings.TrimSpace(mismatch.Got+"\n"+mismatch.Hint)
	}
	_, mended := errors.AsType[*stoodIn](err)
	return !mended, nil
}

// ofPage reports whether an error says something about the page: what it shows cannot be read, was refused, or does
// not lead to what it says. An Engine or an API server that does not answer, a command that was killed, and what this
// machine or the installed ECK lacks say nothing about it.
func ofPage(err error) bool {
	if late, ok := errors.AsType[*await.TimeoutError](err); ok {
		return !is[net.Error](late.Last) && !ofServer(late.Last)
	}
	if start, ok := errors.AsType[*lab.StartError](err); ok {
		return start.State.EndedByItself()
	}
	return is[*pageError](err) || is[*verdict.Mismatch](err) || is[*elastic.StatusError](err) ||
		is[*platform.ManifestError](err) || is[*lab.KeystoreError](err) || refusedCommand(err)
}

// ofServer reports whether an error says that Kubernetes' API server itself could not answer: it was overloaded, it
// broke, or somebody else changed the object at the same time.
func ofServer(err error) bool {
	return apierrors.IsConflict(err) || apierrors.IsTooManyRequests(err) || apierrors.IsInternalError(err) ||
		apierrors.IsServiceUnavailable(err) || apierrors.IsServerTimeout(err) || apierrors.IsTimeout(err)
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func refusedCommand(err error) bool {
	_, ok := eck.RefusedCommand(err)
	return ok
}
