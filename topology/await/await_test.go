package await

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestUntilReturnsWhenTheConditionHolds(t *testing.T) {
	n := 0
	require.NoError(t, Until(t.Context(), "third try", time.Minute, func(context.Context) error {
		if n++; n < 3 {
			return errors.New("not yet")
		}
		return nil
	}))
	require.Equal(t, 3, n)
}

func TestUntilSaysWhatItSawLastAndHowOften(t *testing.T) {
	err := Until(t.Context(), "wait for green", 120*time.Millisecond,
		func(context.Context) error { return errors.New("still red") })
	var timeout *TimeoutError
	require.ErrorAs(t, err, &timeout)
	require.ErrorContains(t, err, "wait for green")
	require.ErrorContains(t, err, "still red")
	require.GreaterOrEqual(t, timeout.Tries, 2)
}

func TestUntilKeepsTheLastRealAnswer(t *testing.T) {
	n := 0
	err := Until(t.Context(), "x", 80*time.Millisecond, func(ctx context.Context) error {
		if n++; n == 1 {
			return errors.New("a real answer")
		}
		<-ctx.Done()
		return ctx.Err()
	})
	require.ErrorContains(t, err, "a real answer")
}

func TestUntilStopsOnAPermanentError(t *testing.T) {
	cause := errors.New("no such user")
	n := 0
	err := Until(t.Context(), "x", time.Minute, func(context.Context) error { n++; return Permanent(cause) })
	require.ErrorIs(t, err, cause)
	require.Equal(t, 1, n)
}

func TestUntilEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("interrupted")
	cancel(cause)
	err := Until(ctx, "x", time.Minute, func(context.Context) error { return errors.New("not yet") })
	require.ErrorIs(t, err, cause)
	var timeout *TimeoutError
	require.False(t, errors.As(err, &timeout), "an interruption is not a time-out")
}

func TestWhileGoesOnUntilItsContextEnds(t *testing.T) {
	n := 0
	require.NoError(t, While(t.Context(), "third try", func(context.Context) error {
		if n++; n < 3 {
			return errors.New("not yet")
		}
		return nil
	}))
	require.Equal(t, 3, n)

	ctx, cancel := context.WithTimeout(t.Context(), 80*time.Millisecond)
	defer cancel()
	err := While(ctx, "take the lock", func(context.Context) error { return errors.New("it is held") })
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.EqualError(t, err, "take the lock: context deadline exceeded (last: it is held)")
}
