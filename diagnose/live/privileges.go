package live

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
)

const (
	authenticatePath  = "/_security/_authenticate"
	hasPrivilegesPath = "/_security/user/_has_privileges"
	privilegesPath    = "/_security/user/_privileges"
)

// wanted are the cluster privileges that have to do with remote clusters.
var wanted = []string{"monitor", "manage"}

// user is whom the requests are made as.
type user struct {
	Username string   `json:"username"`
	Roles    []string `json:"roles"`
	Type     string   `json:"authentication_type"`
}

// privileges reads whom the requests are made as, and what that user may do on the remote clusters. A cluster without
// security has none of it.
func (c *cluster) privileges(ctx context.Context, remotes []remoteCluster) {
	var me user
	if err := c.decode(ctx, authenticatePath, nil, &me); err != nil {
		c.unseen(authenticatePath, err)
		return
	}
	c.secured = true
	texts := []string{"user: " + me.Username, "roles: [" + strings.Join(me.Roles, ", ") + "]"}
	if me.Type != "" {
		texts = append(texts, "authentication_type: "+me.Type)
	}
	var has struct {
		Cluster map[string]bool `json:"cluster"`
	}
	if err := c.decode(ctx, hasPrivilegesPath, map[string]any{"cluster": wanted}, &has); err != nil {
		c.unseen(hasPrivilegesPath, err)
	}
	for _, name := range wanted {
		if held, told := has.Cluster[name]; told && !held {
			texts = append(texts, evidence.Derived+"user lacks the cluster privilege "+name)
		}
	}
	texts = append(texts, c.remoteIndices(ctx, me, remotes)...)
	c.pieces = append(c.pieces, evidence.Piece{
		Kind: evidence.Settings, Side: c.side, Source: c.source(authenticatePath), Version: c.version,
		Request: "GET " + authenticatePath, Status: http.StatusOK, Shown: strings.Join(texts, ", "), Texts: texts,
	})
}

// remoteIndices says for which remote clusters no role of the user gives a privilege. A cross-cluster API key asks for
// these; certificates do without. An API key of a user does not tell what it inherits.
func (c *cluster) remoteIndices(ctx context.Context, me user, remotes []remoteCluster) []string {
	if me.Type == "api_key" {
		return nil
	}
	var held struct {
		Cluster []string `json:"cluster"`
		Remote  []struct {
			Clusters []string `json:"clusters"`
		} `json:"remote_indices"`
	}
	if err := c.decode(ctx, privilegesPath, nil, &held); err != nil {
		c.unseen(privilegesPath, err)
		return nil
	}
	var texts []string
	for _, r := range remotes {
		found := false
		for _, given := range held.Remote {
			for _, pattern := range given.Clusters {
				matched, err := path.Match(pattern, r.alias)
				found = found || pattern == r.alias || err == nil && matched
			}
		}
		if !found {
			texts = append(texts, evidence.Derived+"user has no remote_indices privileges for "+r.alias)
		}
	}
	return texts
}

// unseen notes what could not be read. A cluster without security, or of a version that lacks the request, is no news.
func (c *cluster) unseen(path string, err error) {
	var status *elastic.StatusError
	if !errors.As(err, &status) {
		c.note(path, evidence.NotSeen, err.Error()+".")
		return
	}
	switch status.Status {
	case http.StatusForbidden, http.StatusUnauthorized:
		c.note(path, evidence.Refused, "The user may not: "+reason(status.Body)+".")
	case http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusNotFound, http.StatusInternalServerError:
		c.note(path, evidence.NotSeen, "It has no such request, or security is off.")
	default:
		c.note(path, evidence.NotSeen, fmt.Sprintf("It answered %d: %s.", status.Status, reason(status.Body)))
	}
}
