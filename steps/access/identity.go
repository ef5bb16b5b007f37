package access

import (
	"context"
	"fmt"
	"net/http"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/remotes"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology/pki"
)

// trustedSigners is the setting with the authorities whose signatures a remote cluster accepts.
const trustedSigners = "cluster.remote.signing.certificate_authorities"

// Identity is the strong identity of a local cluster: it signs its requests with a certificate (9.3).
type Identity struct {
	world   *world.World
	remotes *remotes.Remotes
}

// NewIdentity is the identity of a scenario in which nothing is signed.
func NewIdentity(w *world.World, r *remotes.Remotes) *Identity { return &Identity{w, r} }

// Steps are the steps about signed requests.
func (i *Identity) Steps() []gherkin.Definition {
	return gherkin.Needing(strongIdentity, gherkin.Controlling("their config folders", []gherkin.Definition{
		{Expression: "the local cluster signs requests to {string} as {string} with a certificate of the authority {string}",
			Handler: i.signRequests,
			Doc: "Puts a certificate with that common name and its key into the config folder, and sets " +
				"cluster.remote.<alias>.signing.certificate and .key (9.3)."},
		{Expression: "the remote cluster trusts signatures of the authority {string}", Handler: i.trustSignatures,
			Doc: "Puts the authority's certificate into the config folder, and sets " +
				"cluster.remote.signing.certificate_authorities (9.3)."},
	}))
}

func (i *Identity) signRequests(ctx context.Context, name, commonName, authority string) error {
	if err := i.world.Ready(ctx); err != nil {
		return err
	}
	local := i.world.Local()
	ca, err := local.Authority(authority)
	if err != nil {
		return err
	}
	pair, err := ca.Issue(pki.Leaf{CommonName: commonName})
	if err != nil {
		return fmt.Errorf("issue the signing certificate: %w", err)
	}
	signing := i.world.Names.Unique("signing")
	certificate, key := signing+".crt", signing+".key"
	for file, content := range map[string][]byte{certificate: pair.Certificate, key: pair.Key} {
		if err := local.PutConfig(ctx, file, string(content)); err != nil {
			return fmt.Errorf("put %s into the config folder: %w", file, err)
		}
	}
	return i.remotes.Add(ctx, name, map[string]any{"signing": map[string]any{"certificate": certificate, "key": key}})
}

func (i *Identity) trustSignatures(ctx context.Context, authority string) error {
	if err := i.world.Ready(ctx); err != nil {
		return err
	}
	remote := i.world.Remote()
	ca, err := remote.Authority(authority)
	if err != nil {
		return err
	}
	file := i.world.Names.Unique("signing-ca") + ".crt"
	if err := remote.PutConfig(ctx, file, string(ca.PEM)); err != nil {
		return fmt.Errorf("put %s into the config folder: %w", file, err)
	}
	i.world.Undo.Later("trust no signatures", func(ctx context.Context) error { return i.setSigners(ctx, nil) })
	return i.setSigners(ctx, []string{file})
}

func (i *Identity) setSigners(ctx context.Context, files []string) error {
	settings := map[string]any{"persistent": map[string]any{trustedSigners: files}}
	res, err := i.world.Remote().API().Do(ctx, http.MethodPut, "/_cluster/settings", settings)
	if err != nil {
		return fmt.Errorf("set %s: %w", trustedSigners, err)
	}
	if res.Status != http.StatusOK {
		return fmt.Errorf("set %s: %d %s", trustedSigners, res.Status, res.Body)
	}
	return nil
}
