package main

import (
	"io/fs"
	"os"

	"github.com/crosscheck-dev/crosscheck/steps/session"
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

// options are what the flags say of scenarios, pairs and images.
func (c *selection) options(s *streams) session.Options {
	o := s.options()
	o.Features, o.Paths = anyPath{}, c.Features
	o.Tags, o.Profile, o.Drafts = c.Tags, c.Profile, c.Drafts
	o.Local, o.Remote, o.Images, o.ImagesFile = c.Local, c.Remote, c.Image, c.Images
	o.RerunFailed, o.Shard, o.Costs = c.RerunFailed, c.Shard, c.Costs
	return o
}

// anyPath opens files by the names that a user types, absolute and ../ ones too.
type anyPath struct{}

// Open implements fs.FS.
func (anyPath) Open(name string) (fs.File, error) { return os.Open(name) }
