package session

import (
	"context"
	"fmt"
	"strings"

	"github.com/crosscheck-dev/crosscheck/reports/words"
	"github.com/crosscheck-dev/crosscheck/steps"
	"github.com/crosscheck-dev/crosscheck/topology/existing"
)

// existingProfile is the profile of runs on clusters of the user's that name none.
const existingProfile = "existing"

// alone is an error where options that are about clusters of crosscheck's own stand beside a pair of the user's.
func (o *Options) alone() error {
	if !o.Existing.Given() {
		if len(o.Existing.Addresses) > 0 || o.Existing.ServerName+o.Existing.Model+o.Existing.Alias != "" {
			return usagef("--proxy-address, --server-name, --model and --alias are about clusters of yours; " +
				"name them with --local-url and --remote-url")
		}
		return nil
	}
	for flag, given := range map[string]bool{
		"--local and --remote (the clusters say their versions)": len(o.Local)+len(o.Remote) > 0,
		"--image and --images": len(o.Images) > 0 || o.ImagesFile != "", "--kubeconfig": o.ECK.Kubeconfig != "",
		"--eck": o.ECK.Build, "--eck-trial": o.ECK.Trial, "--keep": o.Keep, "--shard": o.Shard != "",
		"--lanes (scenarios take the clusters in turn)": o.Lanes > 1,
	} {
		if given {
			return usagef("--local-url and --remote-url name clusters of yours; leave away what is for crosscheck's own: %s",
				flag)
		}
	}
	if o.Profile == defaultProfile {
		o.Profile = existingProfile
	}
	return nil
}

// findExisting reads what the user's clusters are. It changes nothing.
func (s *Selection) findExisting(ctx context.Context) (err error) {
	if !s.options.Existing.Given() {
		return nil
	}
	o := s.options.Existing
	o.Secrets = s.options.Secrets
	if s.Existing, err = existing.Open(ctx, o); err != nil {
		return err
	}
	pair := steps.Pair{Local: s.Existing.Local.Version, Remote: s.Existing.Remote.Version}
	if s.options.RerunFailed != "" && (len(s.Pairs) != 1 || s.Pairs[0].String() != pair.String()) {
		return usagef("--rerun-failed: %s was on other versions than these clusters have, %s", s.options.RerunFailed, pair)
	}
	s.Pairs = []steps.Pair{pair}
	return nil
}

// adoptExisting makes clusters of the session's lab of the user's, and tells which they are.
func (s *Session) adoptExisting(ctx context.Context) error {
	on := s.Existing
	if on == nil {
		return nil
	}
	s.options.Note(fmt.Sprintf("clusters of yours, model %s: %s -> %s; names of this run begin with %s",
		on.Model, on.Local, on.Remote, on.Prefix))
	return on.Adopt(ctx, s.Lab)
}

// closeExisting removes what scenarios have left on the user's clusters.
func (s *Session) closeExisting(ctx context.Context) error {
	if s.Existing == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.options.Timeouts.Cleanup)
	defer cancel()
	removed, err := s.Existing.Close(ctx)
	if len(removed) > 0 {
		s.options.Note("scenarios had left " + words.Count(len(removed), "thing") + " on your clusters, removed now: " +
			strings.Join(removed, ", "))
	}
	if err != nil {
		return fmt.Errorf("%w; remove what begins with %s by hand", err, s.Existing.Prefix)
	}
	return nil
}
