package reports

// Observer is told what happens while it happens. Scenarios run side by side: every method may be called from several
// goroutines at once, and must return quickly.
type Observer interface {
	// RunStarted comes once, when it is known what will run.
	RunStarted(Plan)
	// Note is a line about something outside the scenarios: preflight, images, cleaning up. Also before RunStarted.
	Note(text string)
	ClusterChanged(ClusterEvent)
	// ScenarioStarted: index counts the scenarios of the run from 1, in the order in which they start. A scenario that
	// does not run, being unsupported or skipped, only finishes.
	ScenarioStarted(s Scenario, index int)
	StepFinished(scenarioID string, step Step)
	ScenarioFinished(Scenario)
	// RunFinished comes once, last, after everything was written. report is the file in the run's folder that people open.
	RunFinished(r *Result, report string)
}

// Plan is what will run.
type Plan struct {
	Version   string // of crosscheck
	Pairs     []Pair
	Scenarios int
	Lanes     int
	// RunDir is the folder of the run as a user can open it; Scenario.Evidence is relative to it.
	RunDir          string
	EngineVersion   string
	Cores           int
	FreeMemoryBytes int64
	Groups          []Group
}

// Group is a feature on a pair; its scenarios have the same Feature, Local and Remote.
type Group struct {
	Feature   string
	Pair      Pair
	Scenarios int
}

// ClusterState is where a cluster is in its life.
type ClusterState string

// The states of a cluster. One that is stopping is gone soon.
const (
	ClusterStarting ClusterState = "starting"
	ClusterReady    ClusterState = "ready"
	ClusterStopping ClusterState = "stopping"
	ClusterFailed   ClusterState = "failed"
)

// ClusterEvent tells that a cluster entered a state.
type ClusterEvent struct {
	// Name tells clusters apart; Version and Role ("local", "remote") are shown.
	Name, Version, Role string
	State               ClusterState
	// Seconds is how long the state before took: with ClusterReady the time of the start.
	Seconds float64
}
