package session

import (
	"os"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/steps"
	"github.com/crosscheck-dev/crosscheck/topology/image"
)

// explicitImages gathers the images that a user named: version -> reference. given goes before the environment, and the
// environment before the YAML file, which may be empty.
func explicitImages(given map[string]string, file string) (map[string]string, error) {
	all := map[string]string{}
	if file != "" {
		fromFile, err := image.FromFile(file)
		if err != nil {
			return nil, err
		}
		all = fromFile
	}
	for v, ref := range image.FromEnviron(os.Environ()) {
		all[v] = ref
	}
	for v, ref := range given {
		all[v] = ref
	}
	return all, nil
}

// pairs are those of the versions, or of the profile where none is given. The profile may be nil.
func (o Options) pairs(profile *facts.Profile, published *image.Catalogue) ([]steps.Pair, error) {
	if len(o.Local) == 0 && len(o.Remote) == 0 {
		if profile == nil {
			return nil, nil
		}
		return profile.Pairs, nil
	}
	var pairs []steps.Pair
	locals, localFlag, remotes, remoteFlag := o.Local, "--local", o.Remote, "--remote"
	if len(locals) == 0 {
		locals, localFlag = remotes, remoteFlag
	}
	if len(remotes) == 0 {
		remotes, remoteFlag = locals, localFlag
	}
	for _, l := range locals {
		local, err := ParseVersion(localFlag, l, published)
		if err != nil {
			return nil, err
		}
		for _, r := range remotes {
			remote, err := ParseVersion(remoteFlag, r, published)
			if err != nil {
				return nil, err
			}
			pairs = append(pairs, steps.Pair{Local: local, Remote: remote})
		}
	}
	return pairs, nil
}

// ParseVersion reads a version; 9.2.x, or 9.2 for short, is the newest published one of its line. An error begins with
// what named the version, such as "--local".
func ParseVersion(what, text string, published *image.Catalogue) (*semver.Version, error) {
	text = strings.TrimSpace(text)
	if v, err := semver.StrictNewVersion(text); err == nil {
		return v, nil
	}
	line := strings.TrimSuffix(text, ".x")
	if strings.Count(line, ".") <= 1 {
		if _, err := semver.NewVersion(line); err == nil {
			if newest := newestOf(line, published); newest != nil {
				return newest, nil
			}
		}
	}
	return nil, usagef("%s %s: no such version; write it like 9.3.2 or 9.2.x (published and known here: %s)",
		what, text, strings.Join(published.Published(), ", "))
}

// newestOf is the newest published version of a line such as 9.2; nil when there is none.
func newestOf(line string, published *image.Catalogue) *semver.Version {
	var newest *semver.Version
	for _, p := range published.Published() {
		v, err := semver.NewVersion(p)
		if err == nil && strings.HasPrefix(p, line+".") && (newest == nil || newest.LessThan(v)) {
			newest = v
		}
	}
	return newest
}
