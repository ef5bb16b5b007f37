package existing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// lookup is where a thing of a kind is looked for by its name. 404 says that there is none.
var lookup = map[kind]string{
	indexKind: "/%s?expand_wildcards=all", roleKind: "/_security/role/%s", userKind: "/_security/user/%s",
}

// exists reports whether the cluster has a thing. An index is also the name of an alias or of a data stream.
func (f *fence) exists(ctx context.Context, t thing) (bool, error) {
	if t.kind == aliasKind {
		return f.aliasExists(ctx, t.name)
	}
	method := http.MethodGet
	res, err := f.api.Do(ctx, method, fmt.Sprintf(lookup[t.kind], url.PathEscape(t.name)), nil)
	if err != nil {
		return false, err
	}
	switch res.Status {
	case http.StatusOK:
		return true, nil
	case http.StatusNotFound:
		return false, nil
	}
	return false, fmt.Errorf("%s %s answered %d: %s", method, res.Path, res.Status, shortened(res.Body))
}

// aliasExists looks at the settings, and at _remote/info, which also has aliases of elasticsearch.yml.
func (f *fence) aliasExists(ctx context.Context, alias string) (bool, error) {
	info, err := f.api.RemoteInfo(ctx)
	if err != nil {
		return false, err
	}
	if _, there := info[alias]; there {
		return true, nil
	}
	names, err := f.remoteSettingsOf(ctx, alias+".")
	return len(names) > 0, err
}

// remoteSettingsOf are the cluster settings, persistent or transient, of remote clusters whose alias begins so, by
// where they stand.
func (f *fence) remoteSettingsOf(ctx context.Context, alias string) (map[string]map[string]any, error) {
	body, err := f.api.RemoteSettings(ctx)
	if err != nil {
		return nil, err
	}
	var all map[string]map[string]any
	if err := json.Unmarshal(body, &all); err != nil {
		return nil, fmt.Errorf("read the cluster settings: %w", err)
	}
	found := map[string]map[string]any{}
	for scope, values := range all {
		for name := range values {
			if strings.HasPrefix(name, remoteSettings+alias) {
				if found[scope] == nil {
					found[scope] = map[string]any{}
				}
				found[scope][name] = nil
			}
		}
	}
	return found, nil
}

// sweep removes what scenarios have left of the run's, and says what that was. It goes on after an error.
func (f *fence) sweep(ctx context.Context) (removed []string, err error) {
	f.mu.Lock()
	left := make([]thing, 0, len(f.made))
	for t, there := range f.made {
		if there {
			left = append(left, t)
		}
	}
	f.mu.Unlock()
	var errs []error
	for _, t := range left {
		there, err := f.remove(ctx, t)
		if err != nil {
			errs = append(errs, fmt.Errorf("remove the %s %s from the %s cluster: %w", t.kind, t.name, f.role, err))
			continue
		}
		f.forget(t)
		if there {
			removed = append(removed, fmt.Sprintf("%s %s", t.kind, t.name))
		}
	}
	return removed, errors.Join(errs...)
}

// remove removes a thing of the run's, and reports whether it was there.
func (f *fence) remove(ctx context.Context, t thing) (there bool, err error) {
	switch t.kind {
	case aliasKind:
		found, err := f.remoteSettingsOf(ctx, t.name+".")
		if err != nil || len(found) == 0 {
			return false, err
		}
		res, err := f.api.Do(ctx, http.MethodPut, "/_cluster/settings", found)
		return true, failed(res.Status, res.Body, err)
	case keyKind:
		return true, f.api.InvalidateKey(ctx, t.name)
	}
	if there, err = f.exists(ctx, t); err != nil || !there {
		return there, err
	}
	switch t.kind {
	case roleKind:
		err = f.api.DeleteRole(ctx, t.name)
	case userKind:
		err = f.api.DeleteUser(ctx, t.name)
	default:
		err = f.api.DeleteIndex(ctx, t.name)
	}
	return true, err
}

func failed(status int, body []byte, err error) error {
	if err == nil && status/100 != 2 {
		err = fmt.Errorf("it answered %d: %s", status, shortened(body))
	}
	return err
}

// shortened is the beginning of a body, for a message.
func shortened(body []byte) string {
	const most = 300
	if len(body) > most {
		return string(body[:most]) + "..."
	}
	return string(body)
}
