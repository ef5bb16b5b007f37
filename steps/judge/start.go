package judge

import (
	"context"
	"fmt"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// expectNodeEnds holds the log of a local node that ended while it started against an entry, which can say nothing
// else: nobody is there to answer.
func (j *Judge) expectNodeEnds(ctx context.Context, id string) error {
	if err := j.world.Ready(ctx); err != nil {
		return err
	}
	remote, _ := j.remotes.Its()
	signature, err := j.signature(id, remote.Alias, j.world.Index())
	if err != nil {
		return err
	}
	if signature.Log.Local == nil {
		return fmt.Errorf("fixtures/outcomes.yaml: %s says nothing of the local log: write how else it fails", id)
	}
	state, ended, err := j.world.Local().Ended(ctx)
	if err != nil {
		return err
	}
	if !ended {
		return &verdict.Mismatch{What: id + ": the local node", Wanted: "ends while it starts", Got: "runs"}
	}
	j.observed = j.observation(id, remote.Alias, j.world.Index())
	j.observed.Port = remote.Port()
	j.broke = &reports.Break{Place: reports.AtLocal, Text: "the local node does not start: it " + state.Text}
	c := comparison{world: j.world, remotes: j.remotes, observed: j.observed, id: id, signature: signature, remote: remote}
	return c.readLogs(ctx)
}
