package steps

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// held is what an upgrade must leave as it is, as text by name.
type held map[string]string

// keyFields are those of a key that no version may change. Later versions show further ones.
var keyFields = []string{"id", "name", "type", "creation", "expiration", "invalidated", "access"}

// hold reads what must not change. Fields of _remote/info that show the state of a connection are left out.
func (s *Scenario) hold(ctx context.Context) (held, error) {
	all := held{}
	settings, err := s.local.API().RemoteSettings(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the settings of the local cluster: %w", err)
	}
	var answer struct {
		Persistent map[string]any `json:"persistent"`
	}
	if err := json.Unmarshal(settings, &answer); err != nil {
		return nil, fmt.Errorf("read the settings of the local cluster: %w", err)
	}
	for name, value := range answer.Persistent {
		if strings.HasPrefix(name, "cluster.remote.") {
			all["setting "+name] = text(value)
		}
	}
	info, err := s.local.API().RemoteInfo(ctx)
	if err != nil {
		return nil, fmt.Errorf("read _remote/info: %w", err)
	}
	for alias, fields := range info {
		for name, value := range fields {
			if name != "connected" && !strings.HasSuffix(name, "_connected") {
				all["_remote/info of "+alias+": "+name] = text(value)
			}
		}
	}
	if s.key.ID == "" {
		return all, nil
	}
	res, err := s.remote.API().Do(ctx, http.MethodGet, "/_security/api_key?id="+s.key.ID, nil)
	if err != nil {
		return nil, fmt.Errorf("read the API key: %w", err)
	}
	var keys struct {
		All []map[string]any `json:"api_keys"`
	}
	if err := json.Unmarshal(res.Body, &keys); err != nil || len(keys.All) != 1 {
		return nil, fmt.Errorf("read the API key: %d %s", res.Status, res.Body)
	}
	for _, name := range keyFields {
		all["API key: "+name] = text(keys.All[0][name])
	}
	return all, nil
}

// differences are the names whose values are not the same in both, with the one here and the one after.
func (h held) differences(after held) (wanted, got []string) {
	all := maps.Clone(h)
	maps.Copy(all, after)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		was, had := h[name]
		is, has := after[name]
		if !had {
			was = "absent"
		}
		if !has {
			is = "absent"
		}
		if was != is {
			wanted, got = append(wanted, name+" "+was), append(got, name+" "+is)
		}
	}
	return wanted, got
}

// stillHolds compares with what was before the first upgrade. A default that changed with the local version is no loss, but
// goes into the timeline.
func (s *Scenario) stillHolds(ctx context.Context, name string) error {
	if s.before == nil {
		return errors.New("nothing was upgraded before this step")
	}
	if err := s.connected(ctx, name); err != nil {
		return err
	}
	after, err := s.hold(ctx)
	if err != nil {
		return err
	}
	expected := maps.Clone(s.before)
	for key, was := range s.before {
		field := key[strings.LastIndex(key, " ")+1:]
		old, known := s.env.Facts.DefaultOf(field, s.first.Local)
		now, stays := s.env.Facts.DefaultOf(field, s.pair.Local)
		if strings.HasPrefix(key, "_remote/info") && known && stays && was == old && old != now && after[key] == now {
			expected[key] = now
			s.event(fmt.Sprintf("%s is %s now, the default of %s (%s before)", field, now, s.pair.Local.Original(), old))
		}
	}
	if wanted, got := expected.differences(after); len(wanted) > 0 {
		return &verdict.Mismatch{What: "keys, settings and trust after the upgrade", Wanted: strings.Join(wanted, "\n"), Got: strings.Join(got, "\n")}
	}
	s.event(fmt.Sprintf("%d settings, fields of _remote/info and properties of the key are as before", len(after)))
	return nil
}
