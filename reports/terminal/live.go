package terminal

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/crosscheck-dev/crosscheck/reports/words"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

const (
	hideCursor = "\x1b[?25l"
	showCursor = "\x1b[?25h"
	eraseLine  = "\x1b[K" // from the cursor to the line's end
	eraseBelow = "\x1b[J" // from the cursor to the screen's end
	// What the block's parts may take at most.
	maxClusterLines, maxFeatureWidth, maxHeaderWidth = 3, 36, 110
	// minForEstimate is how many scenarios must have run before their pace says something.
	minForEstimate = 2
)

// write passes text on; when the terminal is gone there is nobody left to tell.
func (v *View) write(text string) { _, _ = io.WriteString(v.out, text) }

// event is a plain line with the time since the start. A terminal shows the same in its block.
func (v *View) event(line string) {
	if v.options.TTY {
		return
	}
	v.write(fmt.Sprintf("[%6.1fs] %s\n", v.options.Now().Sub(v.begin).Seconds(), line))
}

// raise prints a line that stays: above the block while there is one.
func (v *View) raise(line string) {
	if !v.options.TTY || v.over {
		v.write(line + "\n")
		return
	}
	v.above = append(v.above, line)
	v.dirty = true
}

// paint replaces the block in one write, so that nothing flickers.
func (v *View) paint() {
	width, height := v.size()
	var b strings.Builder
	if !v.hidden {
		b.WriteString(hideCursor)
		v.hidden = true
	}
	up := 0
	for _, w := range v.painted {
		up += max(1, (w+width-1)/width) // a line wraps when the window became narrower
	}
	if up > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", up)
	}
	b.WriteString("\r")
	if len(v.above) > 0 {
		// These may wrap over what stands there.
		b.WriteString(eraseBelow)
		for _, line := range v.above {
			b.WriteString(line + "\n")
		}
	}
	v.painted = v.painted[:0]
	if v.over {
		height = math.MaxInt32 // the last block is not repainted and may scroll
	}
	for _, line := range v.block(width, height) {
		line = clip(line, width-1) // a character in the last column would be erased
		v.painted = append(v.painted, text.StringWidthWithoutEscSequences(line))
		b.WriteString(line)
		if v.options.Color {
			b.WriteString("\x1b[0m")
		}
		b.WriteString(eraseLine + "\n")
	}
	b.WriteString(eraseBelow)
	v.write(b.String())
	v.above, v.dirty, v.lastPaint = nil, false, v.options.Now()
}

// endLive leaves the block as it stands and gives the cursor back.
func (v *View) endLive() {
	v.over = true
	if v.options.TTY {
		v.paint()
		if v.hidden {
			v.write(showCursor)
		}
		v.hidden, v.painted = false, nil
	}
}

func (v *View) size() (width, height int) {
	if v.options.Size != nil {
		width, height = v.options.Size()
	}
	if width <= 0 {
		width = defaultWidth
	}
	if height <= 0 {
		height = defaultHeight
	}
	return max(width, 20), max(height, 6)
}

// block gives the lines of the live block; at most one less than the screen has, or it could not be repainted.
func (v *View) block(width, height int) []string {
	if !v.planned {
		return nil
	}
	lines := []string{v.wideHeader(width), ""}
	lines = append(lines, v.clusterLines(width)...)
	var tail []string
	if !v.over {
		tail = v.runningLines()
	}
	tail = append(tail, "", v.footer())
	lines = append(lines, v.groupLines(width, height-1-len(lines)-len(tail))...)
	lines = append(lines, tail...)
	if extra := len(lines) - (height - 1); extra > 0 {
		lines = lines[extra:]
	}
	return lines
}

func (v *View) wideHeader(width int) string {
	left, right := v.headerParts("   ")
	gap := min(width-1, maxHeaderWidth) - text.StringWidthWithoutEscSequences(left+right)
	return v.paintText(bold, left) + strings.Repeat(" ", max(3, gap)) + right
}

func (v *View) clusterLines(width int) []string {
	const first, next = "  clusters   ", "             "
	var lines []string
	line := first
	for i, c := range v.clusters {
		item := v.clusterText(c, true)
		if line != first && line != next && text.StringWidthWithoutEscSequences(line+" · "+item) > width-1 {
			if len(lines) == maxClusterLines-1 {
				line += fmt.Sprintf(" · and %d more", len(v.clusters)-i)
				break
			}
			lines, line = append(lines, line), next
		}
		if line != first && line != next {
			line += " · "
		}
		line += item
	}
	if line != first {
		lines = append(lines, line)
	}
	return lines
}

// groupLines shows the groups, or as many of them as there is room for: those under way first, finished ones last.
func (v *View) groupLines(width, room int) []string {
	var shown []int
	urgency := func(g *group) int {
		switch {
		case len(g.marks) >= g.Scenarios:
			return 2
		case len(g.marks) == 0:
			return 1
		}
		return 0
	}
	for i := range v.groups {
		shown = append(shown, i)
	}
	hidden := 0
	if len(shown) > room {
		slices.SortStableFunc(shown, func(a, b int) int { return urgency(v.groups[a]) - urgency(v.groups[b]) })
		shown = shown[:max(0, room-1)]
		hidden = len(v.groups) - len(shown)
		slices.Sort(shown)
	}
	names, marks := 0, 0
	for _, i := range shown {
		names = max(names, text.StringWidthWithoutEscSequences(v.line(v.groups[i].Feature)))
		marks = max(marks, v.groups[i].Scenarios, len(v.groups[i].marks))
	}
	names = min(names, maxFeatureWidth, width/2)
	marks = min(marks, max(12, width-names-46))
	var lines []string
	for _, i := range shown {
		g := v.groups[i]
		lines = append(lines, fmt.Sprintf("  %s  %s  %5s   local %s -> remote %s",
			text.Pad(clip(v.line(g.Feature), names), names, ' '), text.Pad(v.marks(g, marks), marks, ' '),
			fmt.Sprintf("%d/%d", len(g.marks), max(g.Scenarios, len(g.marks))), v.line(g.Pair.Local), v.line(g.Pair.Remote)))
	}
	if hidden > 0 {
		lines = append(lines, fmt.Sprintf("  … and %d more", hidden))
	}
	return lines
}

// marks shows a mark for each scenario of the group, or counts of them when there are more than columns.
func (v *View) marks(g *group, columns int) string {
	left := max(0, g.Scenarios-len(g.marks))
	var b strings.Builder
	if len(g.marks)+left <= columns {
		for _, verdict := range g.marks {
			b.WriteString(v.mark(verdict))
		}
		return b.String() + strings.Repeat("·", left)
	}
	counts := map[verdict.Verdict]int{}
	for _, verdict := range g.marks {
		counts[verdict]++
	}
	for _, verdict := range verdict.Verdicts() {
		if counts[verdict] > 0 {
			fmt.Fprintf(&b, "%s%d ", v.mark(verdict), counts[verdict])
		}
	}
	if left > 0 {
		fmt.Fprintf(&b, "·%d", left)
	}
	return clip(strings.TrimSpace(b.String()), columns)
}

func (v *View) runningLines() []string {
	var lines []string
	for _, r := range v.running {
		lines = append(lines, fmt.Sprintf("  lane %d   %s   %s   step %d, %s", r.scenario.Lane, v.line(r.scenario.Name),
			v.line(r.scenario.Pair().String()), r.steps+1, v.since(r.since)))
	}
	return lines
}

func (v *View) footer() string {
	parts := []string{fmt.Sprintf("  %d/%d", v.done, max(v.plan.Scenarios, v.done))}
	for _, verdict := range verdict.Verdicts()[1:] {
		if n := v.counts[verdict]; n > 0 {
			parts = append(parts, v.paintText(colors[verdict], fmt.Sprintf("%d %s", n, verdict)))
		}
	}
	return strings.Join(append(parts, v.since(v.begin)+v.estimate()), "   ")
}

// estimate goes by the pace of the scenarios that ran, on all lanes together.
func (v *View) estimate() string {
	todo := v.plan.Scenarios - v.done
	if v.over || todo <= 0 || v.ran < minForEstimate {
		return ""
	}
	left := v.options.Now().Sub(v.firstStart).Seconds() / float64(v.ran) * float64(todo)
	step := 60.0
	switch {
	case left <= 30:
		step = 5
	case left <= 90:
		step = 10
	}
	left = max(step, math.Round(left/step)*step)
	if step == 60 {
		return fmt.Sprintf(", about %dm left", int(left/60))
	}
	return fmt.Sprintf(", about %s left", words.Seconds(left))
}

// since reads whole seconds: the block is repainted once a second.
func (v *View) since(t time.Time) string {
	return words.Seconds(math.Floor(v.options.Now().Sub(t).Seconds()))
}

// clip cuts a line to columns, with an ellipsis.
func clip(line string, columns int) string {
	if columns <= 0 {
		return ""
	}
	return text.Snip(line, columns, "…")
}
