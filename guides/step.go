package guides

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// step describes a group.
func (s *stepper) step(g *group) Step {
	begin := s.page.Blocks[g.blocks[0]]
	out := Step{Pos: begin.Pos, Number: g.number, Blocks: g.blocks, Title: headline(begin)}
	if n := len(begin.Items); n > 0 {
		out.Line = begin.Items[0].Line
	}
	var own strings.Builder
	for _, i := range g.blocks {
		b := s.page.Blocks[i]
		if !b.Answer() {
			own.WriteString(b.Text + "\n" + b.Code.Text + "\n")
		}
		out.Last = max(out.Last, b.Last)
	}
	for _, c := range outside(begin) {
		out.Path = append(out.Path, c.Title)
		out.Model = first(ModelOf(c.Title), out.Model)
		if versioned.MatchString(c.Title) {
			out.Applies = c.Title
		}
	}
	out.Model = first(s.limited(g.blocks[0]), out.Model)
	for at := begin.Section; at >= 0; at = s.parents[at] {
		section := s.page.Sections[at]
		out.Sections = append(out.Sections, section.Anchor)
		if out.Applies == "" && versioned.MatchString(section.Title) && section.Level > 1 {
			out.Applies = section.Title
		}
	}
	about := actionsOf(own.String())
	if !slices.ContainsFunc(about, func(a Action) bool { return !a.detail }) {
		about = append(about, s.context(g.blocks[0])...)
	}
	slices.SortStableFunc(about, detailsLast)
	out.Actions = names(about)
	if s.page.Format == Text && out.Model == "" {
		out.Model = s.led(g.blocks[0])
	}
	if len(about) > 0 {
		out.Model = first(out.Model, about[0].Model)
	}
	return out
}

// detailsLast orders actions that are details of another one behind the others.
func detailsLast(a, b Action) int {
	switch {
	case a.detail == b.detail:
		return 0
	case b.detail:
		return -1
	}
	return 1
}

// led is the model that the paragraph before a list names: all that is left of a tab when its markup is gone.
func (s *stepper) led(i int) string {
	for j := i - 1; j >= max(0, i-leadIn); j-- {
		if b := s.page.Blocks[j]; b.Kind == Paragraph && len(b.Items) == 0 && b.Note() == "" {
			return ModelOf(b.Text)
		}
	}
	return ""
}

// leadIn is how many blocks back what leads to a step is looked for.
const leadIn = 60

// versioned is a title that limits what is below it to some versions.
var versioned = regexp.MustCompile(`(?i)\bversions?\b.*\d+\.\d+|\bga\b.*\d+\.\d+|^\s*(?:stack|eck|ece|ess` +
	`|ech)\b.*\d+\.\d+|\b(?:above|below|from|before|since) \d+\.\d+`)

// only is a note that limits what is below it to a model.
var only = regexp.MustCompile(`(?i)\bonly applies\b.*?(\bTLS certificates?\b|\bAPI keys?\b)`)

// limited is the model that a note says the surroundings of a block are only for.
func (s *stepper) limited(i int) string {
	for j := i; j >= max(0, i-leadIn) && s.near(j, i); j-- {
		if s.page.Blocks[j].Note() == "" {
			continue
		}
		if m := only.FindStringSubmatch(s.page.Blocks[j].Text); m != nil {
			return ModelOf(m[1])
		}
	}
	return ""
}

// context are the actions of what leads to a block: its section's title, the paragraph before its list, the sections
// above.
func (s *stepper) context(i int) []Action {
	begin := s.page.Blocks[i]
	if begin.Section >= 0 && s.page.Format != Text {
		if about := actionsOf(s.page.Sections[begin.Section].Title); len(about) > 0 {
			return about
		}
	}
	for j := i - 1; j >= max(0, i-leadIn) && s.page.Blocks[j].Section == begin.Section; j-- {
		if b := s.page.Blocks[j]; b.Kind == Paragraph && len(b.Items) == 0 && b.Note() == "" {
			if about := actionsOf(b.Text); len(about) > 0 {
				return about
			}
			if s.page.Format != Text {
				break
			}
		}
	}
	for at := begin.Section; at >= 0; at = s.parents[at] {
		if about := actionsOf(s.page.Sections[at].Title); len(about) > 0 {
			return about
		}
	}
	return nil
}

// name gives a step its anchor.
func (s *stepper) name(step *Step, named map[string]int) {
	base := Slug(step.Action())
	if len(step.Sections) > 0 && (s.page.Format != Text || base == "") {
		base = step.Sections[0]
	}
	if base == "" {
		base = "step"
	}
	key := base + "-" + step.Number
	if step.Number == "" || step.Number == "*" {
		named[base]++
		key = fmt.Sprintf("%s-s%d", base, named[base])
		if step.Number == "*" {
			step.Number = fmt.Sprint(named[base])
		}
	}
	step.Anchor = key
	if n := named["\x00"+key]; n > 0 {
		step.Anchor = fmt.Sprintf("%s-again-%d", key, n)
	}
	named["\x00"+key]++
}

func headline(b Block) string {
	text := b.Text
	if text == "" {
		text = b.Code.Text
	}
	return strings.Join(strings.Fields(text), " ")
}

func names(actions []Action) []string {
	var out []string
	for _, a := range actions {
		if !slices.Contains(out, a.Name) {
			out = append(out, a.Name)
		}
	}
	return out
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
