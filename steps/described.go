package steps

import (
	"context"
	"errors"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/topology"
)

// errDescribed ends a scenario without a pool at the first step that wants running clusters.
var errDescribed = errors.New("the clusters are described")

// Clusters are the ones that a scenario would lease on a pair, by the keys of their specs. Only the steps that describe
// clusters are carried out, which start nothing; where one of those fails, what was described until then is answered.
func Clusters(
	ctx context.Context, facts *facts.Facts, pair Pair, vocabulary *gherkin.Vocabulary, bound []gherkin.Bound,
) []string {
	s := New(&Env{Facts: facts, Timeouts: topology.DefaultTimeouts()}, pair)
	definitions := s.Definitions()
	for _, b := range bound {
		if err := vocabulary.Run(ctx, b, definitions); err != nil {
			break
		}
	}
	keys := []string{s.remoteSpec.Key(), s.localSpec.Key()}
	if s.wantsOther {
		keys = append(keys, s.remoteSpec.Key()+" again")
	}
	return keys
}
