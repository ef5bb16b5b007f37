package cloud

import (
	"fmt"
	"net/http"
)

// Error is an answer of the API that refuses a request.
type Error struct {
	Status  int
	Code    string
	Message string
	Fields  []string
}

func (e *Error) Error() string { return fmt.Sprintf("%d %s: %s", e.Status, e.Code, e.Message) }

func malformed(message string, fields ...string) error {
	return &Error{http.StatusBadRequest, "root.invalid_json_request", message, fields}
}

func noRoute(path string) error {
	return &Error{http.StatusNotFound, "root.resource_not_found", fmt.Sprintf("there is no resource [%s]", path), nil}
}

func noDeployment(id string) error {
	return &Error{http.StatusNotFound, "deployments.deployment_not_found",
		fmt.Sprintf("the deployment [%s] was not found", id), nil}
}

func noResource(deployment, ref string) error {
	return &Error{http.StatusNotFound, "deployments.deployment_resource_not_found",
		fmt.Sprintf("the deployment [%s] has no Elasticsearch resource [%s]", deployment, ref), nil}
}

// noRemoteResource is about a remote cluster that names what the organization does not have. Code and message are those
// of github.com/elastic/terraform-provider-ec, issues 379 and 540; neither tells the status.
func noRemoteResource(deployment, ref string) error {
	return &Error{http.StatusNotFound, "deployments.deployment_remote_resource_not_found",
		fmt.Sprintf("Invalid Remote Clusters Configuration. The following resource could not be found:"+
			"(deployment [%s] - ref_id [%s])", deployment, ref), nil}
}

func noRuleset(id string) error {
	return &Error{http.StatusNotFound, "traffic_filter.not_found",
		fmt.Sprintf("the network security policy [%s] was not found", id), nil}
}

// unauthorized says no more than that: not even whether what was asked for exists under another name.
func unauthorized() error {
	return &Error{http.StatusForbidden, "root.unauthorized", "this API key is not allowed to do that", nil}
}

func unauthenticated() error {
	return &Error{http.StatusUnauthorized, "root.unauthenticated",
		"the request needs a valid API key: Authorization: ApiKey <key>", nil}
}

func badAlias(alias, rule string) error {
	return &Error{http.StatusBadRequest, "deployments.elasticsearch.invalid_alias",
		fmt.Sprintf("the alias [%s] is not valid: it %s", alias, rule), []string{"alias"}}
}

// notSimulated is for what Elastic Cloud can do and this cannot: never a silent success.
func notSimulated(what string) error {
	return &Error{http.StatusNotImplemented, "simulator.not_simulated", what + " is not simulated", nil}
}
