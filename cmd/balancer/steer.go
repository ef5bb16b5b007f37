package main

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/crosscheck-dev/crosscheck/topology/balancer"
)

// steerLimit is longer than the five seconds that toxiproxy itself may wait for a connection when it removes a toxic.
const steerLimit = 8 * time.Second

const stuckMessage = "toxiproxy is stuck: a client does not read, or left in the middle of a transfer, " +
	"while a fault was changed; " +
	"start the balancer anew unless that client reads on"

// steering knows the calls to toxiproxy that are under way. toxiproxy changes toxics under a lock of the listener and
// waits there for every connection to stop at a safe place. A connection with data that nobody takes never does, and
// then new connections of that listener hang as well: to a test that would look as if the product did not connect, so
// it must be said.
type steering struct {
	limit time.Duration

	mu      sync.Mutex
	next    int
	running map[int]time.Time // when each call began
}

func (s *steering) begin() (end func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.next
	s.next++
	s.running[id] = time.Now()
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.running, id)
	}
}

// stuck reports whether a call has been under way for longer than the limit.
func (s *steering) stuck() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, began := range s.running {
		if time.Since(began) >= s.limit {
			return true
		}
	}
	return false
}

// bound answers 503 when next takes longer than the limit. next goes on: when the client reads again it comes to its
// end.
func (s *steering) bound(next http.HandlerFunc) http.HandlerFunc {
	message, err := json.Marshal(balancer.Error{Status: http.StatusServiceUnavailable, Message: stuckMessage})
	if err != nil {
		message = []byte(stuckMessage)
	}
	watched := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.begin()()
		next(w, r)
	})
	return http.TimeoutHandler(watched, s.limit, string(message)).ServeHTTP
}
