package main

import (
	"context"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/crosscheck-dev/crosscheck/fixtures"
	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/steps"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/suite"
	"github.com/crosscheck-dev/crosscheck/topology/eck"
	"github.com/crosscheck-dev/crosscheck/topology/image"
)

// selection is what run and list have in common: which scenarios, on which pairs.
type selection struct {
	Features []string          `arg:"" optional:"" help:"Feature files or folders, or FILE:LINE for one scenario (default: those of the profile, and all with --tags)."`
	Tags     string            `help:"Cucumber tag expression, for example '@model:api-key and not @slow'." placeholder:"EXPR"`
	Local    []string          `help:"Versions of the local cluster, for example 9.3.2 or 9.2.x." placeholder:"VERSION"`
	Remote   []string          `help:"Versions of the remote cluster; one side alone stands for both." placeholder:"VERSION"`
	Profile  string            `help:"Entry of fixtures/profiles.yaml: pairs when no version is given, features when neither features nor tags are." default:"default" placeholder:"ID"`
	Image    map[string]string `help:"Use this image for a version." placeholder:"VERSION=REF"`
	Images   string            `help:"YAML file that names images by version." type:"path" placeholder:"FILE"`

	Drafts bool `help:"Also scenarios tagged @draft, whose expectations no real cluster has confirmed."`

	RerunFailed string   `help:"Only what failed, broke or was skipped in a stored result, on the pairs that it was on." placeholder:"FILE"`
	Shard       string   `help:"Only one of several parts of the plan, for several machines: 1/4 to 4/4. crosscheck report merge joins the results." placeholder:"I/N"`
	Costs       []string `help:"With --shard: stored results that say how long scenarios take. Give the same ones to every part." placeholder:"FILE"`
}

// selected is a selection with everything read and checked that needs no Docker.
type selected struct {
	scenarios []gherkin.Scenario
	pairs     []steps.Pair
	rules     suite.Rules
	published *image.Catalogue
	explicit  map[string]string
	only      map[string]bool // ids; nil for all
	shard     suite.Shard
	whole     []string       // ids of the plan that the shards share, in its order
	noECK     string         // why scenarios with ECK cannot run; empty when they can
	installed *eck.Installed // the user's cluster that they run on; nil: crosscheck's own environment
}

func (s selection) read(ctx context.Context) (*selected, error) {
	var out selected
	var err error
	if out.rules.Catalogue, err = catalogue.Default(); err != nil {
		return nil, usageError{err}
	}
	out.rules.Drafts = s.Drafts
	if out.rules.Facts, err = facts.Default(); err != nil {
		return nil, usageError{err}
	}
	if out.published, err = image.ReadCatalogue(fixtures.FS); err != nil {
		return nil, usageError{err}
	}
	if out.explicit, err = s.images(); err != nil {
		return nil, usageError{err}
	}
	if s.RerunFailed != "" {
		err = s.failedOf(&out)
	} else {
		err = s.chosen(&out)
	}
	if err == nil && out.ofECK() { // it takes the hashes of 270 MB, for which no other command should wait
		out.noECK, err = eckMissing()
	}
	if err != nil {
		return nil, err
	}
	return &out, s.divide(ctx, &out)
}

// chosen reads the scenarios and pairs that flags and the profile name.
func (s selection) chosen(out *selected) error {
	profile, err := facts.DefaultProfile(s.Profile)
	if err != nil {
		return usageError{err}
	}
	if out.pairs, err = s.pairs(profile, out.published); err != nil {
		return usageError{err}
	}
	features, tags := s.Features, s.Tags
	switch {
	case len(features) > 0:
	case tags != "":
		features = []string{"features"} // tags choose among all
	default:
		features, tags = profile.Features, profile.Tags
	}
	all, err := gherkin.Load(anyPath{}, features...)
	if err != nil {
		return usageError{err}
	}
	if out.scenarios, err = gherkin.Select(all, tags); err != nil {
		return usageError{err}
	}
	return nil
}

// ofECK reports whether some of the scenarios are about ECK.
func (s *selected) ofECK() bool {
	return slices.ContainsFunc(s.scenarios, func(s gherkin.Scenario) bool { return slices.Contains(s.Tags, "@eck") })
}

// plan binds the scenarios to steps and pairs. lacks may be nil.
func (s *selected) plan(lacks func(*semver.Version) map[string]string) ([]suite.Item, error) {
	rules := s.rules
	rules.Lacks, rules.NoECK = lacks, s.noECK
	rules.Installed, rules.Real = s.installed != nil, s.installed != nil && !s.installed.Simulated
	items, err := suite.Plan(s.scenarios, s.pairs, rules)
	if err != nil {
		return nil, usageError{err}
	}
	if s.only != nil {
		items = slices.DeleteFunc(items, func(i suite.Item) bool { return !s.only[i.Report().ID] })
	}
	return items, nil
}

// assembledLacks is what images lack where nobody has asked an Engine: those that were not named are taken for assembled ones.
func (s *selected) assembledLacks(v *semver.Version) map[string]string {
	lacks := map[string]string{}
	if _, own := s.explicit[v.Original()]; !own {
		for _, l := range s.published.Lacks(v.Original()) {
			lacks[l.Capability] = l.Reason
		}
	}
	return lacks
}

// nodes is how many the clusters of one scenario have at the most, whether some cluster has several, and whether some are
// ECK's.
func (s *selected) nodes() (most int, several, ofECK bool, err error) {
	items, err := s.plan(nil)
	for _, item := range items {
		if item.Unsupported == nil {
			most, several = max(most, item.Nodes), several || item.MultiNode
			ofECK = ofECK || slices.Contains(item.Scenario.Tags, "@eck")
		}
	}
	return most, several, ofECK, err
}

// images gathers explicit images: a flag goes before the environment, and the environment before the file.
func (s selection) images() (map[string]string, error) {
	all := map[string]string{}
	if s.Images != "" {
		fromFile, err := image.FromFile(s.Images)
		if err != nil {
			return nil, err
		}
		all = fromFile
	}
	for v, ref := range image.FromEnviron(os.Environ()) {
		all[v] = ref
	}
	for v, ref := range s.Image {
		all[v] = ref
	}
	return all, nil
}

func (s selection) pairs(profile *facts.Profile, published *image.Catalogue) ([]steps.Pair, error) {
	if len(s.Local) == 0 && len(s.Remote) == 0 {
		var pairs []steps.Pair
		for _, p := range profile.Pairs {
			pairs = append(pairs, steps.Pair{Local: p.Local, Remote: p.Remote})
		}
		return pairs, nil
	}
	locals, localFlag, remotes, remoteFlag := s.Local, "--local", s.Remote, "--remote"
	if len(locals) == 0 {
		locals, localFlag = remotes, remoteFlag
	}
	if len(remotes) == 0 {
		remotes, remoteFlag = locals, localFlag
	}
	var pairs []steps.Pair
	for _, l := range locals {
		local, err := parseVersion(localFlag, l, published)
		if err != nil {
			return nil, err
		}
		for _, r := range remotes {
			remote, err := parseVersion(remoteFlag, r, published)
			if err != nil {
				return nil, err
			}
			pairs = append(pairs, steps.Pair{Local: local, Remote: remote})
		}
	}
	return pairs, nil
}

// parseVersion reads a version; 9.2.x, or 9.2 for short, is the newest published one of its line.
func parseVersion(flag, text string, published *image.Catalogue) (*semver.Version, error) {
	text = strings.TrimSpace(text)
	if v, err := semver.StrictNewVersion(text); err == nil {
		return v, nil
	}
	line := strings.TrimSuffix(text, ".x")
	if strings.Count(line, ".") <= 1 {
		if _, err := semver.NewVersion(line); err == nil {
			var newest *semver.Version
			for _, p := range published.Published() {
				if v, err := semver.NewVersion(p); err == nil && strings.HasPrefix(p, line+".") && (newest == nil || newest.LessThan(v)) {
					newest = v
				}
			}
			if newest != nil {
				return newest, nil
			}
		}
	}
	return nil, usagef("%s %s: no such version; write it like 9.3.2 or 9.2.x (published and known here: %s)", flag, text, strings.Join(published.Published(), ", "))
}

// elsewhere reports whether an item runs on the user's cluster, with the images of that.
func (s *selected) elsewhere(item suite.Item) bool {
	return s.installed != nil && slices.Contains(item.Scenario.Tags, "@eck")
}

// here reports whether anything runs on this machine's Engine.
func (s *selected) here() (bool, error) {
	items, err := s.plan(nil)
	return slices.ContainsFunc(items, func(i suite.Item) bool { return !s.elsewhere(i) }), err
}

// versions that the pairs name and those that their scenarios upgrade to, each once, newest first.
func (s *selected) versions() ([]string, error) {
	items, err := s.plan(nil)
	if err != nil {
		return nil, err
	}
	var all []*semver.Version
	for _, p := range s.pairs {
		all = append(all, p.Local, p.Remote)
	}
	for _, item := range items {
		if item.Unsupported == nil && !s.elsewhere(item) {
			all = append(all, item.Versions()...)
		}
	}
	slices.SortFunc(all, func(a, b *semver.Version) int { return b.Compare(a) })
	var texts []string
	for _, v := range all {
		if !slices.Contains(texts, v.Original()) {
			texts = append(texts, v.Original())
		}
	}
	return texts, nil
}

// anyPath opens files by the names that a user types, absolute and ../ ones too.
type anyPath struct{}

// Open implements fs.FS.
func (anyPath) Open(name string) (fs.File, error) { return os.Open(name) }
