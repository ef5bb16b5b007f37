package steps

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/topology/await"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
)

var credentialSteps = []gherkin.Definition{
	{Expression: "a cross-cluster API key with {word} access to {string}", Handler: (*Scenario).crossClusterKey,
		Doc: "Created on the remote cluster with POST _security/cross_cluster/api_key; access is search or replication."},
	{Expression: "a cross-cluster API key with search access to {string} that expires after {int} s", Handler: (*Scenario).expiringKey,
		Doc: "The same with an expiration."},
	{Expression: "a cross-cluster API key with search access to {string} for the certificate identity {string}", Handler: (*Scenario).identityKey,
		Doc: "The same with certificate_identity, a pattern for the distinguished name that signs requests (9.3)."},
	{Expression: "an API key for the REST interface of the remote cluster", Handler: (*Scenario).restKey,
		Doc: "Created with POST _security/api_key."},
	{Expression: "the key is given {int} s to live", Handler: (*Scenario).changeExpiration,
		Doc: "PUT _security/cross_cluster/api_key/<id> with an expiration on the remote cluster."},
	{Expression: "the key has expired", Handler: (*Scenario).keyExpired,
		Doc: "Waits until the remote cluster's key is past its expiration."},
	{Expression: "the key is invalidated", Handler: (*Scenario).invalidateKey,
		Doc: "DELETE _security/api_key on the remote cluster."},
	{Expression: "the access of the key is changed to search access to {string}", Handler: (*Scenario).changeAccess,
		Doc: "PUT _security/cross_cluster/api_key/<id> on the remote cluster."},
	{Expression: "the local keystore holds the key for the alias {string}", Handler: (*Scenario).storeKey,
		Doc: "elasticsearch-keystore add cluster.remote.<alias>.credentials, then POST _nodes/reload_secure_settings."},
	{Expression: "the local keystore holds the key for the alias {string}, without a reload", Handler: (*Scenario).storeWithoutReload,
		Doc: "The reload is forgotten."},
	{Expression: "the local keystore holds {string} for the alias {string}", Handler: (*Scenario).storeOther,
		Doc: "Instead of the encoded key: " + keyForms + "."},
	{Expression: "the stored key is removed", Handler: (*Scenario).removeStored,
		Doc: "The keystore is as before, and the secure settings are reloaded."},
	{Expression: "a local user with the cluster privilege {string} reloads the secure settings", Handler: (*Scenario).reloadAs,
		Doc: "POST _nodes/reload_secure_settings as that user; its answer is kept."},
	{Expression: "the remote cluster's REST interface is called with the key", Handler: (*Scenario).callREST,
		Doc: "GET _security/_authenticate with the encoded key; its answer is kept."},
	{Expression: "a cross-cluster API key is created with", Handler: (*Scenario).createRaw,
		Doc: "POST _security/cross_cluster/api_key with the JSON below; its answer is kept."},
}

func (s *Scenario) crossClusterKey(ctx context.Context, kind, index string) error {
	return s.createKey(ctx, map[string]any{
		"access": map[string]any{kind: []any{map[string]any{"names": []string{s.unique(index)}}}},
	})
}

func searchAccess(index string) map[string]any {
	return map[string]any{"search": []any{map[string]any{"names": []string{index}}}}
}

func (s *Scenario) expiringKey(ctx context.Context, index string, seconds int) error {
	s.expires = time.Now().Add(time.Duration(seconds) * time.Second)
	return s.createKey(ctx, map[string]any{"access": searchAccess(s.unique(index)), "expiration": fmt.Sprintf("%ds", seconds)})
}

func (s *Scenario) identityKey(ctx context.Context, index, identity string) error {
	return s.createKey(ctx, map[string]any{"access": searchAccess(s.unique(index)), "certificate_identity": identity})
}

func (s *Scenario) restKey(ctx context.Context) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	key, err := s.remote.API().CreateKey(ctx, map[string]any{"name": s.unique("crosscheck-rest")})
	if err != nil {
		return fmt.Errorf("create an API key: %w", err)
	}
	s.keepKey(key)
	return nil
}

// keyExpired waits a second longer than the key lives: the remote cluster's clock decides.
func (s *Scenario) keyExpired(ctx context.Context) error {
	return await.Until(ctx, "the key expires", s.env.Timeouts.Connect, func(context.Context) error {
		if left := time.Until(s.expires.Add(time.Second)); left > 0 {
			return fmt.Errorf("%s are left", left)
		}
		return nil
	})
}

func (s *Scenario) invalidateKey(ctx context.Context) error {
	return s.remote.API().InvalidateKey(ctx, s.key.ID)
}

func (s *Scenario) changeAccess(ctx context.Context, index string) error {
	return s.remote.API().UpdateCrossClusterKey(ctx, s.key.ID, map[string]any{"access": searchAccess(s.unique(index))})
}

func (s *Scenario) changeExpiration(ctx context.Context, seconds int) error {
	// An update without access is refused, though the reference says that every field may be left out.
	err := s.remote.API().UpdateCrossClusterKey(ctx, s.key.ID, map[string]any{
		"access": searchAccess(s.index()), "expiration": fmt.Sprintf("%ds", seconds),
	})
	s.expires = time.Now().Add(time.Duration(seconds) * time.Second)
	return err
}

func (s *Scenario) createKey(ctx context.Context, request map[string]any) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	request["name"] = s.unique("crosscheck")
	key, err := s.remote.API().CreateCrossClusterKey(ctx, request)
	if err != nil {
		return fmt.Errorf("create a cross-cluster API key: %w", err)
	}
	s.keepKey(key)
	return nil
}

func (s *Scenario) createRaw(ctx context.Context, body string) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	res, err := s.remote.API().Do(ctx, http.MethodPost, "/_security/cross_cluster/api_key", body)
	s.request = res
	return err
}

func (s *Scenario) callREST(ctx context.Context) error {
	res, err := s.remote.API().WithAPIKey(s.key.Encoded).Do(ctx, http.MethodGet, "/_security/_authenticate", nil)
	s.request = res
	return err
}

// keepKey makes key the scenario's current one, hides its secrets and sees to its end.
func (s *Scenario) keepKey(key elastic.Key) {
	s.env.Secrets.Add(key.Secret)
	s.env.Secrets.Add(key.Encoded)
	s.key = key
	remote := s.remote
	s.later("invalidate API key "+key.Name, func(ctx context.Context) error { return remote.API().InvalidateKey(ctx, key.ID) })
}

func (s *Scenario) storeKey(ctx context.Context, alias string) error {
	if err := s.storeWithoutReload(ctx, alias); err != nil {
		return err
	}
	return s.reload(ctx)
}

func (s *Scenario) storeWithoutReload(ctx context.Context, alias string) error {
	if s.key.Encoded == "" {
		return errors.New("there is no API key yet: create one first")
	}
	return s.store(ctx, alias, s.key.Encoded)
}

func (s *Scenario) reload(ctx context.Context) error {
	if err := s.local.API().ReloadSecureSettings(ctx); err != nil {
		return fmt.Errorf("reload the secure settings: %w", err)
	}
	s.mark("the local cluster has reloaded its secure settings")
	return nil
}

const keyForms = `"an unknown key", "a wrong secret", "a secret of the wrong length", "the api_key alone", ` +
	`"id and api_key unencoded" or "something that is not base64"`

func (s *Scenario) storeOther(ctx context.Context, form, alias string) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	// Half of all secrets hold a character that base64 does not know, and fail like something that is not base64: a made-up
	// one is always of the other half.
	const secret = "crosscheckcrosscheckcr"
	encode := func(id, secret string) string { return base64.StdEncoding.EncodeToString([]byte(id + ":" + secret)) }
	values := map[string]string{
		"an unknown key":               encode("crosscheckcrosscheck", secret),
		"a wrong secret":               encode(s.key.ID, secret),
		"a secret of the wrong length": encode(s.key.ID, "short"),
		"the api_key alone":            secret,
		"id and api_key unencoded":     s.key.ID + ":" + s.key.Secret,
		"something that is not base64": "this is not base64!",
	}
	value, ok := values[form]
	if !ok {
		return fmt.Errorf("unknown form of a key %q; it is one of %s", form, keyForms)
	}
	if err := s.store(ctx, alias, value); err != nil {
		return err
	}
	return s.reload(ctx)
}

func (s *Scenario) removeStored(ctx context.Context) error {
	if err := s.local.RestoreKeystore(ctx, s.keystore); err != nil {
		return err
	}
	return s.reload(ctx)
}

// store puts value into the local keystore as the credentials of alias. It takes effect with a reload.
func (s *Scenario) store(ctx context.Context, alias, value string) error {
	if s.keystore == nil {
		before, err := s.local.SaveKeystore(ctx)
		if err != nil {
			return err
		}
		s.keystore = before
		s.later("restore the local keystore", s.removeStored)
	}
	if err := s.local.AddSecureSetting(ctx, "cluster.remote."+s.alias(alias)+".credentials", value); err != nil {
		return fmt.Errorf("store the key of %q: %w", alias, err)
	}
	return nil
}

func (s *Scenario) reloadAs(ctx context.Context, privilege string) error {
	api, err := s.user(ctx, map[string]any{"cluster": []string{privilege}})
	if err != nil {
		return err
	}
	res, err := api.Do(ctx, http.MethodPost, "/_nodes/reload_secure_settings", nil)
	s.request = res
	return err
}
