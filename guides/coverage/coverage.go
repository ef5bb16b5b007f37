// Package coverage says which steps of a guide scenarios have carried out, on which versions, and with which verdict. A
// scenario names the guide with @guide:<id> and the step with @step:<name>. The steps are those of a page, or of a guide in
// fixtures/guides.yaml, whose titles are crosscheck's own.
package coverage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/guides"
	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// SchemaVersion names the layout of the JSON; docs/guides.schema.json is its schema.
const SchemaVersion = "crosscheck.guides.coverage/2"

// State is how well a step is covered: the name of a verdict, or one of the two below.
type State string

// The states of a step that has no verdict.
const (
	Never  State = "never covered"
	NotRun State = "not run" // a scenario names it; none was carried out
)

// states are in the order of what they say of a step: what went wrong hides what went well, and never the other way; a pair
// on which nobody looked hides that another does not apply.
var states = []State{Never, stateOf(verdict.Unsupported), NotRun, stateOf(verdict.Passed), stateOf(verdict.Flaky),
	stateOf(verdict.Skipped), stateOf(verdict.Error), stateOf(verdict.Failed)}

func stateOf(v verdict.Verdict) State {
	if !v.Valid() {
		return NotRun
	}
	return State(v.String())
}

func worse(a, b State) State {
	if slices.Index(states, b) > slices.Index(states, a) {
		return b
	}
	return a
}

// Guide is the coverage of one guide.
type Guide struct {
	ID    string        `json:"guide"`
	Title string        `json:"title"`
	File  string        `json:"file,omitempty"` // the page; empty for a guide of fixtures/guides.yaml
	Count map[State]int `json:"count"`
	Steps []Step        `json:"steps"`
	// Unplaced are scenarios of this guide whose @step: names no step of it, or which have none.
	Unplaced []Unplaced `json:"unplaced"`
}

// Step is the coverage of one step.
type Step struct {
	ID      string   `json:"id"`
	Kind    string   `json:"kind"` // step (numbered), field, item or note
	Number  string   `json:"number,omitempty"`
	Section string   `json:"section"`
	Title   string   `json:"title"`
	Line    int      `json:"line,omitempty"` // in the page
	Path    []string `json:"path"`           // the tabs and dropdowns around it
	Model   string   `json:"model,omitempty"`
	Names   []string `json:"names"` // what a scenario can call it besides its id
	State   State    `json:"state"`
	// On sums up the scenarios: the pairs of versions on which one of them came to a state.
	On        Pairs      `json:"on"`
	Scenarios []Scenario `json:"scenarios"`
}

// Pairs are pairs of versions, local first, by what became of something there.
type Pairs map[State][]string

// Scenario is one that covers a step: a scenario, or a row of an outline.
type Scenario struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Name string `json:"name"`
	On   Pairs  `json:"on"`
	// Simulated names what around the clusters was not real.
	Simulated []string `json:"simulated"`
}

// Unplaced is a scenario that names a guide and no step of it.
type Unplaced struct {
	Scenario string   `json:"scenario"` // file:line
	Steps    []string `json:"steps"`
}

// Source is a guide's steps before anything is said of them.
type Source struct {
	guide  Guide
	covers []func(tags []string) bool // by step
	beside []func(tags []string) bool // of what is no step of a page, and known
}

func (s Source) notes() []func(tags []string) bool {
	var all []func(tags []string) bool
	for i, step := range s.guide.Steps {
		if step.Kind == "note" {
			all = append(all, s.covers[i])
		}
	}
	return all
}

// FromPage takes the steps of a page.
func FromPage(page *guides.Page) Source {
	s := Source{guide: Guide{ID: page.ID(), Title: page.Title, File: page.File}}
	if s.guide.Title == "" {
		s.guide.Title = s.guide.ID
	}
	for _, step := range page.Steps {
		kind, section := "item", ""
		if step.Number != "" {
			kind = "step"
		}
		for _, known := range page.Sections {
			if len(step.Sections) > 0 && known.Anchor == step.Sections[0] {
				section = known.Title
			}
		}
		s.guide.Steps = append(s.guide.Steps, Step{ID: step.Anchor, Kind: kind, Number: step.Number, Section: section, Title: step.Title, Line: step.Line,
			Path: append([]string{}, step.Path...), Model: step.Model, Names: slices.Concat([]string{}, step.Actions, step.Sections)})
		s.covers = append(s.covers, func(tags []string) bool { return Covers(tags, page.ID(), step) })
	}
	return s
}

// FromGuide takes those of a guide in fixtures/guides.yaml.
func FromGuide(g facts.Guide) Source {
	s := Source{guide: Guide{ID: g.ID, Title: g.Title}}
	for _, step := range g.Steps {
		s.guide.Steps = append(s.guide.Steps, Step{ID: step.ID, Kind: step.Kind, Number: step.Number, Section: step.Section, Title: step.Title, Path: []string{}, Names: append([]string{}, step.Names...)})
		s.covers = append(s.covers, func(tags []string) bool {
			return slices.Contains(tags, "@guide:"+g.ID) && slices.ContainsFunc(append([]string{step.ID}, step.Names...), func(name string) bool {
				return slices.Contains(tags, "@step:"+name)
			})
		})
	}
	return s
}

// Sources are the guides of fixtures/guides.yaml, with a page in the place of the one that it is, and the other pages behind.
// What a page says in notes is no step of it; scenarios that name those that the guide lists are not out of place.
func Sources(pages []*guides.Page) ([]Source, error) {
	known, err := facts.DefaultGuides()
	if err != nil {
		return nil, fmt.Errorf("read the guides' steps: %w", err)
	}
	var all []Source
	for _, g := range known {
		all = append(all, FromGuide(g))
	}
	for _, page := range pages {
		at := slices.IndexFunc(all, func(s Source) bool { return s.guide.ID == page.ID() })
		if at < 0 {
			at, all = len(all), append(all, Source{})
		}
		notes := all[at].notes()
		all[at] = FromPage(page)
		all[at].beside = notes
	}
	return all, nil
}

// Of holds scenarios against the steps of a guide. One without versions exists and has not run.
func Of(source Source, scenarios []reports.Scenario) Guide {
	out := source.guide
	out.Count, out.Steps, out.Unplaced = map[State]int{}, append([]Step{}, source.guide.Steps...), []Unplaced{}
	placed := map[string]bool{}
	for i := range out.Steps {
		step := &out.Steps[i]
		step.State, step.On, step.Scenarios = Never, Pairs{}, []Scenario{}
		for _, scenario := range scenarios {
			if source.covers[i](scenario.Tags) {
				placed[Where(scenario)] = true
				step.add(scenario)
			}
		}
		out.Count[step.State]++
	}
	for _, s := range scenarios {
		if !slices.Contains(s.Tags, "@guide:"+out.ID) || placed[Where(s)] ||
			slices.ContainsFunc(source.beside, func(covers func([]string) bool) bool { return covers(s.Tags) }) {
			continue
		}
		placed[Where(s)] = true
		out.Unplaced = append(out.Unplaced, Unplaced{Where(s), append([]string{}, tagged(s.Tags, "@step:")...)})
	}
	return out
}

// Where is a scenario's file:line.
func Where(s reports.Scenario) string { return fmt.Sprintf("%s:%d", s.File, s.Line) }

// Covers reports whether tags name a step of the page.
func Covers(tags []string, page string, step guides.Step) bool {
	if !slices.Contains(tags, "@guide:"+page) {
		return false
	}
	for _, model := range tagged(tags, "@model:") {
		if step.Model != "" && model != step.Model && (model == guides.APIKey || model == guides.Certificate) {
			return false
		}
	}
	for _, name := range tagged(tags, "@step:") {
		if name == step.Anchor || slices.Contains(step.Actions, name) || slices.Contains(step.Sections, name) ||
			step.Applies != "" && name == guides.Slug(step.Applies) {
			return true
		}
	}
	return false
}

func tagged(tags []string, prefix string) []string {
	var all []string
	for _, t := range tags {
		if rest, ok := strings.CutPrefix(t, prefix); ok {
			all = append(all, rest)
		}
	}
	return all
}

func (s *Step) add(scenario reports.Scenario) {
	at := slices.IndexFunc(s.Scenarios, func(o Scenario) bool { return o.File == scenario.File && o.Line == scenario.Line })
	if at < 0 {
		at = len(s.Scenarios)
		s.Scenarios = append(s.Scenarios, Scenario{scenario.File, scenario.Line, scenario.Name, Pairs{}, append([]string{}, scenario.Simulated...)})
	}
	state := stateOf(scenario.Verdict)
	if scenario.Local != "" {
		s.Scenarios[at].On.add(state, scenario.Pair().String())
		s.On.add(state, scenario.Pair().String())
	} else if len(s.Scenarios[at].On) > 0 {
		return // it exists, and it ran
	}
	s.State = worse(s.State, state)
}

func (p Pairs) add(state State, pair string) {
	if !slices.Contains(p[state], pair) {
		p[state] = append(p[state], pair)
	}
}

// String reads like "passed on 9.3.2 -> 9.3.2; unsupported on 7.5.2 -> 7.5.2", worst first.
func (p Pairs) String() string {
	var parts []string
	for _, state := range slices.Backward(states) {
		if pairs := slices.Clone(p[state]); len(pairs) > 0 {
			slices.Sort(pairs)
			parts = append(parts, string(state)+" on "+strings.Join(pairs, ", "))
		}
	}
	if len(parts) == 0 {
		return string(NotRun)
	}
	return strings.Join(parts, "; ")
}

// Worst is the state of the step that needs a look first.
func (g Guide) Worst() State {
	worst := Never
	for _, s := range g.Steps {
		worst = worse(worst, s.State)
	}
	return worst
}

// Ran reports whether a step was carried out.
func (g Guide) Ran() bool { return slices.Index(states, g.Worst()) > slices.Index(states, NotRun) }

// Passed is how many steps passed.
func (g Guide) Passed() int {
	return g.Count[stateOf(verdict.Passed)] + g.Count[stateOf(verdict.Flaky)]
}
