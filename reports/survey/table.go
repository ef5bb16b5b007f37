package survey

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/crosscheck-dev/crosscheck/fixtures/survey"
	"github.com/crosscheck-dev/crosscheck/reports"
)

// TableSchema names the layout of a Table in JSON.
const TableSchema = "crosscheck.survey-table/1"

// Table is what a survey came to, a row a pair.
type Table struct {
	Schema string `json:"schema"`
	Rows   []Row  `json:"pairs"`
}

// Row is one pair.
type Row struct {
	Local    string          `json:"local"`
	Remote   string          `json:"remote"`
	Verdicts survey.Verdicts `json:"verdicts"`
	// Unsupported counts scenarios by fact, Share is their part of all.
	Unsupported map[string]int `json:"unsupported,omitempty"`
	Share       float64        `json:"unsupported_share"`
	// Missing says why the pair is not complete; empty when it is.
	Missing string `json:"missing,omitempty"`
}

// NewRow is the row of a pair; p is nil where nothing ran.
func NewRow(pair reports.Pair, p *Pair, missing string) Row {
	row := Row{Local: pair.Local, Remote: pair.Remote, Missing: missing}
	if p == nil {
		return row
	}
	row.Verdicts, row.Unsupported = Count(p.Scenarios)
	if total := row.Verdicts.Total(); total > 0 {
		row.Share = float64(row.Verdicts.Unsupported) / float64(total)
	}
	return row
}

// ExitCode judges the survey as a run is judged: what failed before what broke, and that before what is missing.
func (t Table) ExitCode() int {
	all := reports.Summary{Complete: len(t.Rows) > 0}
	for _, r := range t.Rows {
		all.Passed += r.Verdicts.Passed
		all.Failed += r.Verdicts.Failed
		all.Error += r.Verdicts.Error
		all.Skipped += r.Verdicts.Skipped
		all.Complete = all.Complete && r.Missing == ""
	}
	return all.Code()
}

var columns = []string{"local", "remote", "passed", "failed", "errors", "skipped", "unsupported", "by fact"}

// mostFacts is how many facts a cell names; the others are counted.
const mostFacts = 4

func (r Row) cells() []any {
	facts := slices.SortedFunc(maps.Keys(r.Unsupported), func(a, b string) int {
		return cmp.Or(cmp.Compare(r.Unsupported[b], r.Unsupported[a]), cmp.Compare(a, b))
	})
	var named []string
	for _, fact := range facts[:min(len(facts), mostFacts)] {
		named = append(named, fmt.Sprintf("%s %d", fact, r.Unsupported[fact]))
	}
	if more := len(facts) - mostFacts; more > 0 {
		named = append(named, fmt.Sprintf("%d more", more))
	}
	if r.Missing != "" {
		named = append([]string{r.Missing}, named...)
	}
	v := r.Verdicts
	return []any{r.Local, r.Remote, v.Passed, v.Failed, v.Error, v.Skipped,
		fmt.Sprintf("%d (%.0f %%)", v.Unsupported, 100*r.Share), strings.Join(named, ", ")}
}

func (t Table) writer() table.Writer {
	w := table.NewWriter()
	w.SetStyle(table.StyleLight)
	w.SetColumnConfigs([]table.ColumnConfig{{Name: "by fact", WidthMax: 60}})
	header := table.Row{}
	for _, c := range columns {
		header = append(header, c)
	}
	w.AppendHeader(header)
	for _, r := range t.Rows {
		w.AppendRow(r.cells())
	}
	return w
}

// Text is the table for a terminal.
func (t Table) Text() string { return t.writer().Render() }

// Markdown is the table as Markdown.
func (t Table) Markdown() string { return "# Survey\n\n" + t.writer().RenderMarkdown() + "\n" }

// JSON is the table for programs.
func (t Table) JSON() ([]byte, error) {
	t.Schema = TableSchema
	data, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode the table of the survey: %w", err)
	}
	return append(data, '\n'), nil
}
