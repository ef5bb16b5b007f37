package steps

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"time"
)

// Evidence is what explains a failure, by file name: the state of both sides and of the load balancer, before anything is
// cleaned up. What cannot be read is said in its place.
func (s *Scenario) Evidence(ctx context.Context) map[string][]byte {
	files := map[string][]byte{}
	if s.eck != nil {
		files = s.eckEvidence(ctx)
	}
	if s.lease == nil || s.local == nil || s.remote == nil {
		return files
	}
	keep := func(name string, read func() ([]byte, error)) {
		data, err := read()
		if err != nil {
			data = fmt.Appendf(data, "\ncould not be read: %v\n", err)
		}
		files[name] = data
	}
	since := s.began.Add(-time.Second)
	for _, c := range s.lease.Clusters {
		keep(c.Spec.Role+".log", func() ([]byte, error) {
			log, err := c.Logs(ctx, since)
			return []byte(log), err
		})
		keep(c.Spec.Role+"-settings.json", func() ([]byte, error) { return c.API().RemoteSettings(ctx) })
	}
	keep("remote-info.json", func() ([]byte, error) {
		info, err := s.local.API().RemoteInfo(ctx)
		return indented(info), err
	})
	keep("balancer-connections.json", func() ([]byte, error) {
		counts, err := s.remote.Balancer.Connections(ctx)
		return indented(counts), err
	})
	keep("balancer-state.json", func() ([]byte, error) {
		state, err := s.remote.Balancer.State(ctx)
		return indented(state), err
	})
	if s.cloud != nil && s.cloud.clients != nil {
		for name := range s.cloud.deployments {
			keep("deployment-"+name+".json", func() ([]byte, error) {
				d, err := s.deployment(ctx, name)
				return indented(d), err
			})
		}
	}
	return files
}

func indented(v any) []byte {
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		return fmt.Appendf(nil, "%+v", v)
	}
	return buf.Bytes()
}

// maxWarnings is how many different warnings of a log an observation keeps.
const maxWarnings = 40

// address is what makes two lines about the same thing different.
var address = regexp.MustCompile(`\d+\.\d+\.\d+\.\d+:\d+|"@?timestamp":\s*"[^"]*"|0x[0-9a-f]+`)

// warning matches a log line of level WARN or ERROR, the line of an exception, or that of its cause.
var warning = regexp.MustCompile(`WARN|ERROR|^Caused by: |^[a-z]+(\.\w+)+(Exception|Error)\b`)

// warnings are the lines of a log that are more than information, each kind once, and the causes that 7.x writes on lines
// of their own below them.
func warnings(lines []string) []string {
	var kept []string
	seen := map[string]bool{}
	for _, line := range lines {
		kind := address.ReplaceAllString(line, "")
		kind = kind[:min(len(kind), 400)]
		if !warning.MatchString(line) || seen[kind] || len(kept) == maxWarnings {
			continue
		}
		seen[kind] = true
		kept = append(kept, line)
	}
	return kept
}
