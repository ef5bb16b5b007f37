// Package await is the one place that polls.
package await

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// TimeoutError says that a condition did not come true in time.
type TimeoutError struct {
	What    string
	Last    error         // why the last try did not hold
	Tries   int           // how often it was tried
	Waited  time.Duration // from the first try to the end
	LastAge time.Duration // how long before the end the last try answered
}

func (e *TimeoutError) Error() string {
	return fmt.Sprintf("%s: not within %s (%d tries): %v", e.What, e.Waited.Round(100*time.Millisecond), e.Tries, e.Last)
}

func (e *TimeoutError) Unwrap() error { return e.Last }

// permanent ends the waiting at once.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Permanent marks an error after which another try is pointless.
func Permanent(err error) error { return permanent{err} }

// Until tries until try returns nil, an error marked Permanent, or the timeout or the context ends. Between tries it
// backs off from 50 ms to 1 s, so that polling does not take the processor from the cluster that it waits for. Each try
// gets a context that ends with the timeout.
func Until(ctx context.Context, what string, timeout time.Duration, try func(context.Context) error) error {
	bounded, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return poll(ctx, bounded, what, try)
}

// While is Until without a time limit of its own: it goes on while ctx lasts. It is for what has a limit further up, or
// none, such as a lock that another process holds.
func While(ctx context.Context, what string, try func(context.Context) error) error {
	return poll(ctx, ctx, what, try)
}

// poll tries within bounded, and tells the end of bounded, a time-out, from the end of ctx, an interruption.
func poll(ctx, bounded context.Context, what string, try func(context.Context) error) error {
	begin := time.Now()
	interval := backoff.NewExponentialBackOff()
	interval.InitialInterval = 50 * time.Millisecond
	interval.MaxInterval = time.Second
	interval.Reset()
	var last error
	var answered time.Time
	for tries := 1; ; tries++ {
		err := try(bounded)
		if err == nil {
			return nil
		}
		var stop permanent
		if errors.As(err, &stop) {
			return stop.error
		}
		// A try that was cut off by the deadline says less than the one before it.
		if last == nil || bounded.Err() == nil {
			last, answered = err, time.Now()
		}
		timer := time.NewTimer(interval.NextBackOff())
		select {
		case <-timer.C:
		case <-bounded.Done():
			timer.Stop()
			if ctx.Err() != nil {
				return fmt.Errorf("%s: %w (last: %w)", what, context.Cause(ctx), last)
			}
			return &TimeoutError{What: what, Last: last, Tries: tries, Waited: time.Since(begin), LastAge: time.Since(answered)}
		}
	}
}
