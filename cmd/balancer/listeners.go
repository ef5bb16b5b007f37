package main

import (
	"fmt"
	"io"
	"net/http"

	"github.com/crosscheck-dev/crosscheck/topology/balancer"
)

// putListeners makes the listeners those of the request. One that differs or is gone is closed with its connections, as
// its service is another one now; one that stays as it is keeps them.
func (s *server) putListeners(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	wanted, err := balancer.DecodeListeners(body)
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	s.changes.Lock()
	defer s.changes.Unlock()
	if err := s.replace(wanted); err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	answer(w, wanted)
}

func (s *server) replace(wanted []balancer.Listener) error {
	stay := map[string]bool{}
	for _, l := range wanted {
		if old := s.find(l.Name); old != nil && old.is(l) {
			stay[l.Name] = true
		}
	}
	for name, old := range s.all() {
		if stay[name] {
			continue
		}
		if err := s.toxi.Collection.Remove(name); err != nil {
			return fmt.Errorf("close listener %q: %w", name, err)
		}
		old.close()
		s.mu.Lock()
		delete(s.listeners, name)
		s.mu.Unlock()
	}
	for _, l := range wanted {
		if stay[l.Name] {
			continue
		}
		if err := s.open(s.ctx, l, s.log); err != nil {
			return err
		}
	}
	return nil
}
