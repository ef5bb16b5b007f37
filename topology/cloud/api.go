package cloud

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"github.com/elastic/cloud-sdk-go/pkg/models"
	"github.com/go-openapi/strfmt"
)

// maxBody bounds a request's body, bytes.
const maxBody = 1 << 20

// api serves a plane over HTTP.
type api struct {
	plane *Plane
	log   *slog.Logger
}

// endpoint answers one route. A nil body is an empty JSON object.
type endpoint func(a *api, r *http.Request, u User) (status int, body any, err error)

// routes are those that cloud-sdk-go drives for remote clusters. What is not in here is 404.
var routes = map[string]endpoint{
	"GET /organizations":                (*api).listOrganizations,
	"GET /organizations/{organization}": (*api).getOrganization,

	"GET /deployments":                         (*api).listDeployments,
	"POST /deployments":                        (*api).createDeployment,
	"GET /deployments/{deployment}":            (*api).getDeployment,
	"PUT /deployments/{deployment}":            (*api).updateDeployment,
	"POST /deployments/{deployment}/_shutdown": (*api).shutdownDeployment,

	"GET /deployments/{deployment}/elasticsearch/{ref}":                 (*api).getResource,
	"POST /deployments/{deployment}/elasticsearch/{ref}/_restart":       (*api).restart,
	"GET /deployments/{deployment}/elasticsearch/{ref}/keystore":        (*api).getKeystore,
	"PATCH /deployments/{deployment}/elasticsearch/{ref}/keystore":      (*api).patchKeystore,
	"GET /deployments/{deployment}/elasticsearch/{ref}/remote-clusters": (*api).getRemotes,
	"PUT /deployments/{deployment}/elasticsearch/{ref}/remote-clusters": (*api).putRemotes,

	"GET /deployments/traffic-filter/rulesets":                                               (*api).listRulesets,
	"POST /deployments/traffic-filter/rulesets":                                              (*api).createRuleset,
	"GET /deployments/traffic-filter/rulesets/{ruleset}":                                     (*api).getRuleset,
	"PUT /deployments/traffic-filter/rulesets/{ruleset}":                                     (*api).updateRuleset,
	"DELETE /deployments/traffic-filter/rulesets/{ruleset}":                                  (*api).deleteRuleset,
	"POST /deployments/traffic-filter/rulesets/{ruleset}/associations":                       (*api).associate,
	"DELETE /deployments/traffic-filter/rulesets/{ruleset}/associations/{kind}/{deployment}": (*api).dissociate,
}

// Handler is the plane's REST API. Every request needs the API key of a user.
func (p *Plane) Handler(log *slog.Logger) http.Handler {
	a := &api{plane: p, log: log}
	mux := http.NewServeMux()
	for pattern, serve := range routes {
		method, path, _ := strings.Cut(pattern, " ")
		mux.Handle(method+" /api/v1"+path, a.authenticated(serve))
	}
	mux.Handle("/", a.authenticated(func(_ *api, r *http.Request, _ User) (int, any, error) {
		return 0, nil, noRoute(r.URL.Path)
	}))
	return http.MaxBytesHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "//") || strings.Contains(r.URL.Path, "/.") { // the mux would redirect
			a.answer(w, r, 0, nil, noRoute(r.URL.Path))
			return
		}
		mux.ServeHTTP(w, r)
	}), maxBody)
}

func (a *api) authenticated(serve endpoint) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "ApiKey ")
		u, known := a.plane.user(key)
		if !ok || !known {
			a.answer(w, r, 0, nil, unauthenticated())
			return
		}
		status, body, err := serve(a, r, u)
		a.answer(w, r, status, body, err)
	})
}

// answer writes JSON; an error takes the API's own form.
func (a *api) answer(w http.ResponseWriter, r *http.Request, status int, body any, err error) {
	if err != nil {
		e, ok := errors.AsType[*Error](err)
		if !ok {
			a.log.Error("the control plane broke", "method", r.Method, "path", r.URL.Path, "error", err)
			e = &Error{http.StatusInternalServerError, "root.internal_server_error", err.Error(), nil}
		}
		w.Header().Set("x-cloud-error-codes", e.Code)
		status, body = e.Status, models.BasicFailedReply{Errors: []*models.BasicFailedReplyElement{{Code: &e.Code,
			Message: &e.Message, Fields: e.Fields}}}
	}
	if body == nil {
		body = struct{}{}
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		a.log.Error("encode an answer", "path", r.URL.Path, "error", err)
		status, encoded = http.StatusInternalServerError, []byte(`{"errors":[]}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(encoded) // a client that left does not want it
}

// validated is a model of the API that knows what it requires.
type validated interface {
	Validate(formats strfmt.Registry) error
}

// read decodes a request's body strictly: an unknown field, a missing one and a second value are errors.
func read(r *http.Request, into validated) error {
	data, err := io.ReadAll(r.Body)
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &Error{http.StatusRequestEntityTooLarge, "root.request_too_large",
			fmt.Sprintf("the body has more than %d bytes", tooLarge.Limit), nil}
	}
	if err != nil {
		return malformed("the body could not be read: " + err.Error())
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return malformed("the body is not what this request takes: " + strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return malformed("something follows the JSON object")
	}
	if err := into.Validate(strfmt.Default); err != nil {
		return malformed(strings.Join(strings.Fields(err.Error()), " "))
	}
	return nil
}
