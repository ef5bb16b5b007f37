package cucumber

import (
	"strings"

	messages "github.com/cucumber/messages/go/v34"

	"github.com/crosscheck-dev/crosscheck/reports"
)

// document writes the feature as its scenarios ran: what a result knows of the file. The steps of a background stand in
// each scenario, and a row of an outline is a scenario.
func (w *writer) document(d *document) {
	w.put(&messages.Envelope{Source: &messages.Source{Uri: d.uri, Data: source(d),
		MediaType: messages.SourceMediaType_TEXT_X_CUCUMBER_GHERKIN_PLAIN}})
	feature := &messages.Feature{Location: line(1), Tags: []*messages.Tag{}, Language: "en", Keyword: "Feature",
		Name: d.name}
	var pickles []*messages.Pickle
	for _, s := range d.scenarios {
		scenario, pickle := w.scenario(d, s)
		feature.Children = append(feature.Children, &messages.FeatureChild{Scenario: scenario})
		pickles = append(pickles, pickle)
	}
	w.put(&messages.Envelope{GherkinDocument: &messages.GherkinDocument{Uri: d.uri, Feature: feature,
		Comments: []*messages.Comment{}}})
	for _, p := range pickles {
		w.put(&messages.Envelope{Pickle: p})
	}
}

func (w *writer) scenario(d *document, s reports.Scenario) (*messages.Scenario, *messages.Pickle) {
	scenario := &messages.Scenario{Location: line(s.Line), Tags: []*messages.Tag{}, Keyword: "Scenario", Name: s.Name,
		Description: "",
		Steps:       []*messages.Step{}, Examples: []*messages.Examples{}, Id: w.id()}
	pickle := &messages.Pickle{Id: s.ID, Uri: d.uri, Name: s.Name, Language: "en", Steps: []*messages.PickleStep{},
		Tags: []*messages.PickleTag{}, AstNodeIds: []string{scenario.Id}}
	for _, name := range s.Tags {
		tag := &messages.Tag{Location: line(s.Line), Name: name, Id: w.id()}
		scenario.Tags = append(scenario.Tags, tag)
		pickle.Tags = append(pickle.Tags, &messages.PickleTag{Name: name, AstNodeId: tag.Id})
	}
	for _, step := range s.Steps {
		node := &messages.Step{Location: line(step.Line), Keyword: step.Keyword + " ", Text: step.Text, Id: w.id()}
		one := &messages.PickleStep{AstNodeIds: []string{node.Id}, Id: w.id(), Text: step.Text}
		if len(step.Table) > 0 {
			node.DataTable, one.Argument = w.table(step)
		}
		scenario.Steps = append(scenario.Steps, node)
		pickle.Steps = append(pickle.Steps, one)
		w.steps[s.ID] = append(w.steps[s.ID], one.Id)
	}
	return scenario, pickle
}

func (w *writer) table(step reports.Step) (*messages.DataTable, *messages.PickleStepArgument) {
	node, argument := &messages.DataTable{Location: line(step.Line)}, &messages.PickleTable{}
	for _, cells := range step.Table {
		row := &messages.TableRow{Location: line(step.Line), Cells: []*messages.TableCell{}, Id: w.id()}
		values := &messages.PickleTableRow{Cells: []*messages.PickleTableCell{}}
		for _, value := range cells {
			row.Cells = append(row.Cells, &messages.TableCell{Location: line(step.Line), Value: value})
			values.Cells = append(values.Cells, &messages.PickleTableCell{Value: value})
		}
		node.Rows, argument.Rows = append(node.Rows, row), append(argument.Rows, values)
	}
	return node, &messages.PickleStepArgument{DataTable: argument}
}

// line is a place in the file; messages count from 1.
func line(n int) *messages.Location { return &messages.Location{Line: int64(max(1, n))} }

// source is the text that the document could have been read from.
func source(d *document) string {
	var b strings.Builder
	b.WriteString("# " + d.file + "\nFeature: " + d.name + "\n")
	for _, s := range d.scenarios {
		b.WriteByte('\n')
		if len(s.Tags) > 0 {
			b.WriteString("  " + strings.Join(s.Tags, " ") + "\n")
		}
		b.WriteString("  Scenario: " + s.Name + "\n")
		for _, step := range s.Steps {
			b.WriteString("    " + step.Keyword + " " + step.Text + "\n")
			for _, row := range step.Table {
				b.WriteString("      | " + strings.Join(row, " | ") + " |\n")
			}
		}
	}
	return b.String()
}
