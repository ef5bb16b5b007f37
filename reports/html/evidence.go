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
	"github.com/crosscheck-dev/crosscheck/reports/redact"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
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

// collect reads the evidence of each scenario, by its index. Those that did not pass come first when room is short.
// What cannot be read is said in its place.
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

// read takes a file, or its first quarter and its end when it is longer than limit. It was redacted when it was
// written; what looks like a credential is replaced here as well, for a folder that something else has written to.
func read(folder fs.FS, name string, limit int) file {
	f := file{Name: path.Base(name)}
	data, left, err := excerpt(folder, name, int64(limit), &f.Bytes)
	switch {
	case err != nil:
		f.Left = "could not be read"
		return f
	case left > 0 && limit < maxFile:
		f.Left = "left out: the report would be too large"
		return f
	case left > 0:
		f.Left = fmt.Sprintf("%d bytes in the middle are left out", left)
	}
	var redactor *redact.Redactor
	f.Text = strings.ToValidUTF8(redactor.String(string(data)), string(utf8.RuneError))
	return f
}

// excerpt is what a file begins and ends with, and how many bytes between them are left out.
func excerpt(folder fs.FS, name string, limit int64, size *int64) (data []byte, left int64, err error) {
	in, err := folder.Open(name)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = in.Close() }()
	info, err := in.Stat()
	if err != nil {
		return nil, 0, err
	}
	*size = info.Size()
	if *size <= limit {
		data, err = io.ReadAll(io.LimitReader(in, limit))
		return data, 0, err
	}
	head, tail := make([]byte, limit/4), make([]byte, limit*3/4)
	left = *size - int64(len(head)+len(tail))
	if _, err = io.ReadFull(in, head); err != nil {
		return nil, 0, err
	}
	if _, err = io.CopyN(io.Discard, in, left); err != nil { // a folder need not be one of files that can be sought in
		return nil, 0, err
	}
	if _, err = io.ReadFull(in, tail); err != nil {
		return nil, 0, err
	}
	return slices.Concat(head, fmt.Appendf(nil, "\n\n[... %d bytes are left out here ...]\n\n", left), tail), left, nil
}

// urgency orders verdicts by how much they want to be looked at.
func urgency(v verdict.Verdict) int {
	return slices.Index([]verdict.Verdict{verdict.Failed, verdict.Error, verdict.Flaky, verdict.Skipped, verdict.Passed,
		verdict.Unsupported}, v)
}
