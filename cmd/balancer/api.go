package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/crosscheck-dev/crosscheck/topology/balancer"
)

// handler serves toxiproxy's own API, so that every toxiproxy client works, and ours beside it.
func (s *server) handler() http.Handler {
	r := mux.NewRouter()
	for _, route := range []struct {
		method, path string
		serve        http.HandlerFunc
	}{
		{http.MethodPost, "/reset", s.steer.bound(s.resetToxics)},
		{http.MethodGet, "/proxies", s.steer.bound(s.toxi.ProxyIndex)},
		{http.MethodPost, "/proxies", s.steer.bound(s.toxi.ProxyCreate)},
		{http.MethodPost, "/populate", s.steer.bound(s.toxi.Populate)},
		{http.MethodGet, "/proxies/{proxy}", s.steer.bound(s.toxi.ProxyShow)},
		{http.MethodPost, "/proxies/{proxy}", s.steer.bound(s.toxi.ProxyUpdate)},
		{http.MethodDelete, "/proxies/{proxy}", s.steer.bound(s.toxi.ProxyDelete)},
		{http.MethodGet, "/proxies/{proxy}/toxics", s.steer.bound(s.toxi.ToxicIndex)},
		{http.MethodPost, "/proxies/{proxy}/toxics", s.steer.bound(s.createToxic)},
		{http.MethodGet, "/proxies/{proxy}/toxics/{toxic}", s.steer.bound(s.toxi.ToxicShow)},
		{http.MethodPost, "/proxies/{proxy}/toxics/{toxic}", s.steer.bound(s.updateToxic)},
		{http.MethodDelete, "/proxies/{proxy}/toxics/{toxic}", s.steer.bound(s.deleteToxic)},
		{http.MethodGet, "/version", s.toxi.Version},

		{http.MethodGet, "/healthz", s.health},
		{http.MethodGet, "/connections", func(w http.ResponseWriter, _ *http.Request) { answer(w, s.counts()) }},
		{http.MethodPost, "/connections/reset", func(w http.ResponseWriter, _ *http.Request) {
			s.resetCounts()
			answer(w, s.counts())
		}},
		{http.MethodPost, "/connections/{listener}/cut", s.cut},
		{http.MethodPut, "/listeners", s.steer.bound(s.putListeners)},
		{http.MethodGet, "/routes/{listener}", s.getRoutes},
		{http.MethodPut, "/routes/{listener}", s.putRoutes},
	} {
		r.HandleFunc(route.path, route.serve).Methods(route.method)
	}
	// A page open in a browser on the same machine must not steer the balancer.
	guarded := http.NewCrossOriginProtection().Handler(r)
	return http.MaxBytesHandler(guarded, 1<<20)
}

func (s *server) health(w http.ResponseWriter, _ *http.Request) {
	if s.steer.stuck() {
		refuse(w, http.StatusServiceUnavailable, errors.New(stuckMessage))
		return
	}
	answer(w, map[string]string{"status": "ready"})
}

func (s *server) getRoutes(w http.ResponseWriter, r *http.Request) {
	if l := s.listener(w, r); l != nil {
		answer(w, l.table.Load().routes)
	}
}

func (s *server) putRoutes(w http.ResponseWriter, r *http.Request) {
	l := s.listener(w, r)
	if l == nil {
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	routes, err := balancer.DecodeRoutes(body)
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	l.table.Store(newTable(routes))
	answer(w, routes)
}

func (s *server) cut(w http.ResponseWriter, r *http.Request) {
	l := s.listener(w, r)
	if l == nil {
		return
	}
	how := balancer.How(r.URL.Query().Get("how"))
	switch how {
	case "":
		how = balancer.FIN
	case balancer.FIN, balancer.HalfOpen:
	case balancer.RST:
		proxy, err := s.toxi.Collection.Get(mux.Vars(r)["listener"])
		if err == nil {
			err = setLinger(proxy, 0)
		}
		if err != nil {
			refuse(w, http.StatusInternalServerError, err)
			return
		}
	default:
		refuse(w, http.StatusBadRequest, fmt.Errorf("how: %q is unknown; write fin, reset or half-open", how))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	answer(w, map[string]int{"cut": l.cut(ctx, how)})
}

// listener finds the one that the path names, or answers 404 and returns nil.
func (s *server) listener(w http.ResponseWriter, r *http.Request) *listener {
	name := mux.Vars(r)["listener"]
	if l := s.find(name); l != nil {
		return l
	}
	names := strings.Join(slices.Sorted(maps.Keys(s.all())), ", ")
	refuse(w, http.StatusNotFound, fmt.Errorf("there is no listener %q; there is %s", name, names))
	return nil
}

func (s *server) createToxic(w http.ResponseWriter, r *http.Request) {
	body, kind, ok := s.checkedToxic(w, r, "")
	if !ok {
		return
	}
	r.Body = body
	proxy, err := s.toxi.Collection.Get(mux.Vars(r)["proxy"])
	if err != nil || kind != "reset_peer" {
		s.toxi.ToxicCreate(w, r)
		return
	}
	// Before the toxic, as data may already be under way; and after it, in case toxiproxy refused it.
	if err := setLinger(proxy, 0); err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	s.toxi.ToxicCreate(w, r)
	_ = matchLinger(proxy)
}

func (s *server) updateToxic(w http.ResponseWriter, r *http.Request) {
	vars := mux.Vars(r)
	if proxy, err := s.toxi.Collection.Get(vars["proxy"]); err == nil {
		if t := proxy.Toxics.GetToxic(vars["toxic"]); t != nil {
			body, _, ok := s.checkedToxic(w, r, t.Type)
			if !ok {
				return
			}
			r.Body = body
		}
	}
	s.toxi.ToxicUpdate(w, r)
}

// checkedToxic reads a toxic from the request and refuses one that checkToxic does. current is the type of the toxic
// that is updated, empty for a new one. toxiproxy reads the returned body again, and judges the rest of it.
func (s *server) checkedToxic(w http.ResponseWriter, r *http.Request, current string,
) (body io.ReadCloser, kind string, ok bool) {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return nil, "", false
	}
	var t struct {
		Type       string          `json:"type"`
		Attributes json.RawMessage `json:"attributes"`
	}
	if err := json.NewDecoder(bytes.NewReader(data)).Decode(&t); err != nil {
		refuse(w, http.StatusBadRequest, fmt.Errorf("bad request body: %w", err))
		return nil, "", false
	}
	if current != "" {
		t.Type = current
	}
	if err := checkToxic(t.Type, t.Attributes, current != ""); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return nil, "", false
	}
	return io.NopCloser(bytes.NewReader(data)), t.Type, true
}

func (s *server) deleteToxic(w http.ResponseWriter, r *http.Request) {
	s.toxi.ToxicDelete(w, r)
	if proxy, err := s.toxi.Collection.Get(mux.Vars(r)["proxy"]); err == nil {
		_ = matchLinger(proxy) // the answer is written; a socket left as it is resets instead of ending
	}
}

func (s *server) resetToxics(w http.ResponseWriter, r *http.Request) {
	s.toxi.ResetState(w, r)
	for _, proxy := range s.toxi.Collection.Proxies() {
		_ = matchLinger(proxy)
	}
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // a client that left does not want it
}

// refuse answers in toxiproxy's form of an error.
func refuse(w http.ResponseWriter, status int, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(balancer.Error{Status: status, Message: err.Error()})
}
