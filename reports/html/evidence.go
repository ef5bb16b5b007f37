package html

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/crosscheck-dev/crosscheck/reports"
)

// How much evidence goes into a report, in bytes: of one file, and in all. Mail servers refuse more than 20 or 25 MB.
const (
	maxFile     = 48 << 10
	maxEvidence = 8 << 20
)

// file is one piece of evidence.
type file struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
	Text  string `json:"text,omitempty"`
	// Left says why the text is not, or not all, there.
	Left string `json:"left,omitempty"`
}

// collect reads the evidence of each scenario, by its index. Those that did not pass come first when room is short. What
// cannot be read is said in its place.
func collect(r *reports.Result, folder fs.FS) map[int][]file {
	found := map[int][]file{}
	if folder == nil {
		return found
	}
	var order []int
	for i, s := range r.Scenarios {
		if s.Evidence != "" && fs.ValidPath(s.Evidence) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(urgency(r.Scenarios[a].Verdict), urgency(r.Scenarios[b].Verdict))
	})
	room := maxEvidence
	for _, i := range order {
		dir := r.Scenarios[i].Evidence
		entries, err := fs.ReadDir(folder, dir)
		if err != nil {
			continue // the page says where the evidence was
		}
		for _, e := range entries {
			if !e.Type().IsRegular() {
				continue
			}
			f := read(folder, path.Join(dir, e.Name()), min(maxFile, room))
			room -= len(f.Text)
			found[i] = append(found[i], f)
		}
	}
	return found
}

// read takes a file's first quarter and its end when it is longer than limit. It was redacted when it was written; what
// looks like a credential is replaced here as well, for a folder that something else has written to.
func read(folder fs.FS, name string, limit int) file {
	f := file{Name: path.Base(name)}
	in, err := folder.Open(name)
	if err != nil {
		f.Left = "could not be read"
		return f
	}
	defer func() { _ = in.Close() }()
	data, err := io.ReadAll(io.LimitReader(in, 64<<20))
	if err != nil {
		f.Left = "could not be read"
		return f
	}
	f.Bytes = int64(len(data))
	if limit < maxFile && len(data) > limit {
		f.Left = "left out: the report would be too large"
		return f
	}
	var redactor *reports.Redactor
	text := strings.ToValidUTF8(redactor.String(string(data)), string(utf8.RuneError))
	if len(text) > limit {
		head, tail := text[:limit/4], text[len(text)-limit*3/4:]
		left := len(text) - len(head) - len(tail)
		f.Left = fmt.Sprintf("%d bytes in the middle are left out", left)
		text = strings.ToValidUTF8(head, "") + fmt.Sprintf("\n\n[... %d bytes are left out here ...]\n\n", left) + strings.ToValidUTF8(tail, "")
	}
	f.Text = text
	return f
}

// urgency orders verdicts by how much they want to be looked at.
func urgency(v reports.Verdict) int {
	return slices.Index([]reports.Verdict{reports.Failed, reports.Error, reports.Flaky, reports.Skipped, reports.Passed, reports.Unsupported}, v)
}
