package guides

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// outline is a page in lines that a person can compare with its source.
func outline(p *Page) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s %q\n", p.Format, p.Title)
	for _, s := range p.Sections {
		fmt.Fprintf(&out, "section %d:%d %s %q level %d\n", s.Line, s.Column, s.Anchor, s.Title, s.Level)
	}
	for _, b := range p.Blocks {
		fmt.Fprintf(&out, "%s %d:%d-%d", [...]string{"text", "code", "term"}[b.Kind], b.Line, b.Column, b.Last)
		for _, c := range b.In {
			fmt.Fprintf(&out, " in %s %q", c.Kind, c.Title)
		}
		for _, i := range b.Items {
			fmt.Fprintf(&out, " item %d/%d", i.Number, i.Index)
		}
		if b.Kind == Code {
			fmt.Fprintf(&out, " %s as %q, first line %d after %d columns", b.Language(), b.Code.Lang, b.Code.Line, b.Code.Indent)
		}
		text := b.Text + b.Code.Text
		fmt.Fprintf(&out, " %q", text[:min(len(text), 60)])
		for _, s := range b.Spans {
			fmt.Fprintf(&out, " %s %q%s at %d:%d", [...]string{"literal", "strong", "link"}[s.Kind], s.Text, s.Target, s.Line,
				s.Column)
		}
		out.WriteByte('\n')
	}
	for _, s := range p.Steps {
		fmt.Fprintf(&out, "step %s %d-%d %q %q %v model %q\n", s.Anchor, s.Line, s.Last, s.Number, s.Title, s.Actions,
			s.Model)
	}
	for _, problem := range p.Problems {
		fmt.Fprintf(&out, "problem %d:%d %s: %s\n", problem.Line, problem.Column, problem.Rule, problem.What)
	}
	return out.String()
}

// TestPages compares what is read with testdata/*.golden. UPDATE=1 writes them anew; then read them.
func TestPages(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"harbor.md", "pier.md", "quay.adoc", "jetty.txt"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join("testdata", name)
			page, err := ReadFile(file)
			require.NoError(t, err)
			golden := file + ".golden"
			if os.Getenv("UPDATE") != "" {
				require.NoError(t, os.WriteFile(golden, []byte(outline(page)), 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			if diff := cmp.Diff(string(want), outline(page)); diff != "" {
				t.Errorf("%s reads differently (-golden +now):\n%s", file, diff)
			}
		})
	}
}

func TestNoPage(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ content, want string }{
		"empty":  {"", "p.md: is empty; name a page with text in it"},
		"blank":  {"\ufeff \n\t\n", "p.md: is empty; name a page with text in it"},
		"binary": {"\x7fELF\x02\x01\x00\x00\x00", "p.md: is not text; name a Markdown, AsciiDoc or text file"},
		"UTF-16": {"\xff\xfeH\x00i\x00", "p.md: is not text; name a Markdown, AsciiDoc or text file"},
	} {
		_, err := Read("p.md", []byte(c.content))
		assert.EqualError(t, err, c.want, name)
	}
	_, err := ReadFile("testdata")
	assert.EqualError(t, err, "testdata: is a folder; name the page in it")
	_, err = ReadFile("testdata/nowhere.md")
	assert.EqualError(t, err, "testdata/nowhere.md: there is no such page; name a Markdown, AsciiDoc or text file")
}

func TestProblems(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file, content string
		want          []string
	}{
		"an unclosed fence": {"p.md", "# A\n\n```json\n{}\n",
			[]string{"3 page-markup: the code block that begins here is never closed"}},
		"an unclosed directive": {"p.md", "# A\n\n::::{note}\ntext\n",
			[]string{"3 page-markup: \"note\" begins here and is never closed"}},
		"an unclosed tag": {"p.md", "# A\n\n<dropdown title=\"x\">\n  text\n",
			[]string{"3 page-markup: \"dropdown\" begins here and is never closed"}},
		"an end of nothing": {"p.md", "# A\n\ntext\n\n</dropdown>\n",
			[]string{"5 page-markup: \"dropdown\" ends here, and nothing of that name is open"}},
		"unknown directives, once": {"p.md", ":::{wave}\na\n:::\n\n:::{wave}\nb\n:::\n",
			[]string{"1 page-markup: unknown directive wave; what is in it is read as ordinary text"}},
		"an unknown tag, once": {"p.md", "<wave-set>\n  a\n</wave-set>\n\n<wave-set>\n  a\n</wave-set>\n",
			[]string{"1 page-markup: unknown tag wave-set; what is in it is read as ordinary text"}},
		"an unknown macro, once": {"p.adoc", "= A\n\nwave::x[]\n\nwave::y[]\n",
			[]string{"3 page-markup: unknown block macro wave; what is in it is read as ordinary text"}},
		"an unclosed listing": {"p.adoc", "= A\n\n----\ncode\n",
			[]string{"3 page-markup: the block that begins here is never closed"}},
		"an unclosed example": {"p.adoc", "= A\n\n[NOTE]\n====\ntext\n",
			[]string{"4 page-markup: the block that begins here is never closed"}},
		"not UTF-8": {"p.txt", "A caf\xe9\nand more\n",
			[]string{"1 page-encoding: the page is not UTF-8 from here on; such bytes are read as \uFFFD"}},
		"mixed ends": {"p.txt", "a\nb\r\nc\n",
			[]string{"2 page-encoding: 1 lines end in CR LF and 2 in LF; this is the first that differs"}},
		"CR LF alone": {"p.md", "# A\r\n\r\ntext\r\n", nil},
	} {
		page, err := Read(c.file, []byte(c.content))
		require.NoError(t, err, name)
		var got []string
		for _, p := range page.Problems {
			got = append(got, fmt.Sprintf("%d %s: %s", p.Line, p.Rule, p.What))
		}
		assert.Equal(t, c.want, got, name)
	}
}

// What is wrong with a container must not swallow what follows it.
func TestNestedContainers(t *testing.T) {
	t.Parallel()
	page, err := Read("p.md", []byte("1. One\n\n    :::{note}\n    inside\n    :::\n\n2. "+
		"Two\n\n:::{note}\nouter\n\n:::{tip}\ninner\n:::\n:::\n\nafter\n"))
	require.NoError(t, err)
	var got []string
	for _, b := range page.Blocks {
		got = append(got, fmt.Sprintf("%s %s %d", b.Text, b.Note(), len(b.Items)))
	}
	assert.Equal(t, []string{"One  1", "inside note 1", "Two  1", "outer note 0", "inner tip 0", "after  0"}, got)
	assert.Empty(t, page.Problems)
}

func FuzzMarkdown(f *testing.F) { fuzz(f, ".md") }
func FuzzAsciiDoc(f *testing.F) { fuzz(f, ".adoc") }
func FuzzText(f *testing.F)     { fuzz(f, ".txt") }

func fuzz(f *testing.F, ext string) {
	files, err := filepath.Glob("testdata/*" + ext)
	require.NoError(f, err)
	for _, name := range files {
		data, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(data)
	}
	f.Add([]byte("1. a\n   ```\n:::{note}\n<step>\n</step>\n    :::\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		page, err := Read("page"+ext, data)
		if err != nil {
			return
		}
		for _, b := range page.Blocks {
			if b.Line < 1 || b.Last < b.Line || b.Last > page.Lines()+1 || b.Section >= len(page.Sections) {
				t.Fatalf("a block lies outside of its page: %+v", b)
			}
		}
		for _, s := range page.Steps {
			if len(s.Blocks) == 0 || s.Anchor == "" || s.Line < 1 {
				t.Fatalf("a step without a place: %+v", s)
			}
		}
	})
}

// Ten megabytes have to be read in less than five seconds.
func BenchmarkTenMegabytes(b *testing.B) {
	for _, name := range []string{"harbor.md", "pier.md", "quay.adoc", "jetty.txt"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		require.NoError(b, err)
		huge := []byte(strings.Repeat(string(data)+"\n", size()<<20/len(data)+1))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(huge)))
			for range b.N {
				_, err := Read(name, huge)
				require.NoError(b, err)
			}
		})
	}
}

func size() int {
	if os.Getenv("SMALL") != "" {
		return 1
	}
	return 10
}
