package steps

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"
)

// Evidence is what explains a failure, by file name: the state of both sides and of the load balancer, before anything is
// cleaned up. What cannot be read is said in its place.
func (s *Scenario) Evidence(ctx context.Context) map[string][]byte {
	files := s.eck.Evidence(ctx)
	if files == nil {
		files = map[string][]byte{}
	}
	c := s.world.Clusters
	if !c.Complete() {
		return files
	}
	keep := func(name string, read func() ([]byte, error)) {
		data, err := read()
		if err != nil {
			data = fmt.Appendf(data, "\ncould not be read: %v\n", err)
		}
		files[name] = data
	}
	since := c.Since.Add(-time.Second)
	for _, cluster := range c.Leased() {
		keep(cluster.Spec.Role+".log", func() ([]byte, error) {
			log, err := cluster.Logs(ctx, since)
			return []byte(log), err
		})
		keep(cluster.Spec.Role+"-settings.json", func() ([]byte, error) { return cluster.API().RemoteSettings(ctx) })
	}
	keep("remote-info.json", func() ([]byte, error) {
		info, err := c.Local.API().RemoteInfo(ctx)
		return indented(info), err
	})
	keep("balancer-connections.json", func() ([]byte, error) {
		counts, err := c.Remote.Balancer.Connections(ctx)
		return indented(counts), err
	})
	keep("balancer-state.json", func() ([]byte, error) {
		state, err := c.Remote.Balancer.State(ctx)
		return indented(state), err
	})
	maps.Copy(files, s.cloud.Evidence(ctx))
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
