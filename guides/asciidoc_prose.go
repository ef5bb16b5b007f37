package guides

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// prose reads an item, a term, a callout or a paragraph that begins with text.
func (r *adocReader) prose(at Pos, text string) {
	if m := adocInlineNote.FindStringSubmatch(text); m != nil {
		r.note, text = strings.ToLower(m[1]), m[2]
	} else if m := adocCallout.FindStringSubmatch(text); m != nil {
		r.rest(m[2]) // explains a line of code
		return
	} else if m := adocItem.FindStringSubmatch(text); m != nil {
		r.item(m[1], at.Line)
		text = m[2]
		at.Column += utf8.RuneCountInString(m[0]) - utf8.RuneCountInString(text)
	} else if m := adocTerm.FindStringSubmatch(text); len(m) > 1 && !strings.Contains(m[1], ". ") {
		r.term(at, m[1], m[2])
		return
	} else if !r.joined {
		r.items = nil
	}
	r.paragraph(at, r.rest(text))
}

func (r *adocReader) paragraph(at Pos, text string) {
	prose, spans := adocInline(text, at)
	r.add(Block{Kind: Paragraph, Pos: at, Text: prose, Spans: spans, In: r.containers(), Items: r.path(), Last: r.i})
	r.reset()
}

// rest is the whole paragraph that began with first.
func (r *adocReader) rest(first string) string {
	lines := []string{first}
	for r.i < len(r.page.lines) {
		next := strings.TrimSpace(r.page.lines[r.i])
		if next == "" || next == "+" || adocItem.MatchString(next) || adocDelimiter.MatchString(next) ||
			adocStyle.MatchString(next) ||
			adocCallout.MatchString(next) || strings.HasPrefix(next, "//") || adocDirective.MatchString(next) {
			break
		}
		lines = append(lines, next)
		r.i++
	}
	return strings.Join(lines, "\n")
}

// term is a definition's, or a tab's where tabs are open.
func (r *adocReader) term(at Pos, term, definition string) {
	if n := len(r.open); n > 0 && (r.open[n-1].kind == "tabs" || r.open[n-1].kind == "tab") {
		if r.open[n-1].kind == "tab" {
			r.open = r.open[:n-1]
		}
		r.open = append(r.open, adocOpen{kind: "tab", title: term, line: at.Line})
		r.items, r.joined = nil, false
		return
	}
	prose, spans := adocInline(term, at)
	r.add(Block{Kind: Term, Pos: at, Text: prose, Spans: spans, In: r.containers(), Items: r.path()})
	if definition != "" {
		r.paragraph(Pos{at.Line, at.Column + utf8.RuneCountInString(term) + 3}, r.rest(definition))
	}
}

func (r *adocReader) item(mark string, line int) {
	item := Item{Ordered: mark[0] == '.' || mark[0] >= '0' && mark[0] <= '9' || mark[0] >= 'a', Line: line}
	key := mark
	if n, err := strconv.Atoi(strings.TrimSuffix(mark, ".")); err == nil {
		item.Number, key = n, "1."
	}
	for n := len(r.items) - 1; n >= 0; n-- {
		if r.items[n].marker == key {
			item.List, item.Index = r.items[n].List, r.items[n].Index+1
			if item.Number == 0 && item.Ordered {
				item.Number = item.Index + 1
			}
			r.items = append(r.items[:n:n], adocList{item, key})
			return
		}
	}
	r.lists++
	item.List = r.lists
	if item.Number == 0 && item.Ordered {
		item.Number = 1
	}
	r.items = append(r.items, adocList{item, key})
}

func (r *adocReader) path() []Item {
	var items []Item
	for _, i := range r.items {
		items = append(items, i.Item)
	}
	return items
}

var (
	adocSpan = regexp.MustCompile("`\\+?([^`\n]+?)\\+?`|\\*([^*\n]+)\\*|<<([\\w.:-]+)(?:,([^>]*))?>>" +
		"|(?:xref|link):([^\\s\\[]+)\\[([^\\]]*)\\]|(https?://[^\\s\\[]+)\\[([^\\]]*)\\]")
	adocNoise = regexp.MustCompile("[`*]")
)

func plainTitle(title string) string { return adocNoise.ReplaceAllString(title, "") }

// adocInline flattens a paragraph and collects what is marked up in it.
func adocInline(text string, at Pos) (string, []Span) {
	var prose strings.Builder
	var spans []Span
	last := 0
	for _, m := range adocSpan.FindAllStringSubmatchIndex(text, -1) {
		group := func(n int) string {
			if m[2*n] < 0 {
				return ""
			}
			return text[m[2*n]:m[2*n+1]]
		}
		prose.WriteString(text[last:m[0]])
		last = m[1]
		span := Span{Pos: within(text, m[0]+1, at), Kind: Link}
		switch {
		case m[2] >= 0:
			span.Kind, span.Text = Literal, group(1)
		case m[4] >= 0:
			span.Kind, span.Text = Strong, group(2)
		case m[6] >= 0:
			span.Text, span.Target = group(4), "#"+group(3)
		case m[10] >= 0:
			span.Text, span.Target = group(6), group(5)
		default:
			span.Text, span.Target = group(8), group(7)
		}
		prose.WriteString(span.Text)
		spans = append(spans, span)
	}
	prose.WriteString(text[last:])
	return prose.String(), spans
}

// within is the place of a byte of a paragraph that begins at at; later lines are taken as not indented.
func within(text string, offset int, at Pos) Pos {
	before := text[:min(offset, len(text))]
	if i := strings.LastIndexByte(before, '\n'); i >= 0 {
		return Pos{at.Line + strings.Count(before, "\n"), utf8.RuneCountInString(before[i+1:]) + 1}
	}
	return Pos{at.Line, at.Column + utf8.RuneCountInString(before)}
}
