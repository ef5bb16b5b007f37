package live

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
)

const (
	keysPath = "/_security/api_key?filter_path=api_keys.id,api_keys.name,api_keys.type,api_keys.expiration," +
		"api_keys.invalidated"
	indicesPath = "/_cat/indices?format=json&h=index,health,status"
)

// The most that is kept of lists.
const (
	maxKeys    = 50
	maxIndices = 200
)

// asRemote reads the cluster that is connected to.
func (c *cluster) asRemote(ctx context.Context) error {
	if err := c.identify(ctx); err != nil {
		return err
	}
	c.observe(ctx, nodesPath)
	c.observe(ctx, settingsPath)
	c.observe(ctx, licensePath)
	c.privileges(ctx, nil)
	if c.secured {
		c.keys(ctx)
	}
	c.indices(ctx)
	return nil
}

// key is what can be read of an API key. There is no secret in it.
type key struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Type        string `json:"type"`       // rest or cross_cluster; empty before 8.9, where there are no others than rest
	Expiration  int64  `json:"expiration"` // milliseconds since 1970; 0: never
	Invalidated bool   `json:"invalidated"`
}

// state is empty for a key that is good.
func (k key) state(now time.Time) string {
	switch {
	case k.Invalidated:
		return "is invalidated"
	case k.Expiration > 0 && time.UnixMilli(k.Expiration).Before(now):
		return "has expired"
	}
	return ""
}

// keys says of each cross-cluster API key that the user may see whether it is still good. Which one the local cluster
// has is not to be seen from here.
func (c *cluster) keys(ctx context.Context) {
	var told struct {
		Keys []key `json:"api_keys"`
	}
	if err := c.decode(ctx, keysPath, nil, &told); err != nil {
		c.unseen(keysPath, err)
		return
	}
	now := time.Now()
	good, seen := 0, 0
	for _, k := range told.Keys {
		if k.Type != "cross_cluster" {
			continue
		}
		seen++
		state := k.state(now)
		if state == "" {
			good++
			state = "is valid"
		}
		if seen > maxKeys {
			continue
		}
		text := "cross-cluster API key " + k.Name + " " + state
		c.said(keysPath, text+" (id "+k.ID+")", evidence.Derived+text)
	}
	if seen > 0 && good == 0 {
		c.said(keysPath, "no cross-cluster API key that the user may see is valid",
			evidence.Derived+"no valid cross-cluster API key")
	}
	if seen == 0 {
		c.note(keysPath, evidence.NotSeen, "There is no cross-cluster API key that the user may see.")
	}
}

// indices names the open indices, and how they are.
func (c *cluster) indices(ctx context.Context) {
	var told []struct {
		Index  string `json:"index"`
		Health string `json:"health"`
		Status string `json:"status"`
	}
	if err := c.decode(ctx, indicesPath, nil, &told); err != nil {
		c.unseen(indicesPath, err)
		return
	}
	texts := make([]string, 0, min(len(told), maxIndices))
	for _, i := range told[:min(len(told), maxIndices)] {
		texts = append(texts, fmt.Sprintf("index %s: %s %s", i.Index, i.Health, i.Status))
	}
	c.said(indicesPath, fmt.Sprintf("%d indices", len(told)), texts...)
}

// said adds a piece of the API's state: what is shown, and texts for the catalogue's patterns.
func (c *cluster) said(path, shown string, texts ...string) {
	c.pieces = append(c.pieces, evidence.Piece{
		Kind: evidence.Settings, Side: c.side, Source: c.source(path), Status: http.StatusOK, Version: c.version,
		Shown: shown, Texts: texts,
	})
}
