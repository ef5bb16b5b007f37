package changes

import (
	"fmt"
	"slices"
	"strings"

	wrap "github.com/jedib0t/go-pretty/v6/text"
)

// width is how wide lines of text may be.
const width = 110

// Text is the changes for people: grouped, a block a failure.
func (c *Changes) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "From %s to %s\n", c.From.Asked, c.To.Asked)
	for _, v := range []Version{c.From, c.To} {
		fmt.Fprintf(&b, "  %s\n", v.said())
	}
	b.WriteByte('\n')
	for _, line := range c.Together {
		indented(&b, "  ", "  ", line)
	}
	titled := func(title string, facts []Fact) {
		if len(facts) == 0 {
			return
		}
		fmt.Fprintf(&b, "\n%s\n", title)
		for _, f := range facts {
			indented(&b, "  ", "    ", f.Title+" ("+f.ID+")")
		}
	}
	titled("What begins", c.Begins)
	titled("What ends", c.Ends)
	if len(c.Info) > 0 {
		b.WriteString("\n_remote/info of a connected remote cluster\n")
		for _, change := range c.Info {
			change.write(&b)
		}
	}
	for _, common := range c.Common {
		fmt.Fprintf(&b, "\nAlike in %d failures\n", len(common.Failures))
		common.write(&b)
		indented(&b, "    in ", "       ", strings.Join(common.Failures, ", "))
	}
	for _, f := range c.Failures {
		fmt.Fprintf(&b, "\n%s: %s\n", f.ID, f.Title)
		for _, change := range f.Changes {
			change.write(&b)
		}
	}
	only := func(v Version, all []Unseen) {
		if len(all) == 0 {
			return
		}
		fmt.Fprintf(&b, "\nSeen on %s alone\n", v.Measured)
		for _, why := range reasons(all) {
			indented(&b, "  ", "    ", why.why+": "+strings.Join(why.ids, ", "))
		}
	}
	only(c.From, c.OnlyFrom)
	only(c.To, c.OnlyTo)
	return b.String()
}

// said is where the version was measured.
func (v Version) said() string {
	text := fmt.Sprintf("%s: measured on %s, %s images", v.Measured, v.When, strings.Join(v.Images, " and "))
	if v.Asked != v.Measured && !strings.HasPrefix(v.Measured, v.Asked+".") {
		text += fmt.Sprintf("; it stands for %s, which was not surveyed, as the nearest that was", v.Asked)
	}
	return text
}

func (c Change) write(b *strings.Builder) {
	fmt.Fprintf(b, "  %s\n", c.Aspect)
	for _, text := range c.Before {
		indented(b, "    - ", "      ", text)
	}
	for _, text := range c.After {
		indented(b, "    + ", "      ", text)
	}
}

// indented writes a text in lines that begin with next, the first one with first.
func indented(b *strings.Builder, first, next, text string) {
	wrapped := wrap.WrapSoft(strings.Join(strings.Fields(text), " "), width-len(next))
	for line := range strings.SplitSeq(wrapped, "\n") {
		b.WriteString(first + strings.TrimSpace(line) + "\n")
		first = next
	}
}

type reason struct {
	why string
	ids []string
}

// reasons gathers entries by why they were not seen, in the order in which the reasons are met.
func reasons(all []Unseen) []reason {
	var by []reason
	for _, u := range all {
		i := slices.IndexFunc(by, func(r reason) bool { return r.why == u.Why })
		if i < 0 {
			by, i = append(by, reason{why: u.Why}), len(by)
		}
		by[i].ids = append(by[i].ids, u.ID)
	}
	return by
}
