package diagnose

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
)

// knownFrom are the blocks of a signature, as where the catalogue knows a text or a field from.
var knownFrom = map[string]string{
	catalogue.BlockRequest:    "known from refused requests of this kind",
	catalogue.BlockSkipFalse:  "known from what a search answers",
	catalogue.BlockSkipTrue:   "known from what a search answers when the remote cluster may be skipped",
	catalogue.BlockRemoteInfo: "known from GET /_remote/info",
	catalogue.BlockResolve:    "known from GET /_resolve/cluster",
	catalogue.BlockLocalLog:   "known from the local cluster's log",
	catalogue.BlockRemoteLog:  "known from the remote cluster's log",
	catalogue.BlockClue:       "known from reports and from the product",
}

// kindNames are the kinds of evidence that can contradict an entry.
var kindNames = map[evidence.Kind]string{
	evidence.Answer:         "the answer",
	evidence.RemoteInfo:     "GET /_remote/info",
	evidence.ResolveCluster: "GET /_resolve/cluster",
	evidence.Settings:       "the settings",
}

// shows says what of an entry a piece was held against.
func shows(e entry, h hit, p evidence.Piece) string {
	if h.signal < 0 {
		name, ok := kindNames[p.Kind]
		if !ok {
			name = "this"
		}
		return "speaks against it: with this failure " + name + " is another one"
	}
	s := e.signals[h.signal]
	if p.Kind != evidence.Answer { // a log line, or words, have no status
		s.Status = 0
	}
	text := knownFrom[s.Block] + ": " + described(s)
	if s.Generic {
		text += " (many failures say this)"
	}
	return text
}

// described is a signal in words.
func described(s catalogue.Signal) string {
	text := ""
	if s.Text != nil {
		text = sample(s.Text)
	}
	return describe(s, text)
}

// describe is a signal in words, with a text in place of its pattern.
func describe(s catalogue.Signal, text string) string {
	var parts []string
	if s.Status > 0 {
		parts = append(parts, fmt.Sprintf("status %d", s.Status))
	}
	if s.Cluster != "" {
		parts = append(parts, "the cluster is "+s.Cluster)
	}
	for _, f := range s.Fields {
		parts = append(parts, f.Name+": "+f.String())
	}
	if text != "" {
		parts = append(parts, "«"+text+"»")
	}
	if len(parts) == 0 {
		return "no answer"
	}
	return strings.Join(parts, ", ")
}

// gaps are places of a sample that may hold anything, and blanks that are left over.
var gaps = regexp.MustCompile(`…(?: *…)+| {2,}`)

// sample is a text that a pattern finds, for reading: of alternatives the first, and … for what differs each time.
func sample(pattern *regexp.Regexp) string {
	parsed, err := syntax.Parse(pattern.String(), syntax.Perl)
	if err != nil { // it is compiled already
		return pattern.String()
	}
	return strings.Trim(gaps.ReplaceAllStringFunc(sampleOf(parsed), func(gap string) string {
		if strings.Contains(gap, "…") {
			return "…"
		}
		return " "
	}), " …")
}

func sampleOf(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		text := string(re.Rune)
		if re.Flags&syntax.FoldCase != 0 {
			text = strings.ToLower(text)
		}
		return text
	case syntax.OpCapture:
		return sampleOf(re.Sub[0])
	case syntax.OpConcat:
		var b strings.Builder
		for _, sub := range re.Sub {
			b.WriteString(sampleOf(sub))
		}
		return b.String()
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			if text := sampleOf(sub); strings.Trim(text, "… ") != "" {
				return text
			}
		}
		return ""
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest:
		if op := re.Sub[0].Op; op == syntax.OpAnyChar || op == syntax.OpAnyCharNotNL {
			return " … "
		}
		if re.Op == syntax.OpQuest {
			return ""
		}
		return "…"
	case syntax.OpRepeat, syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return "…"
	}
	return "" // an anchor, or what may be left out
}
