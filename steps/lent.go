package steps

import "context"

// Ready starts the clusters that the steps so far described, or leases running ones that are like them. It does nothing
// when the scenario has its clusters. A team's own step calls it before it uses Local or Remote.
func (s *Scenario) Ready(ctx context.Context) error { return s.world.Ready(ctx) }

// Target turns an index, or alias:index, as a feature has it into the names that the clusters know. Scenarios share
// clusters, so each has names of its own there.
func (s *Scenario) Target(text string) string { return s.world.Names.Target(text) }

// Later has undo called after the scenario's last step. What was remembered last is undone first. what names it in the
// error that the scenario ends with when undo fails.
func (s *Scenario) Later(what string, undo func(context.Context) error) {
	s.world.Undo.Later(what, undo)
}
