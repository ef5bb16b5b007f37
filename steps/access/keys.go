// Package access holds the credentials and privileges of a scenario: cross-cluster API keys and the keystore that holds
// them, users and their roles, and the certificates that sign requests.
package access

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology/await"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// Facts of fixtures/versions.yaml that several steps take.
const (
	crossClusterKeys = "cross-cluster-api-keys"
	strongIdentity   = "strong-identity"
	remoteKeys       = "remote-credentials"
)

// keyPath is where cross-cluster API keys are made.
const keyPath = "/_security/cross_cluster/api_key"

// Keys are the API keys of one scenario, and the local keystore that they are stored in.
type Keys struct {
	world   *world.World
	users   *Users
	key     elastic.Key   // the last one that was made
	expires time.Time     // when the last key with an expiration does
	before  lab.Keystores // the local keystores before the first key was stored; nil: none was
}

// NewKeys are the keys of a scenario that has made none.
func NewKeys(w *world.World, users *Users) *Keys { return &Keys{world: w, users: users} }

// Steps are the steps about API keys and the keystore.
func (k *Keys) Steps() []gherkin.Definition { return slices.Concat(k.keySteps(), k.keystoreSteps()) }

func (k *Keys) keySteps() []gherkin.Definition {
	return []gherkin.Definition{
		{Expression: "a cross-cluster API key with {word} access to {string}", Handler: k.CreateCrossClusterKey,
			Needs: []string{crossClusterKeys},
			Doc:   "Created on the remote cluster with POST _security/cross_cluster/api_key; access is search or replication."},
		{Expression: "a cross-cluster API key with search access to {string} that expires after {int} s",
			Handler: k.createExpiringKey, Needs: []string{crossClusterKeys}, Doc: "The same with an expiration."},
		{Expression: "a cross-cluster API key with search access to {string} for the certificate identity {string}",
			Handler: k.createIdentityKey, Needs: []string{crossClusterKeys, strongIdentity},
			Doc: "The same with certificate_identity, a pattern for the distinguished name that signs requests (9.3)."},
		{Expression: "an API key for the REST interface of the remote cluster", Handler: k.createRESTKey,
			Needs: []string{"encoded-api-keys"}, Doc: "Created with _security/api_key."},
		{Expression: "the key is given {int} s to live", Handler: k.changeExpiration,
			Needs: []string{crossClusterKeys, "cross-cluster-api-key-expiration"},
			Doc:   "PUT _security/cross_cluster/api_key/<id> with an expiration on the remote cluster."},
		{Expression: "the key has expired", Handler: k.awaitExpiration,
			Doc: "Waits until the remote cluster's key is past its expiration."},
		{Expression: "the key is invalidated", Handler: k.invalidateKey,
			Doc: "DELETE _security/api_key on the remote cluster."},
		{Expression: "the access of the key is changed to search access to {string}", Handler: k.changeAccess,
			Needs: []string{crossClusterKeys},
			Doc:   "PUT _security/cross_cluster/api_key/<id> on the remote cluster."},
		{Expression: "the remote cluster's REST interface is called with the key", Handler: k.callREST,
			Doc: "GET _security/_authenticate with the encoded key; its answer is kept."},
		{Expression: "a cross-cluster API key is created with", Handler: k.createRawKey,
			Needs: []string{crossClusterKeys}, NeedsOf: ofKeyRequest,
			Doc: "POST _security/cross_cluster/api_key with the JSON below; its answer is kept."},
	}
}

// ofKeyRequest are the facts that the body of a request for a cross-cluster API key takes.
func ofKeyRequest(known *facts.Facts, arguments []any) []string {
	body, _ := arguments[0].(string)
	return known.OfRequest(http.MethodPost, keyPath, body)
}

// Last is the key that was made last; the zero Key before any.
func (k *Keys) Last() elastic.Key { return k.key }

// Encoded is the last key as it goes into a keystore. It is an error where none was made.
func (k *Keys) Encoded() (string, error) {
	if k.key.Encoded == "" {
		return "", errors.New("there is no API key yet: create one first")
	}
	return k.key.Encoded, nil
}

// Keep makes key the scenario's last one, hides its secrets and has it invalidated at the end.
func (k *Keys) Keep(key elastic.Key) {
	k.Hold(key)
	remote := k.world.Remote()
	k.world.Undo.Later("invalidate API key "+key.Name, func(ctx context.Context) error {
		return remote.API().InvalidateKey(ctx, key.ID)
	})
}

// Hold makes key the scenario's last one and hides its secrets. It lives on when the scenario ends.
func (k *Keys) Hold(key elastic.Key) {
	k.world.Env.Secrets.Add(key.Secret)
	k.world.Env.Secrets.Add(key.Encoded)
	k.key = key
}

// SearchAccess is the access of a cross-cluster API key to search an index.
func SearchAccess(index string) map[string]any { return accessTo("search", index) }

func accessTo(kind, index string) map[string]any {
	return map[string]any{kind: []any{map[string]any{"names": []string{index}}}}
}

// CreateCrossClusterKey makes a key with access of a kind, search or replication, to an index.
func (k *Keys) CreateCrossClusterKey(ctx context.Context, kind, index string) error {
	return k.create(ctx, map[string]any{"access": accessTo(kind, k.world.Names.Unique(index))})
}

func (k *Keys) createExpiringKey(ctx context.Context, index string, seconds int) error {
	k.expires = time.Now().Add(time.Duration(seconds) * time.Second)
	access := SearchAccess(k.world.Names.Unique(index))
	return k.create(ctx, map[string]any{"access": access, "expiration": fmt.Sprintf("%ds", seconds)})
}

func (k *Keys) createIdentityKey(ctx context.Context, index, identity string) error {
	access := SearchAccess(k.world.Names.Unique(index))
	return k.create(ctx, map[string]any{"access": access, "certificate_identity": identity})
}

func (k *Keys) create(ctx context.Context, request map[string]any) error {
	if err := k.world.Ready(ctx); err != nil {
		return err
	}
	request["name"] = k.world.Names.Unique("crosscheck")
	key, err := k.world.Remote().API().CreateCrossClusterKey(ctx, request)
	if err != nil {
		return fmt.Errorf("create a cross-cluster API key: %w", err)
	}
	k.Keep(key)
	return nil
}

func (k *Keys) createRESTKey(ctx context.Context) error {
	if err := k.world.Ready(ctx); err != nil {
		return err
	}
	request := map[string]any{"name": k.world.Names.Unique("crosscheck-rest")}
	key, err := k.world.Remote().API().CreateKey(ctx, request)
	if err != nil {
		return fmt.Errorf("create an API key: %w", err)
	}
	k.Keep(key)
	return nil
}

func (k *Keys) createRawKey(ctx context.Context, body string) error {
	if err := k.world.Ready(ctx); err != nil {
		return err
	}
	res, err := k.world.Remote().API().Do(ctx, http.MethodPost, keyPath, body)
	k.world.Answer = res
	return err
}

func (k *Keys) callREST(ctx context.Context) error {
	api := k.world.Remote().API().WithAPIKey(k.key.Encoded)
	res, err := api.Do(ctx, http.MethodGet, "/_security/_authenticate", nil)
	k.world.Answer = res
	return err
}

// awaitExpiration waits a second longer than the key lives: the remote cluster's clock decides.
func (k *Keys) awaitExpiration(ctx context.Context) error {
	return await.Until(ctx, "the key expires", k.world.Env.Timeouts.Connect, func(context.Context) error {
		if left := time.Until(k.expires.Add(time.Second)); left > 0 {
			return fmt.Errorf("%s are left", left)
		}
		return nil
	})
}

func (k *Keys) invalidateKey(ctx context.Context) error {
	return k.world.Remote().API().InvalidateKey(ctx, k.key.ID)
}

func (k *Keys) changeAccess(ctx context.Context, index string) error {
	change := map[string]any{"access": SearchAccess(k.world.Names.Unique(index))}
	return k.world.Remote().API().UpdateCrossClusterKey(ctx, k.key.ID, change)
}

func (k *Keys) changeExpiration(ctx context.Context, seconds int) error {
	// An update without access is refused, though the reference says that every field may be left out.
	err := k.world.Remote().API().UpdateCrossClusterKey(ctx, k.key.ID, map[string]any{
		"access": SearchAccess(k.world.Index()), "expiration": fmt.Sprintf("%ds", seconds),
	})
	k.expires = time.Now().Add(time.Duration(seconds) * time.Second)
	return err
}

const keyForms = `"an unknown key", "a wrong secret", "a secret of the wrong length", "the api_key alone", ` +
	`"id and api_key unencoded" or "something that is not base64"`

// form is what a user may put into the keystore by mistake instead of the encoded key.
func (k *Keys) form(name string) (string, error) {
	// Half of all secrets hold a character that base64 does not know, and fail like something that is not base64: a
	// made-up one is always of the other half.
	const secret = "crosscheckcrosscheckcr"
	encode := func(id, secret string) string { return base64.StdEncoding.EncodeToString([]byte(id + ":" + secret)) }
	values := map[string]string{
		"an unknown key":               encode("crosscheckcrosscheck", secret),
		"a wrong secret":               encode(k.key.ID, secret),
		"a secret of the wrong length": encode(k.key.ID, "short"),
		"the api_key alone":            secret,
		"id and api_key unencoded":     k.key.ID + ":" + k.key.Secret,
		"something that is not base64": "this is not base64!",
	}
	value, ok := values[name]
	if !ok {
		return "", fmt.Errorf("unknown form of a key %q; it is one of %s", name, keyForms)
	}
	return value, nil
}
