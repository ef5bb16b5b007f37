package steps

import (
	"context"
	"fmt"
	"net/http"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/topology/pki"
)

// trustedSigners is the setting with the authorities whose signatures a remote cluster accepts.
const trustedSigners = "cluster.remote.signing.certificate_authorities"

var identitySteps = []gherkin.Definition{
	{Expression: "the local cluster signs requests to {string} as {string} with a certificate of the authority {string}", Handler: (*Scenario).signs,
		Doc: "Puts a certificate with that common name and its key into the config folder, and sets cluster.remote.<alias>.signing.certificate and .key (9.3)."},
	{Expression: "the remote cluster trusts signatures of the authority {string}", Handler: (*Scenario).trustsSignatures,
		Doc: "Puts the authority's certificate into the config folder, and sets cluster.remote.signing.certificate_authorities (9.3)."},
}

func (s *Scenario) signs(ctx context.Context, alias, commonName, authority string) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	ca, err := s.local.Authority(authority)
	if err != nil {
		return err
	}
	pair, err := ca.Issue(pki.Leaf{CommonName: commonName})
	if err != nil {
		return fmt.Errorf("issue the signing certificate: %w", err)
	}
	certificate, key := s.unique("signing")+".crt", s.unique("signing")+".key"
	for name, content := range map[string][]byte{certificate: pair.Certificate, key: pair.Key} {
		if err := s.local.PutConfig(ctx, name, string(content)); err != nil {
			return fmt.Errorf("put %s into the config folder: %w", name, err)
		}
	}
	return s.add(ctx, alias, func() map[string]any {
		return map[string]any{"signing": map[string]any{"certificate": certificate, "key": key}}
	})
}

func (s *Scenario) trustsSignatures(ctx context.Context, authority string) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	ca, err := s.remote.Authority(authority)
	if err != nil {
		return err
	}
	file := s.unique("signing-ca") + ".crt"
	if err := s.remote.PutConfig(ctx, file, string(ca.PEM)); err != nil {
		return fmt.Errorf("put %s into the config folder: %w", file, err)
	}
	s.later("trust no signatures", func(ctx context.Context) error { return s.setSigners(ctx, nil) })
	return s.setSigners(ctx, []string{file})
}

func (s *Scenario) setSigners(ctx context.Context, files []string) error {
	res, err := s.remote.API().Do(ctx, http.MethodPut, "/_cluster/settings", map[string]any{"persistent": map[string]any{trustedSigners: files}})
	if err != nil {
		return fmt.Errorf("set %s: %w", trustedSigners, err)
	}
	if res.Status != http.StatusOK {
		return fmt.Errorf("set %s: %d %s", trustedSigners, res.Status, res.Body)
	}
	return nil
}
