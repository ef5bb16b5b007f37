package judge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/steps/remotes"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// comparison holds one failure against its entry in the catalogue, and keeps what was observed.
type comparison struct {
	world     *world.World
	remotes   *remotes.Remotes
	observed  *catalogue.Observation
	id        string // of the entry
	signature catalogue.Signature
	remote    *remotes.Remote
	index     string
}

func (c comparison) searchUnavailableFails(ctx context.Context) error {
	expected := c.signature.SkipUnavailableFalse
	if expected == nil && len(c.signature.RemoteInfo) == 0 {
		return nil
	}
	return c.search(ctx, false, expected, func(found elastic.Response, info map[string]any) {
		c.observed.SkipUnavailableFalse, c.observed.RemoteInfo = observedAnswer(found), info
	})
}

func (c comparison) searchUnavailableSkips(ctx context.Context) error {
	expected := c.signature.SkipUnavailableTrue
	if expected == nil {
		return nil
	}
	return c.search(ctx, true, expected, func(found elastic.Response, _ map[string]any) {
		c.observed.SkipUnavailableTrue = observedAnswer(found)
	})
}

// search sets skip_unavailable, and polls a search and _remote/info until both are as the entry says: the search
// triggers the attempt to connect whose trace _remote/info then shows.
func (c comparison) search(ctx context.Context, skip bool, expected *catalogue.SearchExpectation,
	observe func(found elastic.Response, info map[string]any)) error {
	if err := c.skipUnavailable(ctx, skip); err != nil {
		return err
	}
	what := fmt.Sprintf("search with skip_unavailable %t", skip)
	return world.Await(ctx, what, c.world.Env.Timeouts.Search, func(ctx context.Context) error {
		found, err := c.ask(ctx, expected)
		if err != nil {
			return err
		}
		info, err := c.info(ctx)
		if err != nil {
			return err
		}
		observe(found, info)
		differences := c.signature.RemoteInfo.Check(info)
		if expected != nil {
			differences = append(differences, expected.Check(found.Status, found.Body)...)
		}
		return mismatch(c.id+": "+what+", and _remote/info", differences)
	})
}

// info is what _remote/info shows of the alias. Where the local node refuses to show any, it is the node's answer.
func (c comparison) info(ctx context.Context) (map[string]any, error) {
	info, err := c.remotes.Info(ctx, c.remote.Alias)
	if refused, ok := errors.AsType[*elastic.StatusError](err); ok {
		if answer := refusal(refused.Response); answer != nil {
			return answer, nil
		}
	}
	return info, err
}

// refusal is the body of an answer that says why Elasticsearch does not do what it was asked for; nil when it is none.
func refusal(res elastic.Response) map[string]any {
	var answer map[string]any
	if res.Status/100 != 4 || json.Unmarshal(res.Body, &answer) != nil || answer["error"] == nil {
		return nil
	}
	return answer
}

// skipUnavailable sets skip_unavailable of the remote cluster, where there is one.
func (c comparison) skipUnavailable(ctx context.Context, skip bool) error {
	known, err := c.info(ctx)
	if err != nil {
		return err
	}
	if c.remote.Settings != nil {
		c.remote.Settings["skip_unavailable"] = skip // what it shows from now on is no default
	}
	// Without an address it is no remote cluster, and can have no skip_unavailable. Nor can one be set of a wildcard.
	if _, added := c.remotes.Of(c.remote.Alias); known == nil || known["error"] != nil && !added {
		return nil
	}
	res, err := c.world.Local().API().PutRemote(ctx, c.remote.Alias, map[string]any{"skip_unavailable": skip})
	if err != nil {
		return fmt.Errorf("set skip_unavailable: %w", err)
	}
	if res.Status != 200 {
		return fmt.Errorf("set skip_unavailable: %d %s", res.Status, res.Body)
	}
	return nil
}

// ask searches. Where no answer is expected it gives up after a while, and that is the answer.
func (c comparison) ask(ctx context.Context, expected *catalogue.SearchExpectation) (elastic.Response, error) {
	target := c.remote.Alias + ":" + c.index
	if expected == nil || expected.Status != catalogue.NoAnswer {
		return c.world.Searching().Search(ctx, target)
	}
	short, cancel := context.WithTimeout(ctx, c.world.Env.Timeouts.Silence)
	defer cancel()
	found, err := c.world.Searching().Search(short, target)
	if err != nil && short.Err() != nil && ctx.Err() == nil {
		return elastic.Response{Status: catalogue.NoAnswer}, nil
	}
	return found, err
}

func (c comparison) resolve(ctx context.Context) error {
	exists, _, err := c.world.Env.Facts.Applies("resolve-cluster", c.world.Pair.Local, c.world.Pair.Remote)
	if err != nil || !exists || len(c.signature.ResolveCluster) == 0 {
		return err
	}
	alias := c.remote.Alias
	return world.Await(ctx, "_resolve/cluster", c.world.Env.Timeouts.Search, func(ctx context.Context) error {
		res, err := c.world.Searching().ResolveCluster(ctx, alias+":"+c.index)
		if err != nil {
			return err
		}
		if answer := refusal(res); answer != nil && len(c.signature.ResolveCluster.Check(answer)) == 0 {
			c.observed.ResolveCluster = answer
			return nil
		}
		if res.Status == 200 && !json.Valid(res.Body) {
			return fmt.Errorf("read the answer of _resolve/cluster: it is no JSON: %.200s", res.Body)
		}
		var answer map[string]map[string]any
		if err := json.Unmarshal(res.Body, &answer); err != nil || res.Status != 200 {
			return &verdict.Mismatch{What: c.id + ": _resolve/cluster", Wanted: "200 and an entry for " + alias,
				Got: fmt.Sprintf("%d %s", res.Status, res.Body)}
		}
		c.observed.ResolveCluster = answer[alias]
		return mismatch(c.id+": _resolve/cluster", c.signature.ResolveCluster.Check(answer[alias]))
	})
}

// witness lets somebody else look at the failure.
func (c comparison) witness(ctx context.Context) error {
	if c.world.Env.Witness == nil {
		return nil
	}
	if err := c.world.Env.Witness(ctx, *c.observed, c.world.Local(), c.world.Remote()); err != nil {
		return fmt.Errorf("look at %s: %w", c.id, err)
	}
	return nil
}

func (c comparison) readLogs(ctx context.Context) error {
	if c.signature.Log.Local == nil && c.signature.Log.Remote == nil && c.world.Env.Witness == nil {
		return nil
	}
	since := c.world.Clusters.Since
	what := "the logs since " + since.Format(time.TimeOnly)
	return world.Await(ctx, "the logs", c.world.Env.Timeouts.Log, func(ctx context.Context) error {
		sides := [][]string{nil, nil}
		for i, cluster := range []*lab.Cluster{c.world.Local(), c.world.Remote()} {
			text, err := cluster.Logs(ctx, since)
			if _, hidden := errors.AsType[*lab.UncontrolledError](err); hidden {
				c.world.Notes.Add("logs of clusters that are not crosscheck's cannot be read: " +
					"what the catalogue says of them was not looked for")
				return nil
			}
			if err != nil {
				return err
			}
			sides[i] = strings.Split(text, "\n")
		}
		c.observed.LocalLog, c.observed.RemoteLog = warnings(sides[0]), warnings(sides[1])
		return mismatch(c.id+": "+what, c.signature.Log.Check(sides[0], sides[1]))
	})
}

// maxWarnings is how many different warnings of a log an observation keeps.
const maxWarnings = 40

// variable is what makes two lines about the same thing different: an address, a time stamp, the number of a channel,
// of a request or of a thread.
var variable = regexp.MustCompile(`\d+\.\d+\.\d+\.\d+:\d+|"@?timestamp":\s*"[^"]*"|0x[0-9a-f]+|\[(T#)?\d+\]`)

// warning matches a log line of level WARN or ERROR, the line of an exception, or that of its cause.
var warning = regexp.MustCompile(`WARN|ERROR|^"?Caused by: |^("stacktrace": \["|")?[a-z]+(\.\w+)+(Exception|Error)\b`)

// warnings are the lines of a log that are more than information, each kind once, and the causes that 7.x writes on
// lines of their own below them.
func warnings(lines []string) []string {
	var kept []string
	seen := map[string]bool{}
	for _, line := range lines {
		kind := variable.ReplaceAllString(line, "")
		kind = kind[:min(len(kind), 400)]
		if !warning.MatchString(line) || seen[kind] || len(kept) == maxWarnings {
			continue
		}
		seen[kind] = true
		kept = append(kept, line)
	}
	return kept
}
