package steps

import (
	"context"

	"github.com/Masterminds/semver/v3"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/existing"
)

// Vocabulary is every step that a feature may use, bound to a scenario that never runs.
func Vocabulary() []gherkin.Definition {
	none := semver.MustParse("0.0.0")
	return New(&Env{Facts: &facts.Facts{}}, Pair{Local: none, Remote: none}).Definitions()
}

// Clusters are the ones that a scenario would lease on a pair, by the keys of their specs. Only the steps that describe
// clusters are carried out, which start nothing; where one of those fails, what was described until then is answered.
func Clusters(
	ctx context.Context, known *facts.Facts, pair Pair, vocabulary *gherkin.Vocabulary, bound []gherkin.Bound,
) []string {
	c := described(ctx, known, pair, vocabulary, bound)
	keys := []string{c.RemoteSpec.Key(), c.LocalSpec.Key()}
	if c.Another != nil {
		keys = append(keys, c.RemoteSpec.Key()+" again")
	}
	return keys
}

// Fits is a *verdict.UnsupportedError where a scenario describes other clusters than the user's pair. Like Clusters it
// carries out only the steps that describe.
func Fits(ctx context.Context, known *facts.Facts, on *existing.Pair, pair Pair, vocabulary *gherkin.Vocabulary,
	bound []gherkin.Bound) error {
	c := described(ctx, known, pair, vocabulary, bound)
	return Unsupported(on.Fits(c.LocalSpec, c.RemoteSpec, c.Another != nil))
}

// described are the clusters that the steps describe until one of them wants them to run, or fails.
func described(
	ctx context.Context, known *facts.Facts, pair Pair, vocabulary *gherkin.Vocabulary, bound []gherkin.Bound,
) *world.Clusters {
	s := New(&Env{Facts: known, Timeouts: topology.DefaultTimeouts()}, pair)
	definitions := s.Definitions()
	for _, b := range bound {
		if err := vocabulary.Run(ctx, b, definitions); err != nil {
			break // world.ErrDescribed at the first step that wants running clusters
		}
	}
	return s.world.Clusters
}
