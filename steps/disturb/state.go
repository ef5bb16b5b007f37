package disturb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

var errNoUpgrade = errors.New("nothing was upgraded before this step")

// keyFields are those of a key that no version may change. Later versions show further ones.
var keyFields = []string{"id", "name", "type", "creation", "expiration", "invalidated", "access"}

// state reads what an upgrade must leave as it is: the settings of remote clusters, what _remote/info says of them,
// and the API key. Fields of _remote/info that show the state of a connection are left out.
func (u *Upgrades) state(ctx context.Context) (verdict.Values, error) {
	all := verdict.Values{}
	if err := u.addSettings(ctx, all); err != nil {
		return nil, err
	}
	info, err := u.world.Local().API().RemoteInfo(ctx)
	if err != nil {
		return nil, fmt.Errorf("read _remote/info: %w", err)
	}
	for alias, fields := range info {
		for name, value := range fields {
			if name != "connected" && !strings.HasSuffix(name, "_connected") {
				all["_remote/info of "+alias+": "+name] = verdict.Text(value)
			}
		}
	}
	return all, u.addKey(ctx, all)
}

func (u *Upgrades) addSettings(ctx context.Context, to verdict.Values) error {
	settings, err := u.world.Local().API().PersistentSettings(ctx)
	if err != nil {
		return fmt.Errorf("read the settings of the local cluster: %w", err)
	}
	for name, value := range settings {
		if strings.HasPrefix(name, "cluster.remote.") {
			to["setting "+name] = verdict.Text(value)
		}
	}
	return nil
}

func (u *Upgrades) addKey(ctx context.Context, to verdict.Values) error {
	id := u.keys.Last().ID
	if id == "" {
		return nil
	}
	res, err := u.world.Remote().API().Do(ctx, http.MethodGet, "/_security/api_key?id="+id, nil)
	if err != nil {
		return fmt.Errorf("read the API key: %w", err)
	}
	var keys struct {
		All []map[string]any `json:"api_keys"`
	}
	if err := json.Unmarshal(res.Body, &keys); err != nil || len(keys.All) != 1 {
		return fmt.Errorf("read the API key: %d %s", res.Status, res.Body)
	}
	for _, name := range keyFields {
		to["API key: "+name] = verdict.Text(keys.All[0][name])
	}
	return nil
}
