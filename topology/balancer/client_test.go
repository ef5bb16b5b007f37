package balancer

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestReadyWaitsAndGivesUpWithTheLastAnswer(t *testing.T) {
	calls := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls++; calls < 3 {
			http.Error(w, "still starting", http.StatusServiceUnavailable)
		}
	}))
	defer s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(t, New(s.URL+"/").Ready(ctx))
	require.Equal(t, 3, calls)

	calls = -1 << 20
	short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	err := New(s.URL).Ready(short)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, s.URL)
}

func TestErrorsSayWhatWasAsked(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			_, _ = w.Write([]byte("not JSON"))
			return
		}
		http.Error(w, `{"error":"proxy not found","status":404}`, http.StatusNotFound)
	}))
	defer s.Close()
	c := New(s.URL)
	err := c.BlackHole(t.Context(), "a b")
	require.EqualError(t, err, `add the fault timeout_upstream to balancer listener "a b": proxy not found (status 404)`)
	var e *Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, http.StatusNotFound, e.Status)
	_, err = c.Connections(t.Context())
	require.ErrorContains(t, err, "read the balancer's connection counts")
}
