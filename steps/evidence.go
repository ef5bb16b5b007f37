package steps

import (
	"context"
	"maps"
	"time"

	"github.com/crosscheck-dev/crosscheck/steps/world"
)

// Evidence is what explains a failure, by file name: the state of both sides and of the load balancer, before anything
// is cleaned up. What cannot be read is said in its place.
func (s *Scenario) Evidence(ctx context.Context) map[string][]byte {
	files := world.Evidence{}
	maps.Copy(files, s.eck.Evidence(ctx))
	c := s.world.Clusters
	if !c.Complete() {
		return files
	}
	since := c.Since.Add(-time.Second)
	for _, cluster := range c.Leased() {
		files.Keep(cluster.Spec.Role+".log", func() ([]byte, error) {
			log, err := cluster.Logs(ctx, since)
			return []byte(log), err
		})
		files.Keep(cluster.Spec.Role+"-settings.json", func() ([]byte, error) {
			return cluster.API().RemoteSettings(ctx)
		})
	}
	files.KeepJSON("remote-info.json", func() (any, error) { return c.Local.API().RemoteInfo(ctx) })
	files.KeepJSON("balancer-connections.json", func() (any, error) { return c.Remote.Balancer.Connections(ctx) })
	files.KeepJSON("balancer-state.json", func() (any, error) { return c.Remote.Balancer.State(ctx) })
	maps.Copy(files, s.cloud.Evidence(ctx))
	return files
}
