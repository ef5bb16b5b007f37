package judge

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// expectRemoteNeverStarts starts the clusters as described, and holds the log of the remote node, which has to end by
// itself meanwhile, against an entry. The entry can say nothing else: nobody is there to answer.
func (j *Judge) expectRemoteNeverStarts(ctx context.Context, id string) error {
	signature, err := j.signature(id, "", "")
	if err != nil {
		return err
	}
	if signature.Log.Remote == nil {
		return fmt.Errorf("fixtures/outcomes.yaml: %s says nothing of the remote log: write how else it fails", id)
	}
	err = j.world.Ready(ctx)
	ended, failed := errors.AsType[*lab.StartError](err)
	switch {
	case err == nil:
		return &verdict.Mismatch{What: id + ": the remote node", Wanted: "ends while it starts", Got: "runs"}
	case !failed || ended.Role != topology.Remote || !ended.State.EndedByItself():
		return world.UnsupportedIfMissing(err) // a node that was killed, or is only slow, says nothing
	}
	lines := strings.Split(ended.Log, "\n")
	j.observed = j.observation(id, "", "")
	j.observed.RemoteLog = warnings(lines)
	j.broke = &reports.Break{Place: reports.AtRemote, Text: "the remote node does not start: it " + ended.State.Text}
	return mismatch(id+": the log of the remote node", signature.Log.Check(nil, lines))
}
