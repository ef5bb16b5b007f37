package reports

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/crosscheck-dev/crosscheck/reports/redact"
)

// The names inside the folder of a run, and of the link beside it that points at the newest run.
const (
	ResultFile   = "result.json"
	JUnitFile    = "junit.xml"
	evidenceDir  = "evidence"
	latestLink   = "latest"
	maxSlugRunes = 120
)

// Store writes a run's folder, out/<run>. Whatever it writes goes through the redactor. Safe for concurrent use.
type Store struct {
	out, runID string
	redactor   *redact.Redactor

	mu    sync.Mutex
	slugs map[string]string // scenario id -> folder below evidence
	taken map[string]bool
}

// Create makes the folder outDir/runID, which must not exist yet.
func Create(outDir, runID string, redactor *redact.Redactor) (*Store, error) {
	if runID == "" || runID == latestLink || runID != filepath.Base(runID) || strings.HasPrefix(runID, ".") {
		return nil, fmt.Errorf("run id %q cannot name a folder; use letters, digits and dashes", runID)
	}
	dir := filepath.Join(outDir, runID)
	err := os.MkdirAll(outDir, 0o755)
	if err == nil {
		err = os.Mkdir(dir, 0o755)
	}
	switch {
	case errors.Is(err, fs.ErrExist) && isDir(dir):
		return nil, fmt.Errorf("%s: a run of this name was written already; choose another run id", dir)
	case err != nil:
		return nil, fmt.Errorf("%s: reports cannot be written here (%s); make it a writable folder or name another "+
			"with --out",
			outDir, cause(err))
	}
	return &Store{out: outDir, runID: runID, redactor: redactor, slugs: map[string]string{}, taken: map[string]bool{}}, nil
}

// Dir is the run's folder.
func (s *Store) Dir() string { return filepath.Join(s.out, s.runID) }

// WriteResult writes result.json and gives its path. What may not be missing is filled in: the schema's name, and the
// verdict "error" where none was given. Readers see the old file or the new one, never a part of it.
func (s *Store) WriteResult(r *Result) (string, error) {
	data, err := encode(publishable(r, s.redactor))
	if err != nil {
		return "", err
	}
	return filepath.Join(s.Dir(), ResultFile), s.write(ResultFile, data)
}

// JSON is a result as result.json holds it.
func JSON(r *Result) ([]byte, error) { return encode(publishable(r, nil)) }

func encode(r *Result) ([]byte, error) {
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(r); err != nil {
		return nil, fmt.Errorf("encode the result: %w", err)
	}
	return buf.Bytes(), nil
}

// WriteReport writes a report that was made from a result as WriteResult wrote it.
func (s *Store) WriteReport(name string, data []byte) error { return s.write(name, data) }

// Latest points the link out/latest at this run. It is replaced in one go, so that it never points nowhere.
func (s *Store) Latest() error {
	link := filepath.Join(s.out, latestLink)
	temp := filepath.Join(s.out, "."+latestLink+"-"+s.runID)
	err := os.Symlink(s.runID, temp)
	if err == nil {
		err = os.Rename(temp, link)
	}
	if err != nil {
		_ = os.Remove(temp)
		return fmt.Errorf("%s: cannot be pointed at the newest run (%s); remove it if it is not a link", link, cause(err))
	}
	return nil
}

// write puts a file into the run's folder.
func (s *Store) write(name string, data []byte) error {
	return WriteFile(filepath.Join(s.Dir(), name), data)
}

// WriteFile writes a file in one go: readers see the old one or the new one, and nothing is left when it goes wrong.
func WriteFile(path string, data []byte) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(path), ".writing-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = temp.Write(data)
	err = errors.Join(err, temp.Chmod(0o644), temp.Sync(), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(temp.Name())
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// cause is the operating system's own words, without the path that the message names already.
func cause(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err.Error()
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err.Error()
	}
	return err.Error()
}
