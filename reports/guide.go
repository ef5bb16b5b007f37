package reports

import (
	"slices"

	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// CoverageState says how well scenarios cover a step of a guide: the name of a verdict, or NeverCovered or NotRun.
type CoverageState string

// The states of a step for which there is no verdict.
const (
	// NeverCovered: no scenario names the step.
	NeverCovered CoverageState = "never covered"
	// NotRun: a scenario names the step, and none was carried out.
	NotRun CoverageState = "not run"
)

// coverageStates lists all states. Of two scenarios of a step the one whose state comes later decides: what went wrong
// hides what went well, and a pair on which nothing ran yet hides one to which the step does not apply.
var coverageStates = []CoverageState{NeverCovered, StateOf(verdict.Unsupported), NotRun, StateOf(verdict.Passed),
	StateOf(verdict.Flaky), StateOf(verdict.Skipped), StateOf(verdict.Error), StateOf(verdict.Failed)}

// StateOf returns the state that a scenario with the verdict v gives to the steps that it names. Without a verdict it
// did not run.
func StateOf(v verdict.Verdict) CoverageState {
	if !v.Valid() {
		return NotRun
	}
	return CoverageState(v.String())
}

// WorseOf returns the state that decides when a step has scenarios in both.
func WorseOf(a, b CoverageState) CoverageState {
	if slices.Index(coverageStates, b) > slices.Index(coverageStates, a) {
		return b
	}
	return a
}

// GuideCoverage is a guide, or a page of documentation, with what scenarios have shown of its steps. Package
// guides/coverage fills it, so that a report can show guides without reading any. Its JSON is what `crosscheck guides
// coverage` prints; docs/guides.schema.json is the schema.
type GuideCoverage struct {
	// ID is the guide's name in the tag @guide:<id>.
	ID    string `json:"guide"`
	Title string `json:"title"`
	// File is the page's path; empty for a guide of fixtures/guides.yaml.
	File string `json:"file,omitempty"`
	// Count is the number of steps by their state.
	Count map[CoverageState]int `json:"count"`
	// Steps are in the order of the guide.
	Steps []StepCoverage `json:"steps"`
	// Unplaced are scenarios of this guide whose tags @step: name none of its steps, or which have no such tag.
	Unplaced []UnplacedScenario `json:"unplaced"`
}

// StepCoverage is a step of a guide with the scenarios that name it.
type StepCoverage struct {
	// ID is the step's anchor in a page, or its id in fixtures/guides.yaml.
	ID string `json:"id"`
	// Kind is step (a numbered one), field, item or note.
	Kind string `json:"kind"`
	// Number is the step's number as the guide prints it; empty for a step without one.
	Number string `json:"number,omitempty"`
	// Section is the title of the section that the step stands in.
	Section string `json:"section"`
	Title   string `json:"title"`
	// Line is the step's line in the page, counted from 1; 0 for a guide of fixtures/guides.yaml.
	Line int `json:"line,omitempty"`
	// Path names the tabs and dropdowns around the step, outermost first.
	Path []string `json:"path"`
	// Model is the security model that the step is for, api-key or certificate; empty when it is for both.
	Model string `json:"model,omitempty"`
	// Names are what the tag @step: can call the step besides its ID.
	Names []string      `json:"names"`
	State CoverageState `json:"state"`
	// On sums up the scenarios: on which pairs one of them came to which state.
	On PairsByState `json:"on"`
	// Scenarios are in the order of the runs.
	Scenarios []CoveringScenario `json:"scenarios"`
}

// PairsByState are pairs of versions, written as Pair.String does, by the state that something came to on them.
type PairsByState map[CoverageState][]string

// CoveringScenario is a scenario, or a row of an outline, that names a step.
type CoveringScenario struct {
	File string       `json:"file"`
	Line int          `json:"line"`
	Name string       `json:"name"`
	On   PairsByState `json:"on"`
	// Simulated names what around the clusters was not real.
	Simulated []string `json:"simulated"`
}

// UnplacedScenario is a scenario that names a guide and none of its steps.
type UnplacedScenario struct {
	// Scenario is its place, file:line.
	Scenario string `json:"scenario"`
	// Steps are the names in its tags @step:.
	Steps []string `json:"steps"`
}

// Add notes that the scenario s names the step. The same scenario may come several times: once for every pair of
// versions, and once without versions, as it stands in its feature file.
func (c *StepCoverage) Add(s Scenario) {
	at := slices.IndexFunc(c.Scenarios, func(o CoveringScenario) bool { return o.File == s.File && o.Line == s.Line })
	if at < 0 {
		at = len(c.Scenarios)
		c.Scenarios = append(c.Scenarios, CoveringScenario{File: s.File, Line: s.Line, Name: s.Name, On: PairsByState{},
			Simulated: append([]string{}, s.Simulated...)})
	}
	state := StateOf(s.Verdict)
	if s.Local != "" {
		c.Scenarios[at].On.add(state, s.Pair().String())
		c.On.add(state, s.Pair().String())
	} else if len(c.Scenarios[at].On) > 0 {
		return // it exists, and it ran
	}
	c.State = WorseOf(c.State, state)
}

func (p PairsByState) add(state CoverageState, pair string) {
	if !slices.Contains(p[state], pair) {
		p[state] = append(p[state], pair)
	}
}

// Worst is the state of the step that needs a look first.
func (g GuideCoverage) Worst() CoverageState {
	worst := NeverCovered
	for _, s := range g.Steps {
		worst = WorseOf(worst, s.State)
	}
	return worst
}

// Ran reports whether at least one step was carried out.
func (g GuideCoverage) Ran() bool {
	return slices.Index(coverageStates, g.Worst()) > slices.Index(coverageStates, NotRun)
}

// Passed is the number of steps that passed, at once or on a retry.
func (g GuideCoverage) Passed() int {
	return g.Count[StateOf(verdict.Passed)] + g.Count[StateOf(verdict.Flaky)]
}
