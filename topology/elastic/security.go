package elastic

import (
	"context"

	"github.com/elastic/go-elasticsearch/v8/esapi"
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
	body, err := encode(request)
	if err != nil {
		return Key{}, err
	}
	var key Key
	err = c.want(ctx, esapi.SecurityCreateCrossClusterAPIKeyRequest{Body: body}, &key)
	return key, err
}

// UpdateCrossClusterKey replaces access, metadata or expiration of a cross-cluster API key.
func (c *Client) UpdateCrossClusterKey(ctx context.Context, id string, request map[string]any) error {
	body, err := encode(request)
	if err != nil {
		return err
	}
	return c.want(ctx, esapi.SecurityUpdateCrossClusterAPIKeyRequest{DocumentID: escape(id), Body: body}, nil)
}

// CreateKey creates an API key for the REST interface.
func (c *Client) CreateKey(ctx context.Context, request map[string]any) (Key, error) {
	body, err := encode(request)
	if err != nil {
		return Key{}, err
	}
	var key Key
	err = c.want(ctx, esapi.SecurityCreateAPIKeyRequest{Body: body}, &key)
	return key, err
}

// InvalidateKey invalidates API keys of either kind; ones that are already invalid are no error.
func (c *Client) InvalidateKey(ctx context.Context, ids ...string) error {
	body, err := encode(map[string]any{"ids": ids})
	if err != nil {
		return err
	}
	return gone(c.want(ctx, esapi.SecurityInvalidateAPIKeyRequest{Body: body}, nil))
}

// PutRole creates or replaces a role.
func (c *Client) PutRole(ctx context.Context, name string, role map[string]any) error {
	body, err := encode(role)
	if err != nil {
		return err
	}
	return c.want(ctx, esapi.SecurityPutRoleRequest{Name: escape(name), Body: body}, nil)
}

// DeleteRole removes a role; one that is not there is no error.
func (c *Client) DeleteRole(ctx context.Context, name string) error {
	return gone(c.want(ctx, esapi.SecurityDeleteRoleRequest{Name: escape(name)}, nil))
}

// PutUser creates or replaces a native user.
func (c *Client) PutUser(ctx context.Context, name, password string, roles ...string) error {
	body, err := encode(map[string]any{"password": password, "roles": roles})
	if err != nil {
		return err
	}
	return c.want(ctx, esapi.SecurityPutUserRequest{Username: escape(name), Body: body}, nil)
}

// DeleteUser removes a native user; one that is not there is no error.
func (c *Client) DeleteUser(ctx context.Context, name string) error {
	return gone(c.want(ctx, esapi.SecurityDeleteUserRequest{Username: escape(name)}, nil))
}
