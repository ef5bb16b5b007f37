package preflight

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// String writes the report as aligned lines, each remedy below the line that needs it:
//
//	✔ Docker Engine      20.10.24, API 1.41   needed: API 1.41 or newer (Engine 20.10)
//	! vm.max_map_count   65530                needed: 262144 for multi-node clusters; ...
//	    to fix: as root: sysctl -w vm.max_map_count=262144
//
// ✔ is good, ✘ stops a run, ! is a warning, - could not be looked at.
func (r Report) String() string {
	var name, found int
	for _, i := range r.Items {
		name = max(name, utf8.RuneCountInString(i.Name))
		// A long line, such as an error, must not push every other line's last column away.
		if n := utf8.RuneCountInString(i.Found); n <= 48 {
			found = max(found, n)
		}
	}
	var b strings.Builder
	for _, i := range r.Items {
		fmt.Fprintf(&b, "%s %s   %s   needed: %s\n", i.mark(), pad(i.Name, name), pad(i.Found, found), i.Needed)
		if i.Fixed != "" && i.OK {
			below(&b, "fixed: ", i.Fixed)
		} else if i.Fixed != "" {
			below(&b, "tried: ", i.Fixed)
		}
		if i.failed() && i.Fix != "" {
			below(&b, "to fix: ", i.Fix)
		}
	}
	if r.Refused != "" {
		fmt.Fprintf(&b, "Nothing was fixed: %s.\n", r.Refused)
	}
	return b.String()
}

func (i Item) mark() string {
	switch {
	case i.Unchecked:
		return "-"
	case i.OK:
		return "✔"
	case i.Fatal:
		return "✘"
	default:
		return "!"
	}
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}

// below writes text under a line, its further lines indented like the first.
func below(b *strings.Builder, label, text string) {
	indent := "\n    " + strings.Repeat(" ", len(label))
	fmt.Fprintf(b, "    %s%s\n", label, strings.ReplaceAll(text, "\n", indent))
}
