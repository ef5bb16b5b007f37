package guides

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Step is something that the page has its reader do.
type Step struct {
	Pos
	// Anchor names the step on its page: the section's anchor, and the number or the place in the section.
	Anchor   string
	Sections []string // anchors of the sections that it is in, innermost first
	Number   string   // of a numbered step; empty for others
	Title    string   // its first line
	Actions  []string // what it is about, the main thing first
	Model    string   // the only model that it is for; empty for both
	Applies  string   // the title that limits it to some versions; empty for all
	Path     []string // titles of the tabs and dropdowns around it, outermost first
	Blocks   []int    // indexes into Page.Blocks
	Last     int      // last line
}

// Action is the main one, or empty.
func (s Step) Action() string {
	if len(s.Actions) == 0 {
		return ""
	}
	return s.Actions[0]
}

// group is the blocks of one step.
type group struct {
	key    string
	number string
	blocks []int
}

// stepper groups blocks into steps: numbered items; bullets that say what to do; code outside of those, with the
// paragraphs before it; and what else asks for something that no step on the page is about.
type stepper struct {
	page    *Page
	lists   map[int]int // the first block of every list
	parents []int       // of every section, -1 where there is none
	groups  []*group
	byKey   map[string]*group
	pending []int // paragraphs that may lead in to code
	loose   []int // paragraphs that did not
}

func steps(p *Page) []Step {
	s := &stepper{page: p, byKey: map[string]*group{}, lists: map[int]int{}}
	for i, b := range p.Blocks {
		for _, item := range b.Items {
			if _, seen := s.lists[item.List]; !seen {
				s.lists[item.List] = i
			}
		}
	}
	s.parents = parents(p.Sections)
	for i, b := range p.Blocks {
		switch {
		case s.callout(i), s.remark(i):
		case b.Inside("step") || ordered(b) != nil:
			s.join(s.numbered(b), i)
		case b.Kind == Code:
			s.code(i)
		case b.Note() != "":
			s.note(i)
		case s.bullet(i):
			item := b.Items[0]
			s.join(group{key: fmt.Sprintf("b%d.%d", item.List, item.Index)}, i)
		default:
			if n := len(s.pending); n > 0 && !s.near(s.pending[n-1], i) {
				s.flush()
			}
			s.pending = append(s.pending, i)
		}
	}
	s.flush()
	out := make([]Step, 0, len(s.groups))
	for _, g := range s.groups {
		out = append(out, s.step(g))
	}
	out = append(out, s.asking(out)...)
	slices.SortStableFunc(out, func(a, b Step) int { return a.Blocks[0] - b.Blocks[0] })
	named := map[string]int{}
	for i := range out {
		s.name(&out[i], named)
	}
	return out
}

// parents gives for each section the index of the one that it stands in, or -1.
func parents(sections []Section) []int {
	var all, open []int
	for i, section := range sections {
		for len(open) > 0 && sections[open[len(open)-1]].Level >= section.Level {
			open = open[:len(open)-1]
		}
		all = append(all, -1)
		if len(open) > 0 {
			all[i] = open[len(open)-1]
		}
		open = append(open, i)
	}
	return all
}

func (s *stepper) flush() {
	s.loose = append(s.loose, s.pending...)
	s.pending = nil
}

// ordered is the outermost ordered item around a block.
func ordered(b Block) *Item {
	for i := range b.Items {
		if b.Items[i].Ordered {
			return &b.Items[i]
		}
	}
	return nil
}

func (s *stepper) numbered(b Block) group {
	for _, c := range b.In {
		if c.Kind == "step" {
			return group{key: fmt.Sprintf("s%d", c.Line), number: "*"}
		}
	}
	item := ordered(b)
	number := item.Number
	if item.Index > 0 && number <= 1 { // a list of which every item is written as 1.
		number = item.Index + 1
	}
	return group{key: fmt.Sprintf("i%d.%d", item.List, item.Index), number: fmt.Sprint(number)}
}

func (s *stepper) join(g group, i int) {
	s.flush()
	known := s.byKey[g.key]
	if known == nil {
		known = &group{key: g.key, number: g.number}
		s.byKey[g.key] = known
		s.groups = append(s.groups, known)
	}
	known.blocks = append(known.blocks, i)
}

// marked is a line of code with the mark of a callout; a renderer leaves a blank at the end where one was.
var marked = regexp.MustCompile(`(?m)(?:<\d+>|\(\d+\)|\S[ \t]+)$`)

// callout reports whether a block is in a list that explains the code before it.
func (s *stepper) callout(i int) bool {
	b := s.page.Blocks[i]
	if len(b.Items) == 0 || !b.Items[len(b.Items)-1].Ordered {
		return false
	}
	first := s.lists[b.Items[len(b.Items)-1].List]
	if first == 0 {
		return false
	}
	code := s.page.Blocks[first-1]
	return code.Kind == Code && len(code.Items) < len(b.Items) && code.Section == b.Section &&
		(s.page.Format == Text || marked.MatchString(code.Code.Text))
}

// remark reports whether a block is in a list of things to note, not of things to do.
func (s *stepper) remark(i int) bool {
	b := s.page.Blocks[i]
	if len(b.Items) == 0 || !b.Items[0].Ordered {
		return false
	}
	first := s.lists[b.Items[0].List]
	return first > 0 && s.page.Blocks[first-1].Section == b.Section &&
		strings.HasPrefix(s.page.Blocks[first-1].Text, "Note ")
}

// near reports whether two blocks stand in the same section and the same containers, notes aside.
func (s *stepper) near(a, b int) bool {
	x, y := s.page.Blocks[a], s.page.Blocks[b]
	return x.Section == y.Section && slices.EqualFunc(outside(x), outside(y),
		func(c, d Container) bool { return c.Line == d.Line })
}

// outside are the containers that change where a reader is: tabs, dropdowns, steps.
func outside(b Block) []Container {
	var kept []Container
	for _, c := range b.In {
		if c.Kind == "tab" || c.Kind == "dropdown" || c.Kind == "step" {
			kept = append(kept, c)
		}
	}
	return kept
}

func (s *stepper) code(i int) {
	if n := len(s.groups); n > 0 {
		last := s.groups[n-1]
		if end := last.blocks[len(last.blocks)-1]; last.key == "" && s.near(end, i) && s.page.Blocks[i].Answer() &&
			s.page.Blocks[end].Kind == Code && !s.page.Blocks[end].Answer() {
			last.blocks = append(append(last.blocks, s.pending...), i)
			s.pending = nil
			return
		}
	}
	if n := len(s.pending); n > 0 && !s.near(s.pending[n-1], i) {
		s.flush()
	}
	s.groups = append(s.groups, &group{blocks: append(s.pending, i)})
	s.pending = nil
}

// Answer reports whether a code block shows what a request answers: JSON without a request before it.
func (b Block) Answer() bool {
	text := strings.TrimSpace(b.Code.Text)
	return b.Kind == Code && strings.HasPrefix(text, "{") && !consoleStart(text)
}

// note gives an admonition to the step that it stands below.
func (s *stepper) note(i int) {
	if n := len(s.pending); n > 0 && s.near(s.pending[n-1], i) {
		s.pending = append(s.pending, i)
		return
	}
	if n := len(s.groups); n > 0 {
		last := s.groups[n-1]
		if s.near(last.blocks[len(last.blocks)-1], i) {
			last.blocks = append(last.blocks, i)
		}
	}
}

// A bullet that begins with the name of a field explains it; it is no step.
var field = regexp.MustCompile(`^[\w ()]{1,40}:`)

// bulletActions are what a bullet can ask for; with the others it explains.
var bulletActions = []string{Prerequisites, CreateKey, StoreKey, TrustAuthority}

func (s *stepper) bullet(i int) bool {
	b := s.page.Blocks[i]
	if len(b.Items) == 0 || field.MatchString(b.Text) || len(b.Spans) > 0 && strings.HasPrefix(b.Text, b.Spans[0].Text) {
		return false
	}
	about := actionsOf(b.Text)
	return len(about) > 0 && slices.Contains(bulletActions, about[0].Name)
}

// asking makes steps of loose paragraphs: of sections that have none, and of what no step is about.
func (s *stepper) asking(have []Step) []Step {
	var out []Step
	sections, about := map[int]bool{}, map[string]bool{}
	for _, step := range have {
		sections[s.page.Blocks[step.Blocks[0]].Section] = true
		for _, a := range step.Actions {
			about[a] = true
		}
	}
	for _, i := range s.loose {
		b := s.page.Blocks[i]
		actions := actionsOf(b.Text)
		if b.Section >= 0 && !sections[b.Section] {
			actions = append(actionsOf(s.page.Sections[b.Section].Title), actions...)
		}
		if len(actions) == 0 || about[actions[0].Name] || len(b.Items) > 0 || b.Section < 0 ||
			sections[b.Section] && s.page.Format != Text || actions[0].Name == NetworkSecurity ||
			actions[0].Name == StrongIdentity {
			continue
		}
		about[actions[0].Name], sections[b.Section] = true, true
		step := s.step(&group{blocks: []int{i}})
		step.Actions, step.Model = names(actions), first(step.Model, actions[0].Model)
		out = append(out, step)
	}
	return out
}
