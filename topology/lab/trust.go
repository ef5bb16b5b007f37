package lab

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/crosscheck-dev/crosscheck/topology/await"
)

// TrustFile is the file in the config folder that xpack.security.transport.ssl.trust_restrictions.path names.
const TrustFile = "trust.yml"

// TrustRestrictions renders a trust file: certificates that carry none of the names or patterns are refused.
func TrustRestrictions(patterns []string) (string, error) {
	content, err := yaml.Marshal(map[string]any{"trust.subject_name": patterns})
	if err != nil {
		return "", fmt.Errorf("write the trust restrictions: %w", err)
	}
	return string(content), nil
}

// trustReloaded is how a node says that its trust file is in force: 8.x and later, and before.
var trustReloaded = regexp.MustCompile(
	`updated .*ssl contexts .*` + regexp.QuoteMeta(TrustFile) +
		`|` + regexp.QuoteMeta(TrustFile) + `\] and updated ssl contexts`)

// SetTrust replaces the names and patterns of the trust file, and returns when the running node says that it uses them.
// Open connections stay.
func (c *Cluster) SetTrust(ctx context.Context, patterns []string) error {
	content, err := TrustRestrictions(patterns)
	if err != nil {
		return err
	}
	began := time.Now()
	if err := c.PutConfig(ctx, TrustFile, content); err != nil {
		return fmt.Errorf("write the trust file of %s: %w", c.Name, err)
	}
	return await.Until(ctx, c.Name+" takes up its trust file", c.lab.timeouts.Connect, func(ctx context.Context) error {
		log, err := c.Logs(ctx, began)
		if err != nil {
			return err
		}
		if !trustReloaded.MatchString(log) {
			return errors.New("its log does not say so")
		}
		return nil
	})
}
