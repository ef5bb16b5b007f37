package elastic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"
)

// healthTimeout is how long the cluster itself waits for the health that was asked for before it answers.
const healthTimeout = 5 * time.Second

// Ready is an error until the cluster's health is yellow or green. A status code alone does not do: while it starts, a
// secured node answers 401 before its security index can be read.
func (c *Client) Ready(ctx context.Context) error {
	var health struct {
		Status string `json:"status"`
	}
	if err := c.want(ctx, esapi.ClusterHealthRequest{Timeout: healthTimeout}, &health); err != nil {
		return err
	}
	if health.Status != "yellow" && health.Status != "green" {
		return fmt.Errorf("cluster health is %q", health.Status)
	}
	return nil
}

// Green is an error until every shard and every replica is where it should be.
func (c *Client) Green(ctx context.Context) error {
	var health struct {
		Status  string `json:"status"`
		Missing int    `json:"unassigned_shards"`
	}
	request := esapi.ClusterHealthRequest{WaitForStatus: "green", Timeout: healthTimeout}
	if err := c.want(ctx, request, &health); err != nil {
		return err
	}
	if health.Status != "green" {
		return fmt.Errorf("cluster health is %q, %d shards are not assigned", health.Status, health.Missing)
	}
	return nil
}

// PutSettings updates persistent cluster settings; a nil value removes one.
func (c *Client) PutSettings(ctx context.Context, settings map[string]any) error {
	request, err := persist(settings)
	if err != nil {
		return err
	}
	return c.want(ctx, request, nil)
}

func persist(settings map[string]any) (esapi.ClusterPutSettingsRequest, error) {
	body, err := encode(map[string]any{"persistent": settings})
	return esapi.ClusterPutSettingsRequest{Body: body}, err
}

// Node is what a node says of itself.
type Node struct {
	Name        string `json:"name"`
	Version     string `json:"version"`
	BuildHash   string `json:"build_hash"`
	BuildFlavor string `json:"build_flavor"`
}

// Nodes asks every node for its version and build. `GET /` is not used: the assembled distribution has no handler for
// it.
func (c *Client) Nodes(ctx context.Context) ([]Node, error) {
	var answer struct {
		Nodes map[string]Node `json:"nodes"`
	}
	request := esapi.NodesInfoRequest{
		NodeID:     []string{"_all"},
		Metric:     []string{"_none"},
		FilterPath: []string{"nodes.*.name", "nodes.*.version", "nodes.*.build_hash", "nodes.*.build_flavor"},
	}
	if err := c.want(ctx, request, &answer); err != nil {
		return nil, err
	}
	nodes := make([]Node, 0, len(answer.Nodes))
	for _, n := range answer.Nodes {
		nodes = append(nodes, n)
	}
	if len(nodes) == 0 {
		return nil, errors.New("the cluster names no node")
	}
	return nodes, nil
}

// RemoteInfo is the answer of `GET _remote/info`: alias -> fields, as they came.
func (c *Client) RemoteInfo(ctx context.Context) (map[string]map[string]any, error) {
	info := map[string]map[string]any{}
	err := c.want(ctx, esapi.ClusterRemoteInfoRequest{}, &info)
	return info, err
}

// PutRemote updates the persistent settings cluster.remote.<alias>.<name>; a nil value removes one.
func (c *Client) PutRemote(ctx context.Context, alias string, settings map[string]any) (Response, error) {
	request, err := persist(map[string]any{"cluster": map[string]any{"remote": map[string]any{alias: settings}}})
	if err != nil {
		return Response{}, err
	}
	return c.call(ctx, request)
}

// RemoveRemote removes every setting of the alias, which removes the remote cluster.
func (c *Client) RemoveRemote(ctx context.Context, alias string) error {
	return c.PutSettings(ctx, map[string]any{"cluster.remote." + alias + ".*": nil})
}

// RemoteSettings are the cluster's persistent and transient settings, flat, as `GET _cluster/settings` shows them.
func (c *Client) RemoteSettings(ctx context.Context) ([]byte, error) {
	res, err := c.call(ctx, esapi.ClusterGetSettingsRequest{FlatSettings: esapi.BoolPtr(true)})
	return res.Body, err
}

// PersistentSettings are the cluster's persistent settings by their whole names.
func (c *Client) PersistentSettings(ctx context.Context) (map[string]any, error) {
	body, err := c.RemoteSettings(ctx)
	if err != nil {
		return nil, err
	}
	var settings struct {
		Persistent map[string]any `json:"persistent"`
	}
	if err := json.Unmarshal(body, &settings); err != nil {
		return nil, fmt.Errorf("read the cluster settings: %w", err)
	}
	return settings.Persistent, nil
}

// Search searches target ("alias:index", for example) and answers whatever came.
func (c *Client) Search(ctx context.Context, target string) (Response, error) {
	search := esapi.SearchRequest{Index: []string{escape(target)}, Size: esapi.IntPtr(0), TrackTotalHits: true}
	if c.query != "" {
		search.Body = strings.NewReader(c.query)
	}
	return c.call(ctx, search)
}

// ResolveCluster calls `_resolve/cluster` (8.13 and later).
func (c *Client) ResolveCluster(ctx context.Context, target string) (Response, error) {
	return c.call(ctx, esapi.IndicesResolveClusterRequest{Name: []string{escape(target)}})
}

// ReloadSecureSettings makes every node read its keystore again. The answer can be 200 while a node reports an error of
// its own: that is an error here.
func (c *Client) ReloadSecureSettings(ctx context.Context) error {
	var answer struct {
		Nodes map[string]struct {
			Name  string         `json:"name"`
			Error map[string]any `json:"reload_exception"`
		} `json:"nodes"`
	}
	if err := c.want(ctx, esapi.NodesReloadSecureSettingsRequest{}, &answer); err != nil {
		return err
	}
	for _, n := range answer.Nodes {
		if n.Error != nil {
			return fmt.Errorf("node %s could not reload its secure settings: %v", n.Name, n.Error)
		}
	}
	return nil
}

// AddDocuments creates index with n small documents, in one shard and so many replicas, and makes them searchable.
func (c *Client) AddDocuments(ctx context.Context, index string, n, replicas int) error {
	settings := map[string]any{"settings": map[string]any{"number_of_shards": 1, "number_of_replicas": replicas}}
	body, err := encode(settings)
	if err != nil {
		return err
	}
	if err := c.want(ctx, esapi.IndicesCreateRequest{Index: escape(index), Body: body}, nil); err != nil {
		return err
	}
	if n == 0 {
		return nil
	}
	var bulk strings.Builder
	for i := range n {
		fmt.Fprintf(&bulk, "{\"index\":{}}\n{\"number\":%d}\n", i+1)
	}
	var answer struct {
		Errors bool `json:"errors"`
	}
	request := esapi.BulkRequest{Index: escape(index), Refresh: "true", Body: strings.NewReader(bulk.String())}
	if err := c.want(ctx, request, &answer); err != nil {
		return err
	}
	if answer.Errors {
		return fmt.Errorf("index %d documents into %s: some were refused", n, index)
	}
	return nil
}

// DeleteIndex removes an index; one that is not there is no error.
func (c *Client) DeleteIndex(ctx context.Context, index string) error {
	return gone(c.want(ctx, esapi.IndicesDeleteRequest{Index: []string{escape(index)}}, nil))
}

// License is the type of the license that is in force, such as basic or trial. A node that starts has none for a
// moment, and takes everything as licensed then; that is an error.
func (c *Client) License(ctx context.Context) (string, error) {
	var answer struct {
		License struct {
			Type string `json:"type"`
		} `json:"license"`
	}
	if err := c.want(ctx, esapi.LicenseGetRequest{}, &answer); err != nil {
		return "", err
	}
	if answer.License.Type == "" {
		return "", errors.New("the cluster has no license yet")
	}
	return answer.License.Type, nil
}

// StartTrial gives the cluster Elasticsearch's own trial license, unless it has that or an enterprise one already. A
// cluster has one trial only.
func (c *Client) StartTrial(ctx context.Context) error {
	license, err := c.License(ctx)
	if err != nil {
		return err
	}
	if license == "trial" || license == "enterprise" {
		return nil
	}
	return c.want(ctx, esapi.LicensePostStartTrialRequest{Acknowledge: esapi.BoolPtr(true)}, nil)
}
