package elastic

import (
	"context"
	"net/http"
)

// Key is an API key as it was created; Secret and Encoded are secrets.
type Key struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Secret  string `json:"api_key"`
	Encoded string `json:"encoded"`
}

// CreateCrossClusterKey creates a cross-cluster API key on this (the remote) cluster. The request is the body of
// `POST _security/cross_cluster/api_key`.
func (c *Client) CreateCrossClusterKey(ctx context.Context, request map[string]any) (Key, error) {
	var key Key
	err := c.want(ctx, http.MethodPost, "/_security/cross_cluster/api_key", request, &key)
	return key, err
}

// UpdateCrossClusterKey replaces access, metadata or expiration of a cross-cluster API key.
func (c *Client) UpdateCrossClusterKey(ctx context.Context, id string, request map[string]any) error {
	return c.want(ctx, http.MethodPut, "/_security/cross_cluster/api_key/"+id, request, nil)
}

// CreateKey creates an API key for the REST interface.
func (c *Client) CreateKey(ctx context.Context, request map[string]any) (Key, error) {
	var key Key
	err := c.want(ctx, http.MethodPost, "/_security/api_key", request, &key)
	return key, err
}

// InvalidateKey invalidates API keys of either kind; ones that are already invalid are no error.
func (c *Client) InvalidateKey(ctx context.Context, ids ...string) error {
	return gone(c.want(ctx, http.MethodDelete, "/_security/api_key", map[string]any{"ids": ids}, nil))
}

// PutRole creates or replaces a role.
func (c *Client) PutRole(ctx context.Context, name string, role map[string]any) error {
	return c.want(ctx, http.MethodPut, "/_security/role/"+escape(name), role, nil)
}

// DeleteRole removes a role; one that is not there is no error.
func (c *Client) DeleteRole(ctx context.Context, name string) error {
	return gone(c.want(ctx, http.MethodDelete, "/_security/role/"+escape(name), nil, nil))
}

// PutUser creates or replaces a native user.
func (c *Client) PutUser(ctx context.Context, name, password string, roles ...string) error {
	return c.want(ctx, http.MethodPut, "/_security/user/"+escape(name), map[string]any{"password": password, "roles": roles}, nil)
}

// DeleteUser removes a native user; one that is not there is no error.
func (c *Client) DeleteUser(ctx context.Context, name string) error {
	return gone(c.want(ctx, http.MethodDelete, "/_security/user/"+escape(name), nil, nil))
}
