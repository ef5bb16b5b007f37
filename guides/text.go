package guides

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	textItem  = regexp.MustCompile(`^(\s*)(?:(\d{1,9})[.)]|[•◦▪·*–-])\s+(\S.*)$`)
	textNote  = regexp.MustCompile(`^(Note|Tip|Warning|Important|Caution)(?: [\w ]{3,40})?$`)
	textShell = regexp.MustCompile(`^(?:\$ )?(?:kubectl|curl|bin/elasticsearch-\w+|docker|openssl) `)
	ending    = regexp.MustCompile(`[.!?:;,]$`)
)

// text reads what a browser leaves of a page when its markup is taken away: indentation, numbers, bullets and blank
// lines.
func (b *builder) text() {
	r := &textReader{builder: b}
	lines := b.page.lines
	for i := 0; i < len(lines); {
		if strings.TrimSpace(lines[i]) == "" {
			i++
			continue
		}
		i = r.block(lines, i)
	}
}

type textItemAt struct {
	Item
	column int
}

type textReader struct {
	*builder
	items []textItemAt
	note  string // announced by the line before
	at    Pos
}

// block reads what begins in line i and answers the first line after it.
func (r *textReader) block(lines []string, i int) int {
	line := lines[i]
	indent := len(line) - len(strings.TrimLeft(line, " \t"))
	body := strings.TrimSpace(line)
	if m := textItem.FindStringSubmatch(line); m != nil && !consoleStart(body) {
		r.item(len(m[1]), m[2], i+1)
		body = m[3]
	} else {
		r.leave(indent)
	}
	at := Pos{i + 1, utf8.RuneCountInString(line) - utf8.RuneCountInString(body) + 1}
	if textNote.MatchString(body) && next(lines, i) == "" {
		r.note, r.at = strings.ToLower(strings.Fields(body)[0]), at
		return i + 1
	}
	if lang := codeStart(body); lang != "" {
		return r.code(lines, i, at, lang)
	}
	end := paragraphEnd(lines, i)
	if end == i+1 && indent == 0 && r.note == "" && heading(body) && alone(lines, i) {
		r.newSection(at, 2, body, "")
		return end
	}
	r.prose(lines[i:end], at, body, indent == 0)
	return end
}

// prose adds lines as a paragraph. body is the text of the first one, which stands at the position at; it may be a term
// that the others explain, where nothing is indented.
func (r *textReader) prose(lines []string, at Pos, body string, outer bool) {
	end := at.Line - 1 + len(lines)
	if len(lines) > 1 && outer && len(r.items) == 0 && heading(body) {
		r.add(Block{Kind: Term, Pos: at, Text: body})
		lines, body, at = lines[1:], strings.TrimSpace(lines[1]), Pos{at.Line + 1, 1}
	}
	for _, more := range lines[1:] {
		body += "\n" + strings.TrimSpace(more)
	}
	r.paragraph(Block{Kind: Paragraph, Pos: at, Text: body, Last: end})
}

// paragraphEnd is the first line after the paragraph that begins in line i.
func paragraphEnd(lines []string, i int) int {
	end := i + 1
	for end < len(lines) && strings.TrimSpace(lines[end]) != "" && textItem.FindStringSubmatch(lines[end]) == nil &&
		codeStart(strings.TrimSpace(lines[end])) == "" {
		end++
	}
	return end
}

// alone reports whether line i stands between empty lines.
func alone(lines []string, i int) bool {
	return (i == 0 || strings.TrimSpace(lines[i-1]) == "") && next(lines, i) == ""
}

func next(lines []string, i int) string {
	if i+1 >= len(lines) {
		return ""
	}
	return strings.TrimSpace(lines[i+1])
}

// heading holds for a short line of more than one word that begins like a title and does not end like a sentence.
func heading(line string) bool {
	first, _ := utf8.DecodeRuneInString(line)
	return unicode.IsUpper(first) && len(line) < 90 && strings.Contains(line, " ") && !ending.MatchString(line)
}

func (r *textReader) paragraph(block Block) {
	if r.note != "" {
		block.In = []Container{{Kind: r.note, Line: r.at.Line}}
		r.note = ""
	}
	block.Items = r.path()
	r.add(block)
}

func (r *textReader) path() []Item {
	var items []Item
	for _, i := range r.items {
		items = append(items, i.Item)
	}
	return items
}

// leave closes the items that a line with this indentation is not in.
func (r *textReader) leave(indent int) {
	for len(r.items) > 0 && indent <= r.items[len(r.items)-1].column {
		r.items = r.items[:len(r.items)-1]
	}
}

func (r *textReader) item(column int, number string, line int) {
	item := Item{Ordered: number != "", Line: line}
	item.Number, _ = strconv.Atoi("0" + number) //nolint:errcheck // at most nine digits
	var sibling *textItemAt
	for len(r.items) > 0 && column <= r.items[len(r.items)-1].column {
		sibling = &textItemAt{r.items[len(r.items)-1].Item, r.items[len(r.items)-1].column}
		r.items = r.items[:len(r.items)-1]
	}
	if sibling != nil && sibling.column == column && sibling.Ordered == item.Ordered {
		item.List, item.Index = sibling.List, sibling.Index+1
	} else {
		r.lists++
		item.List = r.lists
	}
	r.items = append(r.items, textItemAt{item, column})
}

// code reads a block of code: to a blank line, or as long as braces are open.
func (r *textReader) code(lines []string, i int, at Pos, lang string) int {
	indent := len(lines[i]) - len(strings.TrimLeft(lines[i], " \t"))
	var text []string
	depth, end := 0, i
	for ; end < len(lines); end++ {
		line := strings.TrimRight(lines[end], " \t")
		if depth <= 0 && (strings.TrimSpace(line) == "" || end > i && textItem.MatchString(line)) {
			break
		}
		depth += strings.Count(line, "{") + strings.Count(line, "[") - strings.Count(line, "}") - strings.Count(line, "]")
		text = append(text, line[min(indent, len(line)-len(strings.TrimLeft(line, " \t"))):])
		if end-i > 2000 { // a brace that is never closed
			break
		}
	}
	end = max(end, i+1)
	r.add(Block{Kind: Code, Pos: at, Last: end,
		Items: r.path(), Code: Snippet{Lang: lang, Text: strings.Join(text, "\n"), Line: i + 1, Indent: indent}})
	return end
}

// codeStart is the language of a code block that a line begins, empty for prose.
func codeStart(line string) string {
	switch {
	case consoleStart(line):
		return "console"
	case strings.HasPrefix(line, "{") && (line == "{" || strings.HasPrefix(strings.TrimSpace(line[1:]), `"`)):
		return "json"
	case strings.HasPrefix(line, "apiVersion: "):
		return "yaml"
	case textShell.MatchString(line):
		return "sh"
	}
	return ""
}

var requestLine = regexp.MustCompile(`^(GET|PUT|POST|DELETE|HEAD|PATCH)\s+(/?[_a-z<{*][^\s]*)(?:\s|$)`)

func consoleStart(line string) bool { return requestLine.MatchString(line) }
