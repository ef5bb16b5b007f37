package gherkin

import (
	"bytes"
	"math"

	messages "github.com/cucumber/messages/go/v34"
)

// source is the text of a feature file, and which lines of it belong to which scenarios.
type source struct {
	lines [][]byte // without line ends
	parts []part
}

// part is a scenario, a table of examples or a row of one, as its lines in the file. Parts lie within each other.
type part struct {
	first, last int // lines, counted from 1
	id          string
	parents     []string // the parts that this one lies in
}

// Alone is the feature file with every other scenario, and every other row of examples, replaced by empty lines. What
// stays keeps its line numbers, and with them the background, the rule and the tags that it has in the whole file.
// Alone is nil for a scenario that was not read from a file.
func (s Scenario) Alone() []byte {
	if s.source == nil {
		return nil
	}
	keep := map[string]bool{}
	for _, p := range s.source.parts {
		if p.id == s.nodes[len(s.nodes)-1] {
			keep[p.id] = true
			for _, parent := range p.parents {
				keep[parent] = true
			}
		}
	}
	// A plain scenario has no parts within it; an outline's row is the only one kept of its kind.
	drop := make([]bool, len(s.source.lines)+1)
	for _, p := range s.source.parts {
		if keep[p.id] {
			continue
		}
		for line := p.first; line <= p.last && line < len(drop); line++ {
			drop[line] = true
		}
	}
	var out bytes.Buffer
	for i, line := range s.source.lines {
		if i > 0 {
			out.WriteByte('\n')
		}
		if !drop[i+1] {
			out.Write(line)
		}
	}
	return out.Bytes()
}

// newSource finds the parts of a feature file. A part with a keyword reaches from its first tag or keyword to the line
// before the next part or rule begins; a row is one line.
func newSource(content []byte, feature *messages.Feature) *source {
	s := &source{lines: bytes.Split(content, []byte("\n"))}
	end := math.MaxInt
	children := feature.Children
	for i := len(children) - 1; i >= 0; i-- {
		switch child := children[i]; {
		case child.Scenario != nil:
			end = s.add(child.Scenario, end)
		case child.Rule != nil:
			inner := child.Rule.Children
			for k := len(inner) - 1; k >= 0; k-- {
				if inner[k].Scenario != nil {
					end = s.add(inner[k].Scenario, end)
				}
			}
			end = begins(child.Rule.Location, child.Rule.Tags)
		}
	}
	return s
}

// add notes a scenario that ends before the line end, and answers the line with which it begins.
func (s *source) add(scenario *messages.Scenario, end int) int {
	first := begins(scenario.Location, scenario.Tags)
	s.parts = append(s.parts, part{first: first, last: end - 1, id: scenario.Id})
	for i := len(scenario.Examples) - 1; i >= 0; i-- {
		examples := scenario.Examples[i]
		from := begins(examples.Location, examples.Tags)
		s.parts = append(s.parts, part{first: from, last: end - 1, id: examples.Id, parents: []string{scenario.Id}})
		for _, row := range examples.TableBody {
			line := int(row.Location.Line)
			s.parts = append(s.parts, part{first: line, last: line, id: row.Id, parents: []string{scenario.Id, examples.Id}})
		}
		end = from
	}
	return first
}

// begins is the line of a keyword, or of the first tag above it.
func begins(location *messages.Location, tags []*messages.Tag) int {
	line := location.Line
	for _, tag := range tags {
		line = min(line, tag.Location.Line)
	}
	return int(line)
}
