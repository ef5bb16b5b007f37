package docker

import (
	"context"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/distribution/reference"
	"github.com/moby/moby/api/types/jsonstream"
	"github.com/moby/moby/client"
)

// LoginError says that a registry gives an image only to those who log in, or not to this user.
type LoginError struct {
	Registry string // HOST or HOST:PORT
	Ref      string
	Known    bool // credentials were sent, and refused
	Err      error
}

func (e *LoginError) Error() string {
	if e.Known {
		return fmt.Sprintf("the registry %s refuses the stored credentials for %s (%v); log in anew: %s",
			e.Registry, e.Ref, e.Err, e.Command())
	}
	return fmt.Sprintf("the registry %s wants a login for %s (%v); log in: %s", e.Registry, e.Ref, e.Err, e.Command())
}

// Command is what the user types to log in.
func (e *LoginError) Command() string {
	if e.Registry == "docker.io" {
		return "docker login"
	}
	return "docker login " + e.Registry
}

func (e *LoginError) Unwrap() error { return e.Err }

// loginPhrases are what Engines write of an answer 401, or of a 403 that a login may change. They carry no code of
// their own on the way through an Engine's progress messages.
var loginPhrases = []string{"no basic auth credentials", "unauthorized", "authentication required", "access denied",
	"denied: requested access", "may require 'docker login'"}

// registryError is err as it is told: a *LoginError where the registry wants a login, otherwise with what was done.
func registryError(ctx context.Context, doing, ref string, known bool, err error) error {
	text := strings.ToLower(err.Error())
	wants := errdefs.IsUnauthorized(err)
	for _, phrase := range loginPhrases {
		wants = wants || strings.Contains(text, phrase)
	}
	host, _, parseErr := registryOf(ref)
	if wants && parseErr == nil {
		return &LoginError{Registry: host, Ref: ref, Known: known, Err: reason(ctx, err)}
	}
	return fmt.Errorf("%s %s: %w", doing, ref, reason(ctx, err))
}

// Mirrored is the name under which an image of the Engine's default registry is pulled: below the user's prefix, where
// there is one. A name that has a registry stays as it is.
func (e *Engine) Mirrored(ref string) string { return mirrored(e.prefix, ref) }

func mirrored(prefix, ref string) string {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil || prefix == "" || reference.Domain(named) != "docker.io" || strings.HasPrefix(ref, "docker.io/") {
		return ref
	}
	return path.Join(prefix, ref)
}

// ProbeImage asks the registry that ref names (the Engine's default one for a bare name) whether it has ref. A registry
// that wants a login gives *LoginError, credentials that cannot be had *CredentialsError or *SettingError. Another
// error means that the registry did not answer within limit.
func (e *Engine) ProbeImage(ctx context.Context, ref string, limit time.Duration) (found bool, err error) {
	auth, err := credentials(ctx, ThisEnvironment(), ref)
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	_, err = e.cli.DistributionInspect(ctx, ref, client.DistributionInspectOptions{EncodedRegistryAuth: auth})
	switch {
	case err == nil:
		return true, nil
	case errdefs.IsNotFound(err):
		return false, nil
	}
	return false, registryError(ctx, "ask the registry for", ref, auth != "", err)
}

// PullImage pulls ref with the user's credentials for its registry. progress, which may be nil, hears the bytes done
// and the bytes known of so far. The errors are those of ProbeImage.
func (e *Engine) PullImage(ctx context.Context, ref string, progress func(done, total int64)) error {
	auth, err := credentials(ctx, ThisEnvironment(), ref)
	if err != nil {
		return err
	}
	resp, err := e.cli.ImagePull(ctx, ref, client.ImagePullOptions{RegistryAuth: auth})
	if err != nil {
		return registryError(ctx, "pull", ref, auth != "", err)
	}
	defer resp.Close()
	type layer struct{ done, total int64 }
	layers := map[string]layer{}
	err = eachMessage(resp, func(m jsonstream.Message) {
		if m.Status != "Downloading" || m.Progress == nil || progress == nil {
			return
		}
		layers[m.ID] = layer{m.Progress.Current, m.Progress.Total}
		var sum layer
		for _, l := range layers {
			sum.done, sum.total = sum.done+l.done, sum.total+l.total
		}
		progress(sum.done, sum.total)
	})
	if err != nil {
		return registryError(ctx, "pull", ref, auth != "", err)
	}
	return nil
}
