package guides

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/crosscheck-dev/crosscheck/fixtures/strict"
)

// The rules by which a reader's own problems are reported.
const (
	RuleMarkup   = "page-markup"
	RuleEncoding = "page-encoding"
)

// maxBytes keeps a mistyped file name from filling the memory; the longest real pages are some hundred kilobytes.
const maxBytes = 64 << 20

// ReadFile reads the page in a file. What is not a page at all is a *strict.Problem.
func ReadFile(name string) (*Page, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, &strict.Problem{File: name, What: "there is no such page",
			Remedy: "name a Markdown, AsciiDoc or text file"}
	case info.IsDir():
		return nil, &strict.Problem{File: name, What: "is a folder", Remedy: "name the page in it"}
	case info.Size() > maxBytes:
		return nil, &strict.Problem{File: name, What: fmt.Sprintf("is larger than %d MB", maxBytes>>20),
			Remedy: "name a single page"}
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read a page: %w", err)
	}
	return Read(name, data)
}

// Read reads a page; the name decides on the format: .md, .markdown, .adoc, .asciidoc, or else plain text. An empty or
// binary page is a *strict.Problem; everything else becomes a Page, with what is wrong in its Problems.
func Read(name string, data []byte) (*Page, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, &strict.Problem{File: name, What: "is empty", Remedy: "name a page with text in it"}
	}
	if binary(data) {
		return nil, &strict.Problem{File: name, What: "is not text", Remedy: "name a Markdown, AsciiDoc or text file"}
	}
	b := &builder{page: &Page{File: name, Anchors: map[string]int{}}}
	source := b.normalize(data)
	b.page.lines = strings.Split(strings.TrimSuffix(source, "\n"), "\n")
	switch strings.ToLower(filepath.Ext(name)) {
	case ".md", ".markdown":
		b.page.Format = Markdown
		b.markdown(source)
	case ".adoc", ".asciidoc", ".asc":
		b.page.Format = AsciiDoc
		b.asciidoc()
	default:
		b.page.Format = Text
		b.text()
	}
	b.silences()
	b.page.Steps = steps(b.page)
	return b.page, nil
}

// binary holds for what no reader could make sense of: UTF-16, images, archives.
func binary(data []byte) bool {
	sample := data[:min(len(data), 64<<10)]
	control := 0
	for _, c := range sample {
		if c == 0 {
			return true
		}
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1b {
			control++
		}
	}
	return control*20 > len(sample)
}

// normalize gives every line the same end and every byte a meaning, and keeps the line numbers.
func (b *builder) normalize(data []byte) string {
	text := string(data)
	if !utf8.ValidString(text) {
		line := 1
		for rest := text; ; {
			r, size := utf8.DecodeRuneInString(rest)
			if r == utf8.RuneError && size <= 1 {
				break
			}
			if r == '\n' {
				line++
			}
			rest = rest[size:]
		}
		b.problem(Pos{line, 1}, RuleEncoding, "the page is not UTF-8 from here on; such bytes are read as \uFFFD")
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	crlf, lf := strings.Count(text, "\r\n"), strings.Count(text, "\n")
	if crlf > 0 && crlf < lf {
		first, end := 1, strings.IndexByte(text, '\n')
		for i, line := range strings.SplitAfter(text, "\n") {
			if strings.HasSuffix(line, "\r\n") != strings.HasSuffix(text[:end+1], "\r\n") {
				first = i + 1
				break
			}
		}
		b.problem(Pos{first, 1}, RuleEncoding, fmt.Sprintf("%d lines end in CR LF and %d in LF; this is the first that "+
			"differs", crlf, lf-crlf))
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return strings.ReplaceAll(text, "\r", "\n")
}

// builder fills a page.
type builder struct {
	page    *Page
	lists   int
	unknown map[string]bool
}

func (b *builder) problem(at Pos, rule, what string) {
	b.page.Problems = append(b.page.Problems, Problem{at, rule, what})
}

// unknownMarkup names a directive or tag that no reader knows, once.
func (b *builder) unknownMarkup(at Pos, kind, name string) {
	if b.unknown == nil {
		b.unknown = map[string]bool{}
	}
	if key := kind + " " + name; !b.unknown[key] {
		b.unknown[key] = true
		b.problem(at, RuleMarkup, fmt.Sprintf("unknown %s %s; what is in it is read as ordinary text", kind, name))
	}
}

// headingAnchor is an anchor at the end of a heading: [name] or [#name].
var headingAnchor = regexp.MustCompile(`\s*\[#?([A-Za-z0-9_.-]+)\]\s*$`)

// newSection begins a section; an anchor at the end of its title counts as explicit.
func (b *builder) newSection(at Pos, level int, title, anchor string) {
	if m := headingAnchor.FindStringSubmatchIndex(title); m != nil && b.page.Format == Markdown {
		title, anchor = title[:m[0]], title[m[2]:m[3]]
	}
	title = strings.TrimSpace(title)
	slug := Slug(title)
	if anchor == "" {
		anchor = slug
	}
	for _, a := range []string{anchor, slug} {
		if _, known := b.page.Anchors[a]; !known && a != "" {
			b.page.Anchors[a] = at.Line
		}
	}
	if b.page.Title == "" {
		b.page.Title = title
	}
	b.page.Sections = append(b.page.Sections, Section{at, title, anchor, level})
}

func (b *builder) add(block Block) {
	block.Section = len(b.page.Sections) - 1
	if block.Last < block.Line {
		block.Last = block.Line
	}
	block.Text = strings.TrimSpace(block.Text)
	if block.Kind == Code || block.Text != "" {
		b.page.Blocks = append(b.page.Blocks, block)
	}
}

var notSlug = regexp.MustCompile(`[^\p{L}\p{N}._]+`)

// Slug is the anchor that a heading of that title has.
func Slug(title string) string {
	return strings.Trim(notSlug.ReplaceAllString(strings.ToLower(strings.ReplaceAll(title, "'", "")), "-"), "-")
}

// ignoring is a comment of any of the formats that takes a finding back.
var ignoring = regexp.MustCompile(`(?:<!--|//|%|#)\s*crosscheck:\s*ignore\s+([a-z0-9-]+)[ \t]*(.*?)\s*(?:-->)?\s*$`)

// silences finds the comments; one holds for the block that follows it.
func (b *builder) silences() {
	for i, line := range b.page.lines {
		if !strings.Contains(line, "crosscheck:") {
			continue
		}
		m := ignoring.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		s := Silence{Line: i + 1, Rule: m[1], Reason: m[2], From: i + 2, To: i + 2}
		after := sort.Search(len(b.page.Blocks), func(n int) bool { return b.page.Blocks[n].Last > i+1 })
		if after < len(b.page.Blocks) {
			s.To = max(b.page.Blocks[after].Last, s.To)
		}
		b.page.Silences = append(b.page.Silences, s)
	}
}
