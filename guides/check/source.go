package check

import (
	"sort"
	"sync"

	"github.com/Masterminds/semver/v3"

	"github.com/crosscheck-dev/crosscheck/guides"
)

// source is a page with what several rules need of it, made once.
type source struct {
	*guides.Page
	bodies    func() []body
	documents func() []parsedYAML
	calls     func() []call
	claims    func() []claim
	sayings   func() []saying
	remotes   func() [][]remoteSetting
	covered   func() []*semver.Version
	stepOf    func() map[int]int // index of a block -> index of its step
}

// parsedYAML is a YAML snippet, parsed.
type parsedYAML struct {
	snippet guides.Snippet
	docs    []document
	err     error
}

func newSource(page *guides.Page) *source {
	s := &source{Page: page}
	s.bodies = sync.OnceValue(func() []body { return bodies(page) })
	s.documents = sync.OnceValue(func() []parsedYAML {
		var all []parsedYAML
		for _, snippet := range yamlSnippets(page) {
			docs, err := parseYAML(snippet)
			all = append(all, parsedYAML{snippet, docs, err})
		}
		return all
	})
	s.stepOf = sync.OnceValue(func() map[int]int {
		of := map[int]int{}
		for i, step := range page.Steps {
			for _, b := range step.Blocks {
				of[b] = i
			}
		}
		return of
	})
	s.calls = sync.OnceValue(func() []call { return calls(page) })
	s.claims = sync.OnceValue(func() []claim { return claims(s) })
	s.sayings = sync.OnceValue(func() []saying { return sayings(s) })
	s.covered = sync.OnceValue(func() []*semver.Version { return covered(s) })
	s.remotes = sync.OnceValue(func() [][]remoteSetting { return remotes(s) })
	return s
}

// applies is what limits the step at a line to some versions.
func (s *source) applies(line int) string {
	at := sort.Search(len(s.Blocks), func(i int) bool { return s.Blocks[i].Last >= line })
	if step, ok := s.stepOf()[at]; ok {
		return s.Steps[step].Applies
	}
	return ""
}
